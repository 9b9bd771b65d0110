// Owns saying once that a run is left to schedulers of a newer version. Decides nothing.
import type { RunRecord } from "../../core/state/index.ts";
import type { Log } from "../duty.ts";

const told = new WeakMap<Log, Set<string>>();

/** For each run one line, however often it is looked at. */
export function passOver(run: RunRecord["id"], error: Error, log: Log): void {
  const known = told.get(log) ?? new Set();
  told.set(log, known);
  if (known.has(run)) return;
  known.add(run);
  log.warn({ run, reason: error.message }, "the run is left to schedulers of a newer version");
}
