// Owns which windows of a backfill are to begin now. Pure.
import type { BackfillRecord, BackfillWindow } from "../../core/state/index.ts";

/** Ranks, first one first: as many as may run beside those that run already. */
export function nextWindows(
  { maxActive, cancelRequestedAt }: Pick<BackfillRecord, "maxActive" | "cancelRequestedAt">,
  windows: readonly Pick<BackfillWindow, "rank" | "status">[],
): readonly number[] {
  if (cancelRequestedAt !== undefined) return [];
  const active = windows.filter(({ status }) => status === "running").length;
  return windows
    .filter(({ status }) => status === "waiting")
    .map(({ rank }) => rank)
    .sort((a, b) => a - b)
    .slice(0, Math.max(0, maxActive - active));
}
