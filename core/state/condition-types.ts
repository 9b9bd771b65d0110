// Owns the part of the state port by which schedules that wait for data know what they have read, and say why they are due or not.
// A publication is never an event here: it is a number, compared with the number a schedule's last run has read up to.
import type { NewRun } from "./task-types.ts";
import type { Publication, RunRecord } from "./types.ts";

/** What was decided about a schedule that waits for data. */
export interface ConditionDecision {
  readonly due: boolean;
  /** In people's words: which upstream models are new, since when, what is waited for. */
  readonly why: string;
  /** It has waited longer than it may. */
  readonly late: boolean;
  /** Upstream models with something new, and those waited for. */
  readonly fresh: readonly string[];
  readonly awaited: readonly string[];
  /** The tick it is about, ISO; of `cron_after_all_new`. */
  readonly tick?: string;
}

export interface ConditionRecord extends ConditionDecision {
  /** `project.schedule` */
  readonly schedule: string;
  /** When the decision became this one. */
  readonly decidedAt: Date;
}

/** What a schedule's runs say about it. */
export interface ScheduleProgress {
  /** When a scheduler saw it first, on the clock that schedules go by. */
  readonly since: Date;
  /** Everything published up to this number was there for its last run that began, or was taken off before it did; 0 when none. */
  readonly readSequence: number;
  /** The run that has not begun, and those that go on. */
  readonly waiting?: RunRecord;
  readonly running: readonly RunRecord[];
  /** When a run of it began or was asked for last, on the database's clock. */
  readonly lastStartedAt?: Date;
  /** The newest tick that a run was recorded for. */
  readonly lastLogicalAt?: Date;
  /** Its runs since then that were skipped, or could not be planned: how many, the newest number one of them would have read, when the last ended. */
  readonly skipped?: { readonly count: number; readonly sequence: number; readonly at: Date };
}

/** When an upstream model was published first after a number. */
export interface FirstUnread {
  readonly model: string;
  readonly sequence: number;
  readonly publishedAt: Date;
  /** How often since. */
  readonly count: number;
}

export interface ConditionState {
  /** The number of the store's newest publication; 0 when none. */
  latestSequence(): Promise<number>;
  /** Newest last: those after `sequence`. A reader that saw a number never meets a smaller one later. */
  publicationsAfter(sequence: number): Promise<readonly Publication[]>;
  /** Notes that these schedules wait for data; `at`: for those that are new, on the clock that schedules go by. */
  seeSchedules(schedules: readonly string[], at: Date): Promise<void>;
  /** Of schedules that were seen. */
  readProgress(schedules: readonly string[]): Promise<ReadonlyMap<string, ScheduleProgress>>;
  /** For each of these models that was published after `sequence`. */
  firstUnread(models: readonly string[], sequence: number): Promise<readonly FirstUnread[]>;
  /**
   * Records a run that waits, for a schedule that had read up to `seen.readSequence` when this was decided. undefined when that is not
   * so any more, when one of its runs waits already, or when there is one of this key: then others were faster.
   */
  recordConditionRun(
    run: NewRun & { readonly schedule: string; readonly scheduleKey: string },
    seen: { readonly readSequence: number; readonly sequence: number },
  ): Promise<RunRecord | undefined>;
  /** Notes what was decided, with the time when it became so. */
  noteDecision(schedule: string, decision: ConditionDecision): Promise<void>;
  /** Of one schedule, or of all. */
  listDecisions(schedule?: string): Promise<readonly ConditionRecord[]>;
}
