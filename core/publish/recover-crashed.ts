// Owns noticing runs whose process is gone and settling what they left open. Their files are the sweep's business.
import { hostname } from "node:os";
import type { RunRecord, StateStore } from "../state/index.ts";

/** A live run tells the state store so every few seconds; after this long without a word it counts as dead. */
const SILENCE_MS = 60_000;

/** Marks dead runs as crashed and returns them. */
export async function recoverCrashed(state: StateStore): Promise<readonly RunRecord[]> {
  const now = await state.now();
  const dead = (await state.listRuns({ status: "running" })).filter((run) => isDead(run, now));
  for (const run of dead) await state.markCrashed(run.id);
  return dead;
}

function isDead(run: RunRecord, now: Date): boolean {
  if (now.getTime() - run.heartbeatAt.getTime() > SILENCE_MS) return true;
  return run.host === hostname() && !processExists(run.pid);
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
