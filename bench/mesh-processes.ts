// Owns schedulers and workers as a user starts them, from the built command line, and the CPU that they and their children have used.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Beside the compiled bench. */
export const CLI = fileURLToPath(new URL("../bin/mesh.cjs", import.meta.url));

export interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface MeshProcess {
  readonly pid: number;
  /** Asks it to drain and waits for its end. */
  stop(): Promise<void>;
}

/** Resolves when it serves its endpoints. */
export async function startMeshProcess(args: readonly string[], { cwd, env }: Place): Promise<MeshProcess> {
  const child: ChildProcess = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  let said = "";
  const listen = (line: string) => {
    said = `${said}${line}\n`.slice(-5_000);
  };
  if (child.stderr) createInterface({ input: child.stderr }).on("line", listen);
  await new Promise<void>((serve, refuse) => {
    if (child.stdout)
      createInterface({ input: child.stdout }).on("line", (line) => {
        listen(line);
        if (line.includes("health and metrics are served")) serve();
      });
    void ended.then(() => refuse(new Error(`mesh ${args.join(" ")} ended before it served:\n${said}`)));
  });
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Runs a command of mesh to its end. */
export async function runMesh(args: readonly string[], { cwd, env }: Place): Promise<void> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-5_000);
    });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`mesh ${args.join(" ")} ended with ${code}:\n${said}`);
}

const TICKS_A_SECOND = 100;

/** User and system time of these processes and all below them, those that ended counted with their parents. */
export function cpuSecondsOf(roots: readonly number[]): number {
  const parents = new Map<number, number>();
  const ticks = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      parents.set(Number(name), Number(fields[1]));
      ticks.set(
        Number(name),
        fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0),
      );
    } catch {
      // It has ended meanwhile.
    }
  }
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (roots.includes(at)) return true;
    return false;
  };
  return [...ticks].reduce((sum, [pid, used]) => (isBelow(pid) ? sum + used : sum), 0) / TICKS_A_SECOND;
}
