// Owns the part of the state port by which ranges of a snapshot are read again, window by window. What has become of a window is what
// has become of its run, or of the run that does the rest of it: nothing is noted twice. How a range is cut into windows is no business of the state store.
import type { ProcessIdentity } from "../util/index.ts";
import type { Actor } from "./audit-types.ts";
import type { Executor, NewRun } from "./task-types.ts";
import type { RunRecord, RunStatus } from "./types.ts";

export type Reprocess = "missing" | "failed" | "all";
export type BackfillOrder = "oldest" | "newest";

/**
 * `running` until it is finished, even when nobody works on it, and again when a window's run is resumed later, unless somebody had
 * cancelled it.
 */
export type BackfillStatus = "running" | "success" | "failed" | "cancelled";

/** Bounds as the column has them: `from` inclusive, `to` exclusive. */
export interface Window {
  readonly from: string;
  readonly to: string;
}

/** Its process is the one that made it, or that resumed a run of it after its end. */
export interface NewBackfill extends ProcessIdentity {
  readonly id: string;
  /** The snapshot. */
  readonly model: string;
  /** The whole range. */
  readonly from: string;
  readonly to: string;
  /** How the range was cut: `1d`, `100000`, or a schedule's id. */
  readonly every: string;
  readonly reprocess: Reprocess;
  readonly order: BackfillOrder;
  /** Runs of it at once. */
  readonly maxActive: number;
  /** Who runs its windows: the process that made it, or schedulers and workers. */
  readonly executor: Executor;
  readonly why?: string;
}

export interface BackfillRecord extends NewBackfill {
  readonly by: string;
  readonly status: BackfillStatus;
  readonly createdAt: Date;
  readonly finishedAt?: Date;
  readonly cancelRequestedAt?: Date;
  readonly cancelledBy?: string;
  readonly cancelReason?: string;
  /** Of the runs of its windows, while they went on. */
  readonly lastHeartbeatAt?: Date;
  /** How many of its windows are in each state. */
  readonly progress: Readonly<Record<WindowStatus, number>>;
}

/** `waiting`: no run yet; `running`: its run waits or goes on. */
export type WindowStatus = "waiting" | "running" | "done" | "failed" | "cancelled";

export interface BackfillWindow extends Window {
  readonly backfill: string;
  /** Its place in the backfill, from 0: the order in which windows begin. */
  readonly rank: number;
  readonly status: WindowStatus;
  /** The last that was asked for: the window's own, or one that resumes it. */
  readonly runId?: string;
  readonly runStatus?: RunStatus;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
}

export interface BackfillState {
  /** Records it with its windows, in the order in which they are to begin. Without windows it has succeeded. */
  createBackfill(backfill: NewBackfill, windows: readonly Window[], by: Actor): Promise<BackfillRecord>;
  getBackfill(id: string): Promise<BackfillRecord | undefined>;
  /** Newest first. `model`: of this snapshot. `open`: not finished. */
  listBackfills(filter?: {
    readonly model?: string;
    readonly open?: boolean;
    readonly executor?: Executor;
    readonly limit?: number;
  }): Promise<readonly BackfillRecord[]>;
  /** In the order in which they begin; of one backfill, or of every backfill of a snapshot, oldest backfill first. */
  listWindows(of: { readonly backfill: string } | { readonly model: string }): Promise<readonly BackfillWindow[]>;
  /**
   * Records the run of a window. undefined when the window has one, when as many as may are under way, or when the backfill is to end:
   * decided in the transaction that records the run.
   */
  startWindow(backfill: string, rank: number, run: NewRun): Promise<RunRecord | undefined>;
  /** Notes the run that its own process has begun for a window. False when the backfill is to end or the window has a run. */
  claimWindow(backfill: string, rank: number, runId: string): Promise<boolean>;
  /** From now on no window begins. Gives the runs that are not over; the caller stops them. undefined when there is no such backfill, or it is over. */
  cancelBackfill(id: string, why: string | undefined, by: Actor): Promise<readonly RunRecord[] | undefined>;
  /** Finishes it when no window is left to begin or to end; gives how. */
  finishBackfill(id: string): Promise<BackfillStatus | undefined>;
}
