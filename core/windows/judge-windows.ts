// Owns which windows were read before, by any windows of earlier backfills, however those were cut; and which are wanted again.
import { type Bounds, type CursorType, type Position, positionOf } from "./positions.ts";

/** `done`: every value of it was read by windows that succeeded; `open`: what is left of it is being read; `failed`: a part failed. */
export type WindowVerdict = "missing" | "failed" | "open" | "done";

export interface JudgedWindow extends Bounds {
  readonly verdict: WindowVerdict;
}

export interface EarlierWindow extends Bounds {
  readonly status: "waiting" | "running" | "done" | "failed" | "cancelled";
}

interface Stretch {
  readonly from: Position;
  readonly to: Position;
}

export function judgeWindows(
  cursor: CursorType,
  windows: readonly Bounds[],
  earlier: readonly EarlierWindow[],
): readonly JudgedWindow[] {
  const stretches = (...statuses: readonly EarlierWindow["status"][]) =>
    merge(earlier.flatMap((window) => (statuses.includes(window.status) ? stretchOf(cursor, window) : [])));
  const done = stretches("done");
  const doneOrOpen = stretches("done", "waiting", "running");
  const failed = earlier.flatMap((window) => (window.status === "failed" ? stretchOf(cursor, window) : []));
  return windows.map(({ from, to }) => {
    const [own] = stretchOf(cursor, { from, to });
    const verdict = own === undefined ? "missing" : judge(own, done, doneOrOpen, failed);
    return { from, to, verdict };
  });
}

/** The windows to read, in the order in which they begin. */
export function chooseWindows(
  judged: readonly JudgedWindow[],
  reprocess: "missing" | "failed" | "all",
  order: "oldest" | "newest",
): readonly Bounds[] {
  const wanted = judged.filter(({ verdict }) => {
    if (reprocess === "all") return true;
    return verdict === "missing" || (verdict === "failed" && reprocess === "failed");
  });
  const bounds = wanted.map(({ from, to }) => ({ from, to }));
  return order === "oldest" ? bounds : bounds.reverse();
}

function judge(
  own: Stretch,
  done: readonly Stretch[],
  doneOrOpen: readonly Stretch[],
  failed: readonly Stretch[],
): WindowVerdict {
  if (isCovered(own, done)) return "done";
  if (isCovered(own, doneOrOpen)) return "open";
  return failed.some((other) => other.from < own.to && own.from < other.to) ? "failed" : "missing";
}

function isCovered({ from, to }: Stretch, merged: readonly Stretch[]): boolean {
  return merged.some((stretch) => stretch.from <= from && to <= stretch.to);
}

/** Nothing when the bounds are no values of the type the cursor has now. */
function stretchOf(cursor: CursorType, { from, to }: Bounds): readonly Stretch[] {
  const [first, end] = [positionOf(cursor, from), positionOf(cursor, to)];
  return first === undefined || end === undefined || first >= end ? [] : [{ from: first, to: end }];
}

/** The same values in stretches that do not touch. */
function merge(stretches: readonly Stretch[]): readonly Stretch[] {
  const merged: { from: Position; to: Position }[] = [];
  for (const { from, to } of [...stretches].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    const last = merged.at(-1);
    if (last && from <= last.to) last.to = to > last.to ? to : last.to;
    else merged.push({ from, to });
  }
  return merged;
}
