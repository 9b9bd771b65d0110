// Owns the decision whether a schedule that waits for data is due, and why, in people's words. Pure: what is published, what was read and the
// time are handed in. It compares states and keeps no events, so nothing that is published can be missed or counted twice.
import type { Schedule } from "../../core/manifest/index.ts";
import type { ConditionDecision } from "../../core/state/index.ts";

export type Condition = Pick<Schedule, "on" | "upstream" | "settleMs" | "minIntervalMs" | "maxWaitMs" | "afterMaxWait">;

/** What there is of an upstream model. All times on the clock that schedules go by. */
export interface UpstreamView {
  readonly model: string;
  /** Of its newest publication; absent when it was never published. */
  readonly sequence?: number;
  readonly publishedAt?: Date;
  /** When it was published first after what the schedule has read; absent when everything was read. */
  readonly unreadSince?: Date;
}

export interface ConditionView {
  /** One for each of the condition's upstream models. */
  readonly upstream: readonly UpstreamView[];
  /** What holds it back, completing "it is …". */
  readonly pause?: string;
  /** The id of its run that has not begun. */
  readonly waiting?: string;
  /** The id of its run that goes on, when none may be asked for meanwhile. */
  readonly running?: string;
  /** Its last run was skipped or could not be planned, having seen all there is: it is not asked for again before. */
  readonly skippedUntil?: Date;
  /** When its last run began. */
  readonly lastStartedAt?: Date;
  /** `cron_after_all_new`: its last tick, and whether there is a run for it. */
  readonly tick?: { readonly at: Date; readonly recorded: boolean };
}

export interface Judgement extends ConditionDecision {
  /** Unique within the schedule: the same view gives the same key. */
  readonly key: string;
  /** When time alone may change the decision. */
  readonly againAt?: Date;
}

/** `settle` cannot put a run off without end: so many times its length after the first publication that is unread, it runs. */
const SETTLES_AT_MOST = 10;

export function judgeCondition(condition: Condition, view: ConditionView, now: Date): Judgement {
  const fresh = freshOf(condition, view);
  const awaited = condition.upstream.filter((model) => !fresh.includes(model));
  const { tick } = view;
  const about = {
    fresh,
    awaited,
    ...(condition.on === "cron_after_all_new" && tick && { tick: tick.at.toISOString() }),
  };
  const key =
    condition.on === "cron_after_all_new" && tick
      ? tick.at.toISOString()
      : `data:${view.upstream.reduce((newest, { sequence = 0 }) => Math.max(newest, sequence), 0)}`;
  const no = (why: string, more: Partial<Judgement> = {}): Judgement => ({
    due: false,
    late: false,
    key,
    why,
    ...about,
    ...more,
  });
  const judged = { ...judgeData(condition, view, now, fresh, awaited, no), ...about, key };
  if (!judged.due && !judged.late) return judged;
  // What keeps it from being recorded now is told beside what it is due for.
  if (view.waiting !== undefined)
    return no(`Its run ${view.waiting} has not begun; it will read whatever is newest when it does.`);
  if (view.skippedUntil !== undefined && now < view.skippedUntil)
    return no(`${judged.why} Its last run did not begin; it is asked for again at ${sayTime(view.skippedUntil)}.`, {
      againAt: view.skippedUntil,
    });
  if (view.running !== undefined) return no(`${judged.why} Its run ${view.running} goes on.`);
  if (view.pause !== undefined) return { ...judged, due: false, why: `${judged.why} It is ${view.pause}.` };
  return judged;
}

/** Those published after what was read; with a tick, those published since it. */
function freshOf({ on }: Condition, { upstream, tick }: ConditionView): readonly string[] {
  return upstream.flatMap(({ model, publishedAt, unreadSince }) => {
    if (on !== "cron_after_all_new") return unreadSince === undefined ? [] : [model];
    return tick && publishedAt !== undefined && publishedAt >= tick.at ? [model] : [];
  });
}

type Refuse = (why: string, more?: Partial<Judgement>) => Judgement;
type Verdict = Pick<Judgement, "due" | "late" | "why"> & { readonly againAt?: Date };

