// Measures many schedules that are due on one tick: how long until all their runs are recorded, and until all have begun, by the duties of
// one scheduler in this process. Nothing performs their tasks.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadDeployed } from "../core/deploy/index.ts";
import { createInProcessTransport } from "../core/execute/index.ts";
import { openState, type StateLocation } from "../core/state/index.ts";
import type { DutyContext } from "../scheduler/duty.ts";
import { beginDuty, reconcileDuty, tickDuty } from "../scheduler/schedules/index.ts";
import { STATE_URL } from "./diamond-mesh.ts";
import type { Figure } from "./figure.ts";
import { runMesh } from "./mesh-processes.ts";

const SCHEDULES = 500;
const quiet = () => undefined;

export async function dueSchedules(
  root: string,
  kind: StateLocation["kind"],
  postgresUrl: string,
): Promise<readonly Figure[]> {
  const location: StateLocation =
    kind === "sqlite" ? { kind, path: join(root, "state.db") } : { kind, connection: postgresUrl, schema: "bench_due" };
  await writeScheduledMesh(root, location);
  await runMesh(["deploy"], { cwd: root, env: { [STATE_URL]: postgresUrl } });
  const state = await openState(location);
  const transport = createInProcessTransport();
  let scheduleNow = await state.now();
  try {
    const loaded = await loadDeployed(state);
    const context: DutyContext = {
      state,
      transport,
      deployed: async () => loaded,
      scheduleTime: async () => scheduleNow,
      signal: new AbortController().signal,
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    };
    await reconcileDuty.run(context);
    scheduleNow = new Date(scheduleNow.getTime() + 3_600_000);
    const startedMs = performance.now();
    await tickDuty.run(context);
    const recordedMs = performance.now() - startedMs;
    const recorded = await state.listRuns({ status: "waiting" });
    const beganMs = performance.now();
    await beginDuty.run(context);
    const begunMs = performance.now() - beganMs;
    const begun = await state.listRuns({ status: "running" });
    if (recorded.length !== SCHEDULES || begun.length !== SCHEDULES)
      throw new Error(`${recorded.length} runs were recorded and ${begun.length} began, of ${SCHEDULES}`);
    const title = `${kind}, ${SCHEDULES} schedules due on one tick`;
    return [
      { name: `${title}: all recorded`, value: recordedMs, unit: "ms" },
      { name: `${title}: all begun after that`, value: begunMs, unit: "ms" },
    ];
  } finally {
    await transport.close();
    await state.close();
  }
}

async function writeScheduledMesh(root: string, location: StateLocation): Promise<void> {
  const models = join(root, "projects/bench/models");
  await mkdir(models, { recursive: true });
  const kept =
    location.kind === "sqlite"
      ? `{ kind: "sqlite", path: "state.db" }`
      : `{ kind: "postgres", connection: "\${${STATE_URL}}", schema: "${location.schema}" }`;
  await writeFile(
    join(root, "mesh.config.ts"),
    `import { defineMesh } from "mesh-elt";
export default defineMesh({ name: "bench", defaultTarget: "dev", targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: ${kept} } } });
`,
  );
  const names = Array.from({ length: SCHEDULES }, (_, i) => i);
  const schedules = names.map((i) => `  s${i}: { cron: "0 * * * *", timezone: UTC }`).join("\n");
  await writeFile(
    join(root, "projects/bench/project.yml"),
    `name: bench\nowner: { team: Bench, email: bench@example.com }\nschedules:\n${schedules}\n`,
  );
  for (const i of names)
    await writeFile(
      join(models, `m${i}.sql`),
      `{{ config(materialized='table', schedule='s${i}') }}\nselect ${i} as id\n`,
    );
}
