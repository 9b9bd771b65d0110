// Owns how well a promise was kept over a time: minutes of a promise about age, slots of one for a time.
import type { Calendar } from "../manifest/index.ts";
import { openMsBetween } from "./open-time.ts";

/** From an instant on it was kept, or not; `undefined`: nothing can be said. */
export interface LevelChange {
  readonly at: number;
  readonly good: boolean | undefined;
}

export interface Attainment {
  readonly unit: "minutes" | "slots";
  /** What counts: minutes or slots in which the promise was in force and data was due. */
  readonly total: number;
  readonly missed: number;
  /** 0 to 1; absent when nothing counts. */
  readonly attained?: number;
  readonly target?: number;
  /** How much may be missed: minutes, or whole slots. */
  readonly allowed?: number;
  /** How much of `allowed` is used up, above 1 when more was missed; absent when nothing may be missed. */
  readonly burned?: number;
  /** Whether the target is kept. */
  readonly kept?: boolean;
}

const MINUTE_MS = 60_000;

/** `changes` ascending; the last one before `from` is in force at `from`. */
export function attainMinutes(
  changes: readonly LevelChange[],
  {
    from,
    to,
    calendar,
    target,
  }: { from: number; to: number; calendar?: Calendar | undefined; target?: number | undefined },
): Attainment {
  let totalMs = 0;
  let missedMs = 0;
  for (const [i, { at, good }] of changes.entries()) {
    if (good === undefined) continue;
    const open = openMsBetween(calendar, Math.max(at, from), Math.min(changes[i + 1]?.at ?? to, to));
    totalMs += open;
    if (!good) missedMs += open;
  }
  return budgetOf("minutes", totalMs / MINUTE_MS, missedMs / MINUTE_MS, target, (allowed) => allowed);
}

/** Slots that were due in [from, to) and whose outcome is known. */
export function attainSlots(
  slots: readonly { readonly due: number; readonly metAt?: number | undefined }[],
  { from, to, target }: { from: number; to: number; target?: number | undefined },
): Attainment {
  const due = slots.filter((slot) => slot.due >= from && slot.due < to);
  const missed = due.filter(({ due: at, metAt }) => metAt === undefined || metAt > at);
  // Twenty-nine of thirty is 96.7%: a part of a slot cannot be missed.
  return budgetOf("slots", due.length, missed.length, target, (allowed) => Math.floor(allowed + 1e-9));
}

function budgetOf(
  unit: Attainment["unit"],
  total: number,
  missed: number,
  target: number | undefined,
  whole: (allowed: number) => number,
): Attainment {
  const attained = total > 0 ? { attained: 1 - missed / total } : {};
  if (target === undefined) return { unit, total, missed, ...attained };
  const allowed = whole(total * (1 - target));
  const burned = allowed > 0 ? { burned: missed / allowed } : {};
  return { unit, total, missed, ...attained, target, allowed, ...burned, kept: missed <= allowed + 1e-9 };
}
