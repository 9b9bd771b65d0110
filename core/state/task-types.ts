// Owns the part of the state port by which a run goes on: runs as they are asked for, the tasks of a run, who works on which.
//
// A task is what one worker takes at once: steps of one run that belong in one process, such as the extracts of a store (they
// share its consistent point) or the build, test and publish of a model. Its fence grows with every claim: whoever holds an older one
// can change nothing any more. Its lease says until when its worker is taken to be alive, by the database's clock.
import type { Diagnostic } from "../errors/index.ts";
import type { ProcessIdentity } from "../util/index.ts";
import type { AuditEntry } from "./audit-types.ts";
import type {
  BuildVerdict,
  Publication,
  PublishChange,
  RunRecord,
  RunStatus,
  StepStatus,
  TestRecord,
} from "./types.ts";

/** What a worker must be able to do. */
export type WorkerClass = "extract" | "duckdb" | "bigquery" | "ts";

/** Who takes a run's tasks: the process that made it (`mesh run`), or any worker. */
export type Executor = "process" | "workers";

/** Why there is a run. */
export type Trigger = "manual" | "schedule" | "new-data" | "backfill" | "resume";

/** waiting -> ready -> queued -> running -> done | failed | quarantined; skipped and cancelled never ran to their end. */
export type TaskStatus =
  | "waiting"
  | "ready"
  | "queued"
  | "running"
  | "done"
  | "failed"
  | "quarantined"
  | "skipped"
  | "cancelled";

/** Its process is the one that asked; of a run that its own process executes, the one whose death ends it. */
export interface NewRun extends ProcessIdentity {
  readonly id: string;
  /** The command or duty that asked, such as `run` or `schedule`. */
  readonly command: string;
  readonly selection: string;
  readonly executor: Executor;
  readonly trigger: Trigger;
  /** Who asked: a user, or a schedule's id. */
  readonly createdBy?: string;
  /** Less is sooner: manual 10, at risk 20, hourly 50, nightly 100, backfill 1000. */
  readonly priority: number;
  /** `project.schedule` and the key that is unique within it, such as the logical date. */
  readonly schedule?: string;
  readonly scheduleKey?: string;
  readonly logicalAt?: Date;
  readonly backfill?: string;
  /** What planning it takes, as JSON: `{ fullRefresh?, discardHistory?, window? }`. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The run of which it does what failed. */
  readonly resumes?: string;
  /** Why now, for people. */
  readonly reason?: string;
}

export interface NewTask {
  /** The id of its first step, or `extract:project.store`. */
  readonly id: string;
  readonly workerClass: WorkerClass;
  /** The models its steps are about. */
  readonly models: readonly string[];
  /** The models that no other run may be at work on from when it begins until its whole bundle has ended; its own models unless told. */
  readonly exclusive?: readonly string[];
  /** Tasks of a run that are published or tested together, by the name of one of them. */
  readonly bundle?: string;
  /** Names of pools it takes a slot of, such as `store:bookings.bookings_db`, `project:finance`, `tag:heavy`, `warehouse`. */
  readonly pools: readonly string[];
  /** How many steps of other tasks it waits for. */
  readonly waits: number;
  /** Its place in the plan: after that of every task it waits for. */
  readonly rank: number;
  /** How often it may fail in a way that may pass. Losing its worker is not counted here. */
  readonly maxAttempts: number;
  /** Before the second attempt; doubles with each further one. */
  readonly retryDelayMs: number;
  readonly timeoutMs?: number;
}

/** Which attempt of a task somebody holds. */
export interface TaskRef {
  readonly runId: string;
  readonly task: string;
  readonly fence: number;
}

/** An offer to work on a task; `fence` is the one before the claim. */
export interface Ticket extends TaskRef {
  readonly workerClass: WorkerClass;
}

export interface TaskRecord extends Omit<NewTask, "timeoutMs" | "bundle" | "exclusive"> {
  readonly runId: string;
  readonly status: TaskStatus;
  readonly executor: Executor;
  readonly fence: number;
  /** Attempts that ended in an error of the model's own. */
  readonly attempt: number;
  /** Workers lost with it. */
  readonly losses: number;
  readonly timeoutMs?: number;
  readonly exclusive: readonly string[];
  readonly bundle?: string;
  readonly readyAt?: Date;
  readonly notBefore?: Date;
  readonly queuedAt?: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  readonly worker?: string;
  readonly leaseUntil?: Date;
  readonly error?: Diagnostic;
}

