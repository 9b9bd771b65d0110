// Owns the state port: the truth about runs, steps, builds and publications. Knows no adapter. Times come from the database's clock.
import type { Diagnostic } from "../errors/index.ts";
import type { BuildData, ExtractionRecord, RelationName } from "../manifest/index.ts";
import type { Actor, AuditState } from "./audit-types.ts";
import type { BackfillState } from "./backfill-types.ts";
import type { ConditionState } from "./condition-types.ts";
import type { DeploymentState } from "./deployment-types.ts";
import type { EventState } from "./event-types.ts";
import type { PageState } from "./page-types.ts";
import type { PauseState } from "./pause-types.ts";
import type { ScheduleState } from "./schedule-types.ts";
import type { ServiceLevelState } from "./service-level-types.ts";
import type { Executor, NewRun, TaskState } from "./task-types.ts";
import type { TokenState } from "./token-types.ts";

/** `waiting`: asked for, not planned yet. */
export type RunStatus = "waiting" | "running" | "success" | "failed" | "cancelled" | "crashed" | "skipped";
export type StepStatus =
  | "running"
  | "success"
  | "warned"
  | "failed"
  | "skipped"
  | "held"
  | "unchanged"
  | "cancelled"
  | "crashed";
/** building -> built -> passed | rejected; any -> removed when its storage is gone. */
export type BuildStatus = "building" | "built" | "passed" | "rejected" | "removed";

/** What was asked for, and what became of it. */
export interface RunRecord extends NewRun {
  readonly status: RunStatus;
  /** The priority it was asked for with, once it has a better one, and why it has. */
  readonly raisedFrom?: number;
  readonly raisedBecause?: string;
  readonly startedAt: Date;
  readonly finishedAt?: Date;
  readonly heartbeatAt: Date;
  /** Everything published up to this number was there when it was planned. */
  readonly readSequence?: number;
  readonly cancelRequestedAt?: Date;
  readonly cancelledBy?: string;
  readonly cancelReason?: string;
}

export interface StepRecord {
  readonly runId: string;
  /** The plan's step id, such as `build:bookings.orders`. */
  readonly step: string;
  readonly kind: string;
  readonly model: string;
  readonly status: StepStatus;
  readonly reason: string;
  readonly startedAt: Date;
  readonly finishedAt?: Date;
  readonly rows?: number;
  readonly bytes?: number;
  readonly error?: Diagnostic;
}

export interface PinnedInput {
  readonly buildId: string;
  /** Says whether the rows are the same: equal contents have equal ids. */
  readonly contentId: string;
}

export interface BuildRecord {
  readonly id: string;
  readonly model: string;
  readonly relation: RelationName;
  readonly runId: string;
  readonly status: BuildStatus;
  /** The model's fingerprint when it was built. */
  readonly fingerprint: string;
  readonly contentId?: string;
  /** model id -> what it was made from. */
  readonly inputs: Readonly<Record<string, PinnedInput>>;
  readonly data?: BuildData;
  /** The oldest instant its rows show: a store's point, or the oldest of its inputs. */
  readonly asOf?: Date;
  /** A store's position at that instant. */
  readonly position?: string;
  readonly rows?: number;
  readonly bytes?: number;
  /** Snapshots: how the store was read for it. */
  readonly extraction?: ExtractionRecord;
  readonly createdAt: Date;
}

export interface Publication {
  /** Grows by every publication of the whole store; never reused. */
  readonly sequence: number;
  readonly model: string;
  readonly project: string;
  readonly buildId: string;
  readonly previousBuildId?: string;
  readonly runId?: string;
  readonly action: "publish" | "rollback";
  readonly publishedAt: Date;
}

export interface PublishChange {
  readonly model: string;
  readonly project: string;
  readonly buildId: string;
  /** What is published now, as the caller believes; null for nothing. The whole set is refused when one differs. */
  readonly expected: string | null;
}

/** A run publishes what it made; a person goes back, and the audit log says who and why in the same transaction. */
export type PublishedBy =
  | { readonly action: "publish"; readonly runId?: string }
  | { readonly action: "rollback"; readonly by: Actor; readonly why?: string };

