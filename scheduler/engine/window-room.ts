// Owns looking how many windows of a backfill may begin beside those that are being read, before anything is planned in vain. The state store
// decides, as a run begins.
import type { StateStore } from "../../core/state/index.ts";

export async function windowRoom(backfill: string, state: StateStore): Promise<number> {
  const running = await state.listRuns({ status: "running", backfill });
  return ((await state.getBackfill(backfill))?.maxActive ?? 1) - running.length;
}
