// Owns small meshes in a temporary folder for end-to-end tests, opened in this process, and for the command: as a process, or here.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { performCommand } from "../../core/cli/run-command.ts";
import { createMesh, type Mesh, type MeshOptions } from "../../core/index.ts";

export interface TempMesh {
  readonly root: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** A freshly loaded mesh; closed when the test ends. */
  open(options?: Partial<MeshOptions>): Promise<Mesh>;
}

const CONFIG = `import { defineMesh } from "mesh-elt";
export default defineMesh({
  name: "temp",
  defaultTarget: "dev",
  targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } },
});
`;

/** A mesh of these files (a default `mesh.config.ts` and `project.yml` for each `projects/<name>/` are added) for one callback. */
export async function withTempMesh<T>(
  files: Readonly<Record<string, string>>,
  use: (mesh: TempMesh) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), "mesh-test-"));
  const opened: Mesh[] = [];
  const write = async (some: Readonly<Record<string, string>>) => {
    for (const [path, content] of Object.entries(some)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
  };
  try {
    const projects = new Set(Object.keys(files).flatMap((path) => /^projects\/([^/]+)\//.exec(path)?.[1] ?? []));
    const defaults: Record<string, string> = { "mesh.config.ts": CONFIG };
    for (const project of projects)
      defaults[`projects/${project}/project.yml`] =
        `name: ${project}\nowner: { team: ${project}, email: ${project}@example.com }\n`;
    await write({ ...defaults, ...files });
    return await use({
      root,
      write,
      async open(options = {}) {
        const mesh = await createMesh({ cwd: root, ...options });
        opened.push(mesh);
        return mesh;
      },
    });
  } finally {
    await Promise.allSettled(opened.map((mesh) => mesh.close()));
    // What a killed process had started ends a moment after it, and may still write.
    await rm(root, { recursive: true, force: true, maxRetries: 10 });
  }
}

export const CLI = join(import.meta.dirname, "../../dist/bin/mesh.cjs");

export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the built `mesh` command. */
export function startMesh(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess & { readonly done: Promise<CommandResult> } {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const done = new Promise<CommandResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return Object.assign(child, { done });
}

export function runMesh(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return startMesh(cwd, args, env).done;
}

/** The same command from its words to its exit code without a process of its own, which costs a tenth: for what it says and does. */
export async function runMeshHere(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Pick<CommandResult, "code" | "stdout" | "stderr">> {
  const [stdout, stderr] = [gather(), gather()];
  const code = await performCommand(args, {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdout: stdout.stream,
    stderr: stderr.stream,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function gather(): { readonly stream: Writable; text(): string } {
  const pieces: Buffer[] = [];
  const stream = new Writable({
    write(piece: Buffer, _, done) {
      pieces.push(piece);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(pieces).toString() };
}
