// Owns the part of the state port by which long lists are read page by page: newest first, each page beginning before the last of the
// one before. Nothing is skipped or shown twice while new rows come in.
import type { Executor, Trigger } from "./task-types.ts";
import type { BuildRecord, BuildStatus, Publication, RunRecord, RunStatus } from "./types.ts";

export interface PageState {
  /** By when each was asked for, by the database's clock. `before`: the id of the last of the page before. */
  pageRuns(filter: {
    readonly status?: RunStatus;
    readonly executor?: Executor;
    readonly trigger?: Trigger;
    readonly schedule?: string;
    readonly backfill?: string;
    readonly before?: string;
    readonly limit: number;
  }): Promise<readonly RunRecord[]>;
  /** By when each was begun, by the database's clock. `before`: the id of the last of the page before. */
  pageBuilds(filter: {
    readonly model?: string;
    readonly runId?: string;
    readonly status?: BuildStatus;
    readonly before?: string;
    readonly limit: number;
  }): Promise<readonly BuildRecord[]>;
  pagePublications(filter: {
    readonly model?: string;
    readonly project?: string;
    readonly before?: number;
    readonly limit: number;
  }): Promise<readonly Publication[]>;
}
