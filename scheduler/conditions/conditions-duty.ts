// Owns looking after every schedule that waits for data: what its view is, and recording the run that it is due for. The decision itself is in
// `judge-condition.ts`; that two schedulers record one run is the state store's business.
import type { Manifest, Schedule } from "../../core/manifest/index.ts";
import { lastTick, nextTick } from "../../core/sla/index.ts";
import {
  type ConditionDecision,
  describePause,
  type PauseRecord,
  pausesOn,
  rehearsedTime,
  type ScheduleProgress,
  type StateStore,
} from "../../core/state/index.ts";
import { createId, identityOf } from "../../core/util/index.ts";
import type { Duty, DutyContext } from "../duty.ts";
import { priorityOf, selectionOf } from "../schedules/index.ts";
import { type ConditionView, type Judgement, judgeCondition } from "./judge-condition.ts";
import { type PublicationWatch, watchPublications } from "./watch-publications.ts";

interface Conditional {
  /** `project.schedule` */
  readonly id: string;
  readonly schedule: Schedule;
}

const EVERY_MS = 1_000;
/** With nothing new and nothing waited for, everything is looked at again after so long. */
const IDLE_MS = 10_000;
const SKIP_DELAY_MS = 60_000;
const LONGEST_SKIP_DELAY_MS = 3_600_000;

/** How an instant of the database's clock is shown by the clock that schedules go by. */
type OnScheduleClock = (at: Date) => Date;

export function createConditionsDuty(
  readClock: (state: StateStore) => Promise<OnScheduleClock> = readScheduleClock,
): Duty {
  const publications = watchPublications();
  /** On the schedule's clock; undefined: at the next call. */
  let again: Date | undefined;

  return {
    name: "conditions",
    everyMs: EVERY_MS,
    async run(context) {
      const { state } = context;
      const news = await publications.refresh(state);
      const now = await context.scheduleTime();
      if (!news && again !== undefined && now < again) return;
      const conditionals = conditionalSchedules((await context.deployed()).manifest);
      const ids = conditionals.map(({ id }) => id);
      let progressOf = await state.readProgress(ids);
      const unseen = ids.filter((id) => !progressOf.has(id));
      if (unseen.length > 0) {
        await state.seeSchedules(unseen, now);
        progressOf = await state.readProgress(ids);
      }
      const pauses = await state.listPauses();
      const pausedAt = await state.now();
      const onClock = await readClock(state);
      const waits: Date[] = [new Date(now.getTime() + IDLE_MS)];
      for (const conditional of conditionals) {
        if (context.signal.aborted) return;
        const progress = progressOf.get(conditional.id);
        if (!progress) continue;
        const pause = pauseOf(conditional, pauses, pausedAt);
        try {
          waits.push(...(await lookAfter(conditional, { progress, publications, context, now, pause, onClock })));
        } catch (error) {
          // One schedule must not keep the others from being looked after.
          context.log.error(
            { schedule: conditional.id, error: String(error) },
            `${conditional.id} could not be judged`,
          );
          waits.push(now);
        }
      }
      again = new Date(Math.min(...waits.map((time) => time.getTime())));
    },
  };
}

function conditionalSchedules({ projects }: Manifest): readonly Conditional[] {
  return Object.values(projects).flatMap(({ name, schedules }) =>
    Object.entries(schedules).flatMap(([key, schedule]) =>
      schedule.on === "cron" ? [] : [{ id: `${name}.${key}`, schedule }],
    ),
  );
}

function pauseOf({ id }: Conditional, pauses: readonly PauseRecord[], now: Date): string | undefined {
  const [pause] = pausesOn(pauses, { kind: "schedule", name: id }, now);
  return pause && describePause(pause);
}

interface Known {
  readonly progress: ScheduleProgress;
  readonly publications: PublicationWatch;
  readonly context: DutyContext;
  readonly now: Date;
  readonly pause: string | undefined;
  readonly onClock: OnScheduleClock;
}