function judgeData(
  condition: Condition,
  view: ConditionView,
  now: Date,
  fresh: readonly string[],
  awaited: readonly string[],
  no: Refuse,
): Verdict {
  if (condition.upstream.length === 0) return no("It waits for no model, so it is never due.");
  switch (condition.on) {
    case "cron":
      return no("It goes by the clock alone.");
    case "any_new":
      if (fresh.length === 0) return no(`Nothing new: ${sayAwaited(awaited, view)}.`);
      return judgeTiming(condition, view, now, `${sayFresh(fresh, view)}.`, no);
    case "all_new": {
      if (fresh.length === 0) return no(`Nothing new: ${sayAwaited(awaited, view)}.`);
      if (awaited.length === 0)
        return judgeTiming(condition, view, now, `All ${sayCount(fresh.length)} new: ${sayFresh(fresh, view)}.`, no);
      const since = earliest(view.upstream.flatMap(({ unreadSince }) => unreadSince ?? []));
      return judgeWait(
        condition,
        view,
        now,
        since,
        `${sayFresh(fresh, view)}; still waits for ${sayAwaited(awaited, view)}`,
        no,
      );
    }
    case "cron_after_all_new": {
      const { tick } = view;
      if (!tick) return no("It has had no tick yet.");
      const about = `Tick ${sayTime(tick.at)}`;
      if (tick.recorded) return no(`${about}: it has its run. Waits for the next tick.`);
      if (awaited.length === 0) return { due: true, late: false, why: `${about}: everything was published since.` };
      const waits = `${about}: waits for ${sayAwaited(awaited, view)}`;
      return judgeWait(condition, { upstream: view.upstream }, now, tick.at, waits, no);
    }
  }
}

/** `max_wait`: from then on it runs with what there is, or is late. */
function judgeWait(
  condition: Condition,
  view: ConditionView,
  now: Date,
  since: Date,
  waits: string,
  no: Refuse,
): Verdict {
  const { maxWaitMs, afterMaxWait } = condition;
  if (maxWaitMs === undefined) return no(`${waits}.`);
  const until = new Date(since.getTime() + maxWaitMs);
  if (now < until) return no(`${waits}, until ${sayTime(until)}.`, { againAt: until });
  const over = `${waits}; its max_wait was over at ${sayTime(until)}`;
  if (afterMaxWait === "alert") return { due: false, late: true, why: `${over}, so it is late.` };
  return judgeTiming(condition, view, now, `${over}, so it runs with what there is.`, no);
}

/** `settle` and `min_interval` of a schedule whose data is there. */
function judgeTiming(condition: Condition, view: ConditionView, now: Date, why: string, no: Refuse): Verdict {
  const unread = view.upstream.filter(({ unreadSince }) => unreadSince !== undefined);
  const newest = latest(unread.flatMap(({ publishedAt }) => publishedAt ?? []));
  const first = earliest(unread.flatMap(({ unreadSince }) => unreadSince ?? []));
  if (condition.settleMs > 0 && newest) {
    const quiet = newest.getTime() + condition.settleMs;
    const settled = new Date(Math.min(quiet, first.getTime() + SETTLES_AT_MOST * condition.settleMs));
    if (now < settled) return no(`${why} Settles until ${sayTime(settled)}.`, { againAt: settled });
  }
  if (condition.minIntervalMs > 0 && view.lastStartedAt) {
    const next = new Date(view.lastStartedAt.getTime() + condition.minIntervalMs);
    if (now < next) return no(`${why} Its min_interval ends at ${sayTime(next)}.`, { againAt: next });
  }
  return { due: true, late: false, why };
}

/** `bookings.orders is new since 2026-11-22 10:00:00 UTC` */
function sayFresh(fresh: readonly string[], { upstream, tick }: ConditionView): string {
  return listed(
    fresh.map((model) => {
      const found = upstream.find((one) => one.model === model);
      const since = tick ? found?.publishedAt : found?.unreadSince;
      return since === undefined ? `${model} is new` : `${model} is new since ${sayTime(since)}`;
    }),
  );
}

/** `bookings.orders (last published 2026-11-22 10:00:00 UTC)` */
function sayAwaited(awaited: readonly string[], { upstream }: ConditionView): string {
  return listed(
    awaited.map((model) => {
      const at = upstream.find((one) => one.model === model)?.publishedAt;
      return `${model} (${at === undefined ? "never published" : `last published ${sayTime(at)}`})`;
    }),
  );
}

const MOST_NAMED = 4;

function listed(parts: readonly string[]): string {
  if (parts.length <= MOST_NAMED) return parts.join(", ");
  return `${parts.slice(0, MOST_NAMED).join(", ")} and ${parts.length - MOST_NAMED} more`;
}

function sayCount(count: number): string {
  return count === 1 ? "of one is" : `${count} are`;
}

function sayTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function earliest(times: readonly Date[]): Date {
  return new Date(Math.min(...times.map((time) => time.getTime())));
}

function latest(times: readonly Date[]): Date | undefined {
  return times.length === 0 ? undefined : new Date(Math.max(...times.map((time) => time.getTime())));
}
