// Owns noticing runs whose process is gone and settling what they left open. Their files are the sweep's business.
import { hostname } from "node:os";
import type { RunRecord, StateStore } from "../state/index.ts";

/** A live run tells the state store so every few seconds; after this long without a word it counts as dead. */
const SILENCE_MS = 60_000;

/** Marks dead runs as crashed and returns them. */
export async function recoverCrashed(state: StateStore): Promise<readonly RunRecord[]> {
  const now = await state.now();
  // Runs that workers execute die with nobody: their tasks go to others.
  const open = await Promise.all(
    (["running", "waiting"] as const).map((status) => state.listRuns({ status, executor: "process" })),
  );
  const dead = open.flat().filter((run) => isDead(run, now));
  for (const run of dead) await state.markCrashed(run.id);
  return dead;
}

function isDead(run: RunRecord, now: Date): boolean {
  // A process of this machine that computes for long is silent and alive.
  if (run.host === hostname()) return !processExists(run.pid);
  return now.getTime() - run.heartbeatAt.getTime() > SILENCE_MS;
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