/** Decides about one schedule and writes it down; gives the times at which another decision may be due. */
async function lookAfter(conditional: Conditional, known: Known): Promise<readonly Date[]> {
  const { id, schedule } = conditional;
  const { now, context } = known;
  const view = await viewOf(conditional, known);
  const judgement = judgeCondition(schedule, view, now);
  if (judgement.due) await record(conditional, judgement, known);
  await context.state.noteDecision(id, decisionOf(judgement));
  const tick = schedule.cron === undefined ? undefined : await nextTick(timingOf(schedule), now);
  // What only its own run or a pause holds back is let go without a word to this duty.
  const held = judgement.due || view.waiting !== undefined || view.running !== undefined || view.pause !== undefined;
  return [...(judgement.againAt ? [judgement.againAt] : []), ...(tick ? [tick] : []), ...(held ? [now] : [])];
}

async function readScheduleClock(state: StateStore): Promise<OnScheduleClock> {
  const clock = await state.scheduleClock();
  return (at) => (clock ? rehearsedTime(clock, at) : at);
}

/** A run that was skipped will be again if nothing has changed: each time it is asked for less soon. */
function skippedUntil({ skipped }: ScheduleProgress, newest: number, onClock: OnScheduleClock): Date | undefined {
  if (!skipped || newest > skipped.sequence) return undefined;
  const delayMs = Math.min(SKIP_DELAY_MS * 2 ** (skipped.count - 1), LONGEST_SKIP_DELAY_MS);
  return new Date(onClock(skipped.at).getTime() + delayMs);
}

async function viewOf({ schedule }: Conditional, known: Known): Promise<ConditionView> {
  const { progress, publications, context, now, pause, onClock } = known;
  const unread = schedule.upstream.filter(
    (model) => (publications.newestOf(model)?.sequence ?? 0) > progress.readSequence,
  );
  const firsts = new Map(
    (await context.state.firstUnread(unread, progress.readSequence)).map(({ model, publishedAt }) => [
      model,
      publishedAt,
    ]),
  );
  const upstream = schedule.upstream.map((model) => {
    const newest = publications.newestOf(model);
    const first = unread.includes(model) ? (firsts.get(model) ?? newest?.publishedAt) : undefined;
    return {
      model,
      ...(newest && { sequence: newest.sequence, publishedAt: onClock(newest.publishedAt) }),
      ...(first && { unreadSince: onClock(first) }),
    };
  });
  const at = schedule.cron === undefined ? undefined : await lastTick(timingOf(schedule), now);
  // What ticked before anybody knew the schedule is nobody's business.
  const tick = at !== undefined && at > progress.since ? at : undefined;
  const { waiting, running, lastStartedAt, lastLogicalAt } = progress;
  const newest = upstream.reduce((most, { sequence = 0 }) => Math.max(most, sequence), 0);
  const until = skippedUntil(progress, newest, onClock);
  const [other] = schedule.overlap === "skip" ? running : [];
  return {
    upstream,
    ...(pause !== undefined && { pause }),
    ...(waiting && { waiting: waiting.id }),
    ...(other && { running: other.id }),
    ...(until && { skippedUntil: until }),
    ...(lastStartedAt && { lastStartedAt: onClock(lastStartedAt) }),
    ...(tick && { tick: { at: tick, recorded: lastLogicalAt !== undefined && lastLogicalAt >= tick } }),
  };
}

async function record(
  { id, schedule }: Conditional,
  { key, why, tick }: Judgement,
  { progress, publications, context: { state, transport, log } }: Known,
): Promise<void> {
  const run = await state.recordConditionRun(
    {
      id: createId(),
      command: "schedule",
      selection: selectionOf(id),
      executor: "workers",
      trigger: "new-data",
      createdBy: id,
      priority: await priorityOf(schedule),
      schedule: id,
      scheduleKey: key,
      ...(tick !== undefined && { logicalAt: new Date(tick) }),
      reason: why,
      ...identityOf(),
    },
    { readSequence: progress.readSequence, sequence: publications.sequence() },
  );
  if (!run) return;
  log.info({ schedule: id, run: run.id, key }, `${id} is due: ${why}`);
  await transport.signal({ topic: "look", why: `run ${run.id} was recorded` });
}

function decisionOf({ due, why, late, fresh, awaited, tick }: Judgement): ConditionDecision {
  return { due, why, late, fresh, awaited, ...(tick !== undefined && { tick }) };
}

function timingOf({ cron = "", timezone }: Schedule) {
  return { cron, timezone };
}
