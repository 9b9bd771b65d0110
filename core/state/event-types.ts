// Owns the part of the state port that tells what happened, in order, for those who watch. The database writes an event itself with
// every change of a run, a step, a task, a publication and the audit log, so none is missed whoever made the change.

export type EventKind = "run" | "step" | "task" | "publication" | "audit";

export interface StateEvent {
  /** Grows; of two changes made at once the greater may be seen first. Numbers may be left out. */
  readonly sequence: number;
  readonly at: Date;
  readonly kind: EventKind;
  readonly runId?: string;
  /** A run's id, a step, a task, a model, what an entry of the audit log is about. */
  readonly subject: string;
  /** The status it has now; of a publication or an audit entry the action. */
  readonly status: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface EventState {
  /** In order of their sequences: those greater than `after` and those of `late`, none greater than `upTo`. */
  readEvents(range: {
    readonly after: number;
    /** Numbers below `after` that had not been seen when it was. */
    readonly late?: readonly number[];
    readonly upTo?: number;
    readonly runId?: string;
    readonly limit: number;
  }): Promise<readonly StateEvent[]>;
  /** The least and the greatest sequence there is; zeros when there is none. */
  eventRange(): Promise<{ readonly first: number; readonly last: number }>;
  /** Removes older ones; gives how many. */
  removeEvents(olderThanMs: number): Promise<number>;
}
