// Owns which ticks of a schedule are to have a run when somebody looks at it, by its catch-up. Pure.
import type { CatchUp } from "../../core/manifest/index.ts";
import { lastTick, nextTick, type Timing, ticksBetween } from "../../core/sla/index.ts";

export interface DueRuns {
  /** Logical dates, oldest first: each is to have a run. */
  readonly ticks: readonly Date[];
  /** Every tick up to here is dealt with. */
  readonly lastLogicalAt: Date;
  /** The first tick that is not. Not later than `now` when there is more to record than fits at once. */
  readonly nextAt?: Date;
}

export interface LookOptions {
  /** How late a tick may be seen and still be on time: `none` makes a run of it. */
  readonly graceMs: number;
  /** How many ticks one look deals with. */
  readonly limit: number;
}

/**
 * `latest`: of all ticks since the last look the newest. `none`: that one, but only when it is on time. `all`: each of them. `window`: each
 * that is not older than that. A `now` before the last look (a clock that was put back) finds nothing.
 */
export async function dueRuns(
  timing: Timing,
  lastLogicalAt: Date,
  now: Date,
  catchUp: CatchUp,
  { graceMs, limit }: LookOptions,
): Promise<DueRuns> {
  const newest = now > lastLogicalAt ? await lastTick(timing, now) : undefined;
  const upTo = async (ticks: readonly Date[], seen: Date): Promise<DueRuns> => {
    const nextAt = await nextTick(timing, seen);
    return { ticks, lastLogicalAt: seen, ...(nextAt && { nextAt }) };
  };
  if (newest === undefined || newest <= lastLogicalAt) return upTo([], lastLogicalAt);
  switch (catchUp.mode) {
    case "none":
      return upTo(now.getTime() - newest.getTime() <= graceMs ? [newest] : [], newest);
    case "latest":
      return upTo([newest], newest);
    case "all":
    case "window": {
      const since = catchUp.mode === "window" ? now.getTime() - catchUp.windowMs - 1 : 0;
      const from = new Date(Math.max(lastLogicalAt.getTime(), since));
      const ticks = await ticksBetween(timing, from, newest, limit);
      return upTo(ticks, ticks.length < limit ? newest : (ticks.at(-1) ?? newest));
    }
  }
}