export interface AttemptRecord extends TaskRef {
  readonly attempt: number;
  readonly worker: string;
  readonly startedAt: Date;
  readonly finishedAt?: Date;
  /** `done`, `failed`, `retried`, `lost`, `cancelled`; absent while it goes on. */
  readonly outcome?: string;
  readonly error?: Diagnostic;
}

export interface AdmissionTask extends TaskRecord {
  /** That its run has now. */
  readonly priority: number;
}

/** What admission looks at. */
export interface AdmissionView {
  /** May start as far as their run goes, soonest first by priority and age. */
  readonly ready: readonly AdmissionTask[];
  /** Queued, or running with a live lease, of all runs. */
  readonly underWay: readonly AdmissionTask[];
  /** Models of bundles that have begun and not ended, by run. */
  readonly held: readonly { readonly runId: string; readonly models: readonly string[] }[];
  readonly now: Date;
}

/** How a step ended, or that it never began. */
export interface SettledStep {
  readonly step: string;
  readonly kind: string;
  readonly model: string;
  readonly status: Exclude<StepStatus, "running">;
  readonly reason?: string;
  readonly rows?: number;
  readonly bytes?: number;
  readonly error?: Diagnostic;
}

/** A step that begins. */
export interface BegunStep {
  readonly step: string;
  readonly kind: string;
  readonly model: string;
  readonly reason: string;
}

export interface Settlement {
  readonly step: SettledStep;
  /** Steps of the task that ended before it and are settled with it. */
  readonly before?: readonly SettledStep[] | undefined;
  /** The task's next step, when it begins at once. */
  readonly begins?: BegunStep | undefined;
  /** What tests found of a build, and what becomes of it: before it is published. */
  readonly judged?: { readonly results: readonly TestRecord[]; readonly verdict: BuildVerdict } | undefined;
  /** Steps that can no longer run because of it, nearest first, each with its task. */
  readonly fallen: readonly (SettledStep & { readonly task: string })[];
  /** Step id -> ids of other tasks that waited for it, once for every edge, and need wait no more. Looked up for all steps that ended or fell. */
  readonly releases: Readonly<Record<string, readonly string[]>>;
  /** What is published in the same transaction: all or none. */
  readonly publish?: { readonly changes: readonly PublishChange[]; readonly action: "publish" };
  /** The task ends with this step. */
  readonly end?: "done" | "failed" | "cancelled";
  /** The first error of the task, when it ends with one. */
  readonly endError?: Diagnostic;
}

export interface Settled {
  /** Tasks that became ready. */
  readonly released: readonly string[];
  /** Steps of `fallen` that nobody had settled before. */
  readonly fallen: readonly string[];
  readonly publications: readonly Publication[];
  /** How the run ended, when this ended it. */
  readonly runEnded?: RunStatus;
}

export interface LeaseState extends TaskRef {
  /** `held`; `cancelled`: held, and its run is to end; `ended`: settled to its end by its holder; `lost`: it is somebody else's, or nobody's. */
  readonly state: "held" | "cancelled" | "ended" | "lost";
}

export interface WorkerRecord {
  readonly id: string;
  /** `worker` or `scheduler`. */
  readonly kind: string;
  readonly host: string;
  readonly pid: number;
  readonly classes: readonly WorkerClass[];
  readonly concurrency: number;
  readonly startedAt: Date;
  readonly heartbeatAt: Date;
}

