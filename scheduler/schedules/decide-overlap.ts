// Owns what becomes of the runs of one schedule that wait while others of it wait or go on, by its overlap policy. Pure.
import type { OverlapPolicy } from "../../core/manifest/index.ts";
import type { RunRecord } from "../../core/state/index.ts";

type Run = Pick<RunRecord, "id" | "status" | "startedAt" | "logicalAt" | "cancelRequestedAt">;

/** Ids of runs, each with the reason in people's words. A run that is in none of the lists waits. */
export interface OverlapDecision {
  /** In this order. */
  readonly begin: readonly string[];
  readonly skip: readonly { readonly id: string; readonly reason: string }[];
  readonly cancel: readonly { readonly id: string; readonly reason: string }[];
  /** Why the others wait. */
  readonly waits?: string;
}

/** `runs`: those of one schedule that wait or go on, without runs that people or backfills asked for. */
export function decideOverlap(policy: OverlapPolicy, runs: readonly Run[]): OverlapDecision {
  const waiting = runs.filter(({ status }) => status === "waiting").sort(byTick);
  const running = runs.filter(({ status }) => status === "running").sort(byTick);
  const [oldest, ...later] = waiting;
  const newest = waiting.at(-1);
  const none = { begin: [], skip: [], cancel: [] };
  if (!oldest || !newest) return none;
  const under = running.at(-1);
  const goesOn = under && `${say(under)} goes on`;
  switch (policy) {
    case "allow":
      return { ...none, begin: ids(waiting) };
    case "skip": {
      const reason = `${say(under ?? oldest)} ${under ? "was going on" : "began"} (overlap: skip)`;
      return under
        ? { ...none, skip: skipped(waiting, reason) }
        : { ...none, begin: [oldest.id], skip: skipped(later, reason) };
    }
    case "buffer_one": {
      const reason = `${say(newest)} waits in its place (overlap: buffer_one)`;
      const between = (under ? waiting : later).filter(({ id }) => id !== newest.id);
      const decision = { ...none, begin: under ? [] : [oldest.id], skip: skipped(between, reason) };
      return { ...decision, waits: goesOn ?? `${say(oldest)} goes first` };
    }
    case "buffer_all":
      return { ...none, begin: under ? [] : [oldest.id], waits: goesOn ?? `${say(oldest)} goes first` };
    case "cancel_other": {
      const reason = `${say(newest)} takes its place (overlap: cancel_other)`;
      const older = skipped(
        waiting.filter(({ id }) => id !== newest.id),
        reason,
      );
      if (!goesOn) return { ...none, begin: [newest.id], skip: older };
      const cancel = skipped(
        running.filter(({ cancelRequestedAt }) => cancelRequestedAt === undefined),
        reason,
      );
      return { begin: [], skip: older, cancel, waits: `${goesOn} until it is cancelled` };
    }
  }
}

function skipped(runs: readonly Run[], reason: string): OverlapDecision["skip"] {
  return runs.map(({ id }) => ({ id, reason }));
}

function ids(runs: readonly Run[]): readonly string[] {
  return runs.map(({ id }) => id);
}

/** By logical date, and by the time they were asked for where there is none. */
function byTick(a: Run, b: Run): number {
  const time = ({ logicalAt, startedAt }: Run) => (logicalAt ?? startedAt).getTime();
  return time(a) - time(b) || (a.id < b.id ? -1 : 1);
}

function say({ id, logicalAt }: Run): string {
  return logicalAt === undefined ? `run ${id}` : `the run of ${logicalAt.toISOString().slice(0, 16)}Z`;
}
