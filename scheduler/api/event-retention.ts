// Owns how long events are kept for listeners that come back: what they tell of stays in the state store.
import type { Duty } from "../duty.ts";

const KEPT_MS = 7 * 86_400_000;

export function createEventRetention(keptMs = KEPT_MS): Duty {
  return {
    name: "event-retention",
    everyMs: 3_600_000,
    unhurried: true,
    async run({ state, log }) {
      const removed = await state.removeEvents(keptMs);
      if (removed > 0) log.info({ removed }, "old events removed");
    },
  };
}