export interface TaskState {
  /**
   * Records a run that is yet to be planned (`waiting`), with an entry of the audit log when a person asked for it. undefined when its
   * schedule has a run of this key. One that resumes another is refused while what that one left is another's business or when it has been
   * done: throws `run/being-resumed`, `run/nothing-left`.
   */
  recordRun(run: NewRun, audit?: AuditEntry): Promise<RunRecord | undefined>;
  getRun(id: string): Promise<RunRecord | undefined>;
  /**
   * `waiting` -> `running` with its work and tasks, in one transaction; false when the run is no longer waiting. Without tasks it succeeds
   * at once. False also when as many windows of its backfill as may are being read. `readSequence`: the newest publication that the facts it was planned from hold.
   */
  beginRun(id: string, work: string, tasks: readonly NewTask[], readSequence?: number): Promise<boolean>;
  /** The text given to `beginRun`. */
  readWork(runId: string): Promise<string | undefined>;
  /**
   * Gives a run that has not ended a better priority, and says in it why: its tasks go before others' from the next admission on. False
   * when it has that priority or a better one, or has ended.
   */
  raiseRun(id: string, priority: number, because: string): Promise<boolean>;
  /** A run that never began ends. */
  endWaitingRun(id: string, status: Exclude<RunStatus, "running" | "waiting">, reason: string): Promise<boolean>;

  /**
   * Lets ready tasks go on: `choose` says which, in a transaction that no other admission enters. They become `queued` and their
   * tickets are returned, for the caller to offer. `runId`: only tasks of this run, which is the caller's own.
   */
  admit(
    scope: { readonly runId: string } | { readonly executor: "workers" },
    choose: (view: AdmissionView) => readonly TaskRef[],
  ): Promise<readonly Ticket[]>;
  /** Takes a queued task. undefined when the ticket is old or somebody was faster. */
  claimTask(
    ticket: Ticket,
    claim: { readonly worker: string; readonly leaseMs: number },
  ): Promise<TaskRecord | undefined>;
  renewLeases(worker: string, held: readonly TaskRef[], leaseMs: number): Promise<readonly LeaseState[]>;
  /** Marks the step as under way. Throws `run/task-lost` when the fence is not the task's any more. */
  beginStep(ref: TaskRef, step: BegunStep): Promise<void>;
  /** Throws `run/task-lost` when the fence is not the task's any more, `publish/superseded`, `publish/not-publishable`. */
  settleStep(ref: TaskRef, settlement: Settlement): Promise<Settled>;
  /** Ends a task whose steps are settled. */
  endTask(
    ref: TaskRef,
    end: { readonly status: "done" | "failed" | "quarantined" | "cancelled"; readonly error?: Diagnostic },
  ): Promise<Pick<Settled, "runEnded">>;
  /**
   * Puts a task back to `ready`: everything it did in this run is done again, and whoever waited for it and has not begun waits again.
   * Back to `waiting` when a task that had let it go on was given back meanwhile and has not done it again.
   * `releases`: every step of it, with the tasks of others that wait for the step, once for each edge.
   */
  returnTask(
    ref: TaskRef,
    why: {
      /** `lost` and `returned` are no attempts of the model's own. */
      readonly kind: "retried" | "lost" | "returned";
      readonly error: Diagnostic;
      readonly delayMs: number;
      readonly releases: Readonly<Record<string, readonly string[]>>;
    },
  ): Promise<boolean>;
  /** Running tasks whose lease is over, of runs that workers execute. */
  expiredTasks(): Promise<readonly TaskRecord[]>;
  /**
   * Puts tasks back to `ready` that are queued for longer than this for a class of which no worker is left: what they hold of pools and
   * models is for others. Their tickets are worth nothing until they are admitted again. Gives how many.
   */
  recallTasks(live: readonly WorkerClass[], olderThanMs: number): Promise<number>;
  /** Queued for longer than this: their tickets, to be offered again. */
  overdueTickets(olderThanMs: number): Promise<readonly Ticket[]>;
  listTasks(runId: string): Promise<readonly TaskRecord[]>;
  listAttempts(runId: string): Promise<readonly AttemptRecord[]>;

  /**
   * Nothing new of the run begins: tasks not under way end as `status`. Those under way learn it with their lease. Gives these. `audit`
   * is written down when there was something to stop.
   */
  stopRun(
    runId: string,
    stop: { readonly by: string; readonly reason: string; readonly status: "cancelled" | "skipped" },
    audit?: AuditEntry,
  ): Promise<readonly TaskRef[]>;

  /** Registers a process, or renews its heartbeat. */
  keepWorker(worker: Omit<WorkerRecord, "startedAt" | "heartbeatAt">): Promise<void>;
  dropWorker(id: string): Promise<void>;
  /** Seen in the last `withinMs`. */
  listWorkers(withinMs: number): Promise<readonly WorkerRecord[]>;
}
