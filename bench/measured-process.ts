// Owns running a whole program and saying what it took: wall clock, CPU of it and its children, peak memory of the tree.
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";

export interface Measured {
  readonly seconds: number;
  /** User and system time, children included. */
  readonly cpuSeconds: number;
  /** The largest sum of resident memory over the program and its children, looked at every 50 ms. */
  readonly peakMb: number;
}

const LOOK_EVERY_MS = 50;
const PAGE_MB = 4096 / 2 ** 20;

/** Throws with the end of what the program said when it fails. */
export async function measureProcess(
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<Measured> {
  const timed = 'TIMEFORMAT="mesh-bench %R %U %S"; time "$@"';
  const child = spawn("bash", ["-c", timed, "bench", ...command], {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const listen = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-10_000);
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  let peakMb = 0;
  const watch = setInterval(() => {
    treeMb(child.pid ?? 0).then(
      (mb) => {
        peakMb = Math.max(peakMb, mb);
      },
      () => undefined,
    );
  }, LOOK_EVERY_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => clearInterval(watch));
  const times = /mesh-bench ([\d.]+) ([\d.]+) ([\d.]+)/.exec(said);
  if (code !== 0 || !times) throw new Error(`${command.join(" ")} ended with ${code}:\n${said}`);
  const [, wall, user, system] = times.map(Number);
  return { seconds: wall ?? Number.NaN, cpuSeconds: (user ?? 0) + (system ?? 0), peakMb };
}

/** Resident memory of a process and all below it. */
async function treeMb(root: number): Promise<number> {
  const parents = new Map<number, number>();
  const pages = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => undefined);
    if (stat === undefined) continue;
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    parents.set(Number(name), Number(fields[1]));
    pages.set(Number(name), Number(fields[21]));
  }
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (at === root) return true;
    return false;
  };
  return [...pages].reduce((sum, [pid, count]) => (isBelow(pid) ? sum + count * PAGE_MB : sum), 0);
}
