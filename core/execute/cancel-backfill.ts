// Owns ending a backfill because somebody asks for it, with all its runs; and finding one by the start of its id. Works on the state store alone.
import { problems } from "../errors/index.ts";
import type { Actor, BackfillRecord, StateStore } from "../state/index.ts";

/** Where the start of an id is looked for. */
const SEARCHED = 10_000;

interface CancelledBackfill {
  readonly backfill: BackfillRecord;
  /** Its runs that are being stopped. Workers learn it with their leases, at once when they hear the `stop` signal, which is the caller's to send. */
  readonly runs: readonly string[];
}

/** From now on no window of it begins. Throws `backfill/is-over`. */
export async function cancelBackfill(
  { id, status }: BackfillRecord,
  why: string | undefined,
  by: Actor,
  state: StateStore,
): Promise<CancelledBackfill> {
  const runs = await state.cancelBackfill(id, why, by);
  if (runs === undefined) throw problems.backfillIsOver({ id, status });
  for (const run of runs)
    await state.stopRun(run.id, {
      by: by.actor,
      reason: why ?? `backfill ${id} was cancelled`,
      status: "cancelled",
    });
  await state.finishBackfill(id);
  return { backfill: (await state.getBackfill(id)) as BackfillRecord, runs: runs.map((run) => run.id) };
}

/** By its id, or by the start of it that no other has. Throws `backfill/not-found`. */
export async function backfillNamed(id: string, state: StateStore): Promise<BackfillRecord> {
  const exact = await state.getBackfill(id);
  if (exact) return exact;
  const found = (await state.listBackfills({ limit: SEARCHED })).filter((backfill) => backfill.id.startsWith(id));
  if (found.length === 1) return found[0] as BackfillRecord;
  throw problems.backfillNotFound({ id });
}
