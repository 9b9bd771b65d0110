// Owns having the built command line at hand: dist/ is made anew when any source is newer than it, by one process at a time.
import { execFile } from "node:child_process";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { CLI } from "./temp-mesh.ts";

const ROOT = join(import.meta.dirname, "../..");
const LOCK = join(ROOT, "node_modules", ".cache", "mesh-build.lock");
const LOCK_STALE_MS = 120_000;

/** Call in `beforeAll` of a test that runs the real command. */
export async function ensureBuilt(): Promise<void> {
  await mkdir(join(LOCK, ".."), { recursive: true });
  while (!(await takeLock())) await wait(100);
  try {
    if ((await modifiedMs(CLI)) > (await newestSourceMs())) return;
    // Type errors are the type check's to tell; here only the files count.
    await runTool("typescript/bin/tsc", "-p", "tsconfig.build.json").catch(() => undefined);
    // Files of the build before stay: a command of another test may still load them.
    await runTool("rolldown/bin/cli.mjs", "-c", "rolldown.config.ts");
    if ((await modifiedMs(CLI)) === 0) throw new Error("dist/bin/mesh.cjs could not be built: npm run build tells why");
  } finally {
    await rm(LOCK, { recursive: true, force: true });
  }
}

async function runTool(program: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [join(ROOT, "node_modules", program), ...args], { cwd: ROOT });
}

async function takeLock(): Promise<boolean> {
  try {
    await mkdir(LOCK);
    return true;
  } catch {
    if (Date.now() - (await modifiedMs(LOCK)) > LOCK_STALE_MS) await rm(LOCK, { recursive: true, force: true });
    return false;
  }
}

async function newestSourceMs(): Promise<number> {
  let newest = 0;
  for (const folder of ["core", "scheduler"]) {
    for (const entry of await readdir(join(ROOT, folder), { recursive: true })) {
      if (entry.endsWith(".ts")) newest = Math.max(newest, await modifiedMs(join(ROOT, folder, entry)));
    }
  }
  return newest;
}

/** 0 when there is none. */
async function modifiedMs(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  );
}
