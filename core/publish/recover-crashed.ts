// Owns noticing runs whose process is gone and settling what they left open. Their files are the sweep's business.
import type { RunRecord, StateStore } from "../state/index.ts";
import { processState } from "../util/index.ts";

/** A live run tells the state store so every few seconds; after this long without a word it counts as dead, unless its process can be seen. */
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
  const state = processState(run);
  // A process that computes for long is silent and alive.
  return state === "unknown" ? now.getTime() - run.heartbeatAt.getTime() > SILENCE_MS : state === "dead";
}
