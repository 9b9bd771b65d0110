// Owns the part of the state port that says which schedules are in force, which tick of each was seen last, and what time schedules go by.
import type { Schedule } from "../manifest/index.ts";
import type { NewRun } from "./task-types.ts";
import type { RunRecord } from "./types.ts";

export interface ScheduleRecord {
  /** `project.schedule` */
  readonly id: string;
  readonly project: string;
  readonly name: string;
  /** As deployed last. */
  readonly definition: Schedule;
  /** False when what is deployed has it no more. */
  readonly enabled: boolean;
  /** It has been in force, with these times, since then. */
  readonly since: Date;
  /** Every tick up to this was looked at; `since` when none. */
  readonly lastLogicalAt: Date;
  /** The tick that comes next; absent when it goes by data alone. */
  readonly nextAt?: Date;
}

/** A schedule as it is to be kept. `restart`: its ticks count from now on, those before are nobody's. */
export interface ScheduleChange {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly definition: Schedule;
  readonly restart: boolean;
  /** With `restart`: the first tick. */
  readonly nextAt?: Date;
}

export interface Reconciliation {
  /** project -> its deployment, by which this was worked out. */
  readonly deployments: Readonly<Record<string, string>>;
  readonly changes: readonly ScheduleChange[];
  /** Ids of those that are no more. */
  readonly gone: readonly string[];
  /** Schedule time. */
  readonly at: Date;
}

/** What a look at a schedule found due. */
export interface TickRecord {
  readonly schedule: string;
  /** `lastLogicalAt` when this was worked out: nothing is recorded when it is another by now. */
  readonly seen: Date;
  readonly lastLogicalAt: Date;
  readonly nextAt?: Date;
  readonly runs: readonly NewRun[];
}

/** Time that schedules go by at another speed, for rehearsals. */
export interface ScheduleClock {
  readonly realStart: Date;
  readonly rehearsedStart: Date;
  /** Rehearsed seconds in a second. */
  readonly speed: number;
}

export interface ScheduleState {
  /** Of projects that are deployed, and of those that were. */
  listSchedules(): Promise<readonly ScheduleRecord[]>;
  /** In one transaction; false, with nothing changed, when what is deployed is something else by now. */
  reconcileSchedules(reconciliation: Reconciliation): Promise<boolean>;
  /** In force, with a tick that has come. */
  dueSchedules(at: Date): Promise<readonly ScheduleRecord[]>;
  /**
   * Records the runs and that these ticks were seen, in one transaction. undefined when another scheduler was faster, or the schedule is
   * not in force any more. A tick that has a run keeps that one.
   */
  recordTicks(ticks: TickRecord): Promise<readonly RunRecord[] | undefined>;
  /** Models whose last task was taken out of work after it took its workers down with it, each with the run it happened in. */
  quarantinedModels(): Promise<ReadonlyMap<string, string>>;
  /** The time schedules go by: the database's, unless it is rehearsed. */
  scheduleTime(): Promise<Date>;
  scheduleClock(): Promise<ScheduleClock | undefined>;
  /** Starts a rehearsal now; one that goes on from the same start at the same speed is left alone. undefined ends it. */
  setScheduleClock(clock: Omit<ScheduleClock, "realStart"> | undefined): Promise<ScheduleClock | undefined>;
}
