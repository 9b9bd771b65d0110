// Owns a deployed mesh with real schedulers and workers, started from the built command line, and runs asked of them. Keeps no truth of its own:
// what is expected is read from the state store and from the file that the models themselves append to.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { loadDeployed } from "../../core/deploy/index.ts";
import { beginRun } from "../../core/execute/index.ts";
import { gatherFacts, plan } from "../../core/pipeline.ts";
import type { RunRecord, StateStore } from "../../core/state/index.ts";
import { openState } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import { ensureBuilt } from "./built-cli.ts";
import { type CommandResult, runMeshHere, startMesh, type TempMesh, withTempMesh } from "./temp-mesh.ts";

export interface MeshProcess {
  readonly process: ChildProcess & { readonly done: Promise<CommandResult> };
  /** Where its endpoints are. */
  readonly url: string;
  /** Lines of its log so far, parsed. */
  readonly lines: readonly LogLine[];
  /** The first line, of those that come and those that came, that fits. */
  untilLine(fits: (line: LogLine) => boolean): Promise<LogLine>;
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface ScheduledMesh extends TempMesh {
  readonly state: StateStore;
  deploy(): Promise<void>;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<MeshProcess>;
  /** Records a run for workers, of everything unless told, lets it begin, and gives its id. */
  ask(select?: readonly string[]): Promise<string>;
  untilEnded(runId: string, withinMs?: number): Promise<RunRecord>;
  /** Lines that models wrote to `effects.txt` of the mesh's folder. */
  effects(): Promise<readonly string[]>;
}

const CONFIG = (lease: string) => `import { defineMesh } from "mesh-elt";
export default defineMesh({
  name: "temp",
  defaultTarget: "dev",
  targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } },
  scheduler: { lease: "${lease}" },
});
`;

/** A TypeScript model of one row that appends its name to effects.txt and then runs `body`. */
export const effectModel = (name: string, root: string, body = ""): string => `import { appendFileSync } from "node:fs";
import { defineModel } from "mesh-elt";
export default defineModel({
  columns: { id: "integer" },
  async *rows({ signal }) {
    appendFileSync(${JSON.stringify(join("${ROOT}", "effects.txt")).replace("${ROOT}", root)}, ${JSON.stringify(`${name}\n`)});
    ${body}
    yield { id: 1 };
  },
});
`;

export async function withScheduledMesh<T>(
  files: (root: string) => Readonly<Record<string, string>>,
  use: (mesh: ScheduledMesh) => Promise<T>,
  lease = "5s",
): Promise<T> {
  await ensureBuilt();
  return withTempMesh({ "mesh.config.ts": CONFIG(lease) }, async (mesh) => {
    await mesh.write({
      "projects/shop/project.yml": "name: shop\nowner: { team: shop, email: shop@example.com }\n",
      ...files(mesh.root),
    });
    const state = await openState({ kind: "sqlite", path: join(mesh.root, "state.db") }, {});
    const started: MeshProcess[] = [];
    try {
      return await use({
        ...mesh,
        state,
        async deploy() {
          const { code, stdout, stderr } = await runMeshHere(mesh.root, ["deploy"]);
          if (code !== 0) throw new Error(`mesh deploy ended with ${code}: ${stdout}${stderr}`);
        },
        async start(args, env = {}) {
          const child = startMesh(mesh.root, [...args, "--log-level", "debug"], env);
          const one = await watch(child);
          started.push(one);
          return one;
        },
        async ask(select = []) {
          const id = createId();
          await state.recordRun({
            id,
            command: "run",
            selection: select.join(" "),
            executor: "workers",
            trigger: "manual",
            priority: 10,
            host: "test",
            pid: process.pid,
          });
          const { manifest, deployments } = await loadDeployed(state);
          const ids = Object.fromEntries([...deployments].map(([project, deployment]) => [project, deployment.id]));
          const planned = plan(manifest, await gatherFacts(state, manifest), select.length === 0 ? {} : { select });
          await beginRun(id, { plan: planned, manifest, deployments: ids, executor: "workers" }, state);
          return id;
        },
        async untilEnded(runId, withinMs = 180_000) {
          for (const endMs = Date.now() + withinMs; ; await wait(50)) {
            const run = await state.getRun(runId);
            if (run && run.status !== "waiting" && run.status !== "running") return run;
            if (Date.now() < endMs) continue;
            const tasks = (await state.listTasks(runId)).map(({ id, status }) => `${id} ${status}`);
            throw new Error(`run ${runId} is ${run?.status} after ${withinMs} ms: ${tasks.join(", ")}`);
          }
        },
        effects: async () =>
          (await readFile(join(mesh.root, "effects.txt"), "utf8").catch(() => "")).trim().split("\n"),
      });
    } finally {
      for (const { process: child } of started) child.kill("SIGKILL");
      await Promise.all(started.map(({ process: child }) => child.done));
      await state.close();
    }
  });
}

/** Resolves when its endpoints are served; throws when it ends before. */
async function watch(child: MeshProcess["process"]): Promise<MeshProcess> {
  const lines: LogLine[] = [];
  let rest = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part.startsWith("{")) lines.push(JSON.parse(part) as LogLine);
  });
  const untilLine = async (fits: (line: LogLine) => boolean): Promise<LogLine> => {
    for (;;) {
      const found = lines.find(fits);
      if (found) return found;
      const ended = child.done.then((result) => {
        throw new Error(`the process ended with ${result.code ?? result.signal}: ${result.stdout}${result.stderr}`);
      });
      await Promise.race([once(child.stdout as NodeJS.ReadableStream, "data"), ended]);
    }
  };
  const { host, port } = await untilLine(({ msg }) => msg === "health and metrics are served");
  return { process: child, url: `http://${host}:${port}`, lines, untilLine };
}