export interface TestRecord {
  readonly runId: string;
  readonly test: string;
  readonly model: string;
  readonly buildId: string;
  readonly status: "pass" | "warn" | "fail" | "error";
  readonly failures: number;
  readonly message?: string;
  /** A few failing rows, masked where classified. */
  readonly sample?: readonly Readonly<Record<string, unknown>>[];
  readonly durationMs: number;
}

/** What tests say of a build. */
export interface BuildVerdict {
  readonly buildId: string;
  readonly status: "passed" | "rejected";
}

/** `loses`: what a power cut can do; `fix`: what a person does about it. */
export interface LossySetting {
  readonly name: string;
  readonly loses: string;
  readonly fix: string;
}

export interface StateStore
  extends TaskState,
    ServiceLevelState,
    AuditState,
    ScheduleState,
    PauseState,
    ConditionState,
    BackfillState,
    DeploymentState,
    TokenState,
    EventState,
    PageState {
  readonly kind: string;
  /** Brings the schema up to date; safe to call from many processes at once. Refuses a newer schema than it knows. */
  migrate(): Promise<void>;
  /** A random id made with the schema, for the warehouse to recognise its owner. */
  id(): Promise<string>;
  now(): Promise<Date>;
  /** Settings of the database that are off, without which a power cut can forget what was committed. */
  lossySettings(): Promise<readonly LossySetting[]>;

  /** For a run that its own process executes. */
  heartbeat(runId: string): Promise<void>;
  /** Newest first. */
  listRuns(filter?: {
    readonly status?: RunStatus;
    readonly executor?: Executor;
    readonly schedule?: string;
    readonly backfill?: string;
    readonly limit?: number;
  }): Promise<readonly RunRecord[]>;
  /** Marks the run, its running steps and its unfinished builds as crashed/rejected, and its open tasks as cancelled, in one transaction. */
  markCrashed(runId: string): Promise<void>;

  listSteps(runId: string): Promise<readonly StepRecord[]>;
  /** model id -> its newest step of this kind, whatever became of it. */
  lastSteps(kind: string, models: readonly string[]): Promise<ReadonlyMap<string, StepRecord>>;

  /** Called before anything physical exists. */
  createBuild(build: {
    readonly id: string;
    readonly model: string;
    readonly relation: RelationName;
    readonly runId: string;
    readonly fingerprint: string;
    readonly inputs: Readonly<Record<string, PinnedInput>>;
  }): Promise<void>;
  completeBuild(
    id: string,
    result: {
      readonly data: BuildData;
      readonly contentId: string;
      readonly asOf: Date;
      readonly position?: string;
      readonly extraction?: ExtractionRecord;
    },
  ): Promise<void>;
  /** `by`: the person who removes them, for the audit log. */
  setBuildStatus(ids: readonly string[], status: BuildStatus, by?: Actor): Promise<void>;
  getBuilds(ids: readonly string[]): Promise<ReadonlyMap<string, BuildRecord>>;
  /** Newest first. */
  listBuilds(filter?: {
    readonly models?: readonly string[];
    readonly runs?: readonly string[];
    readonly statuses?: readonly BuildStatus[];
    readonly limit?: number;
  }): Promise<readonly BuildRecord[]>;

  /** All or none, in one transaction. Throws `publish/superseded` naming the model when `expected` is not what is published. Each build must be `passed`. */
  publish(changes: readonly PublishChange[], by: PublishedBy): Promise<readonly Publication[]>;
  /** model id -> what is published now; of these projects, or of all. */
  published(projects?: readonly string[]): Promise<ReadonlyMap<string, Publication>>;
  /** The same of these models. */
  publishedOf(models: readonly string[]): Promise<ReadonlyMap<string, Publication>>;
  /** The newest sequence of a project; 0 when none. */
  publishedSequence(project: string): Promise<number>;
  /** Newest first. `since`: only what was published at this instant or later. */
  listPublications(filter: {
    readonly model?: string;
    readonly runId?: string;
    readonly since?: Date;
    readonly limit?: number;
  }): Promise<readonly Publication[]>;

  /** With the `verdict` on the build they tested, if there is one, in the same transaction. */
  recordTests(results: readonly TestRecord[], verdict?: BuildVerdict): Promise<void>;
  listTests(filter: { readonly runId?: string; readonly buildId?: string }): Promise<readonly TestRecord[]>;

  close(): Promise<void>;
}
