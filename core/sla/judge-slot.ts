// Owns the state of a promise for a time: data of the day by a time of day, or a run within its duration. Figures alone.
import type { Calendar } from "../manifest/index.ts";
import type { FreshnessVerdict } from "./judge-freshness.ts";
import { isClosedAt } from "./open-time.ts";

/** One time at which something is due. */
export interface Slot {
  readonly due: number;
  /** From when on what arrives counts for it. */
  readonly since: number;
  /** When it was met, in time or late. */
  readonly metAt?: number;
}

export interface SlotFigures {
  readonly now: number;
  /** Ascending by `due`: the newest that was due, and those that come next. */
  readonly slots: readonly Slot[];
  readonly calendar?: Calendar | undefined;
  /** When what is due next is expected. */
  readonly forecast?: number | undefined;
  readonly held: boolean;
}

export function judgeSlots({ now, slots, calendar, forecast, held }: SlotFigures): FreshnessVerdict {
  const late = [...slots].reverse().find(({ due }) => due <= now);
  const next = slots.find(({ due }) => due > now);
  const missing = late !== undefined && late.metAt === undefined ? late : undefined;
  const good = late === undefined ? undefined : (late.metAt ?? Number.POSITIVE_INFINITY) <= late.due;
  const deadline = (missing ?? next ?? late)?.due;
  const state = (): FreshnessVerdict["state"] => {
    if (missing) return held ? "HELD" : "BREACH";
    if (next !== undefined && next.metAt === undefined && next.since <= now) {
      if (held) return "HELD";
      if (forecast !== undefined && forecast > next.due) return "AT_RISK";
    }
    if (isClosedAt(calendar, now)) return "CLOSED";
    return slots.length === 0 ? "UNKNOWN" : "OK";
  };
  return { state: state(), ...(good !== undefined && { good }), ...(deadline !== undefined && { deadline }) };
}

/** The first arrival that counts for the slot. */
export function arrivalFor({ since }: Slot, arrivals: readonly number[]): number | undefined {
  return arrivals.find((at) => at >= since);
}
