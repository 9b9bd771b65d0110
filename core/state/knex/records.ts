// Owns the form of rows in the database and their translation to the port's records. Runs no query.
import type { AttemptRecord, TaskRecord, WorkerRecord } from "../task-types.ts";
import type { BuildRecord, Publication, RunRecord, StepRecord, TestRecord } from "../types.ts";

/** SQLite gives instants as text, Postgres as Date. */
export type Instant = string | Date;
/** Postgres gives bigint as text. */
export type Whole = number | string;

export interface RunRow {
  id: string;
  command: string;
  selection: string;
  status: RunRecord["status"];
  host: string;
  pid: number;
  process: string | null;
  started_at: Instant;
  heartbeat_at: Instant;
  finished_at: Instant | null;
  executor: RunRecord["executor"];
  trigger: RunRecord["trigger"];
  created_by: string | null;
  priority: number;
  raised_from: number | null;
  raised_because: string | null;
  schedule: string | null;
  schedule_key: string | null;
  logical_at: Instant | null;
  backfill: string | null;
  options: string | null;
  resumes: string | null;
  reason: string | null;
  read_sequence: Whole | null;
  cancel_requested_at: Instant | null;
  cancelled_by: string | null;
  cancel_reason: string | null;
}

export interface TaskRow {
  run_id: string;
  id: string;
  worker_class: TaskRecord["workerClass"];
  models: string;
  exclusive: string;
  bundle: string | null;
  pools: string;
  status: TaskRecord["status"];
  waits: number;
  rank: number;
  executor: TaskRecord["executor"];
  fence: Whole;
  attempt: number;
  losses: number;
  max_attempts: number;
  retry_delay_ms: Whole;
  timeout_ms: Whole | null;
  ready_at: Instant | null;
  not_before: Instant | null;
  queued_at: Instant | null;
  started_at: Instant | null;
  finished_at: Instant | null;
  worker: string | null;
  lease_until: Instant | null;
  error: string | null;
}

export interface AttemptRow {
  run_id: string;
  task: string;
  fence: Whole;
  attempt: number;
  worker: string;
  started_at: Instant;
  finished_at: Instant | null;
  outcome: string | null;
  error: string | null;
}

export interface WorkerRow {
  id: string;
  kind: string;
  host: string;
  pid: number;
  classes: string;
  concurrency: number;
  started_at: Instant;
  heartbeat_at: Instant;
}

export interface StepRow {
  run_id: string;
  step: string;
  kind: string;
  model: string;
  status: StepRecord["status"];
  reason: string;
  started_at: Instant;
  finished_at: Instant | null;
  rows: Whole | null;
  bytes: Whole | null;
  error: string | null;
}

export interface BuildRow {
  id: string;
  model: string;
  relation: string;
  run_id: string;
  status: BuildRecord["status"];
  fingerprint: string;
  content_id: string | null;
  inputs: string;
  data: string | null;
  as_of: Instant | null;
  position: string | null;
  rows: Whole | null;
  bytes: Whole | null;
  extraction: string | null;
  created_at: Instant;
}

export interface PublicationRow {
  sequence: Whole;
  model: string;
  project: string;
  build_id: string;
  previous_build_id: string | null;
  run_id: string | null;
  action: Publication["action"];
  published_at: Instant;
}

export interface TestRow {
  run_id: string;
  test: string;
  model: string;
  build_id: string;
  status: TestRecord["status"];
  failures: Whole;
  message: string | null;
  sample: string | null;
  duration_ms: number;
}

/** The key with a value that is there, or nothing. */
export function present<K extends string>(key: K, value: string | null): { readonly [P in K]?: string } {
  return value === null ? {} : ({ [key]: value } as { [P in K]: string });
}
export function instant<K extends string>(key: K, value: Instant | null): { readonly [P in K]?: Date } {
  return value === null ? {} : ({ [key]: new Date(value) } as { [P in K]: Date });
}
export const runRecord = (row: RunRow): RunRecord => ({
  id: row.id,
  command: row.command,
  selection: row.selection,
  status: row.status,
  startedAt: new Date(row.started_at),
  ...(row.finished_at !== null && { finishedAt: new Date(row.finished_at) }),
  host: row.host,
  pid: row.pid,
  ...present("process", row.process),
  heartbeatAt: new Date(row.heartbeat_at),
  executor: row.executor,
  trigger: row.trigger,
  priority: row.priority,
  ...(row.raised_from !== null && { raisedFrom: row.raised_from }),
  ...present("raisedBecause", row.raised_because),
  ...present("createdBy", row.created_by),
  ...present("schedule", row.schedule),
  ...present("scheduleKey", row.schedule_key),
  ...instant("logicalAt", row.logical_at),
  ...present("backfill", row.backfill),
  ...(row.options !== null && { options: JSON.parse(row.options) }),
  ...present("resumes", row.resumes),
  ...present("reason", row.reason),
  ...(row.read_sequence !== null && { readSequence: Number(row.read_sequence) }),
  ...instant("cancelRequestedAt", row.cancel_requested_at),
  ...present("cancelledBy", row.cancelled_by),
  ...present("cancelReason", row.cancel_reason),
});

export const taskRecord = (row: TaskRow): TaskRecord => ({
  runId: row.run_id,
  id: row.id,
  workerClass: row.worker_class,
  models: JSON.parse(row.models),
  exclusive: JSON.parse(row.exclusive),
  ...present("bundle", row.bundle),
  pools: JSON.parse(row.pools),
  status: row.status,
  waits: row.waits,
  rank: row.rank,
  executor: row.executor,
  fence: Number(row.fence),
  attempt: row.attempt,
  losses: row.losses,
  maxAttempts: row.max_attempts,
  retryDelayMs: Number(row.retry_delay_ms),
  ...(row.timeout_ms !== null && { timeoutMs: Number(row.timeout_ms) }),
  ...instant("readyAt", row.ready_at),
  ...instant("notBefore", row.not_before),
  ...instant("queuedAt", row.queued_at),
  ...instant("startedAt", row.started_at),
  ...instant("finishedAt", row.finished_at),
  ...present("worker", row.worker),
  ...instant("leaseUntil", row.lease_until),
  ...(row.error !== null && { error: JSON.parse(row.error) }),
});

export const attemptRecord = (row: AttemptRow): AttemptRecord => ({
  runId: row.run_id,
  task: row.task,
  fence: Number(row.fence),
  attempt: row.attempt,
  worker: row.worker,
  startedAt: new Date(row.started_at),
  ...instant("finishedAt", row.finished_at),
  ...present("outcome", row.outcome),
  ...(row.error !== null && { error: JSON.parse(row.error) }),
});

export const workerRecord = (row: WorkerRow): WorkerRecord => ({
  id: row.id,
  kind: row.kind,
  host: row.host,
  pid: row.pid,
  classes: JSON.parse(row.classes),
  concurrency: row.concurrency,
  startedAt: new Date(row.started_at),
  heartbeatAt: new Date(row.heartbeat_at),
});

export const stepRecord = (row: StepRow): StepRecord => ({
  runId: row.run_id,
  step: row.step,
  kind: row.kind,
  model: row.model,
  status: row.status,
  reason: row.reason,
  startedAt: new Date(row.started_at),
  ...(row.finished_at !== null && { finishedAt: new Date(row.finished_at) }),
  ...(row.rows !== null && { rows: Number(row.rows) }),
  ...(row.bytes !== null && { bytes: Number(row.bytes) }),
  ...(row.error !== null && { error: JSON.parse(row.error) }),
});

export const buildRecord = (row: BuildRow): BuildRecord => ({
  id: row.id,
  model: row.model,
  relation: JSON.parse(row.relation),
  runId: row.run_id,
  status: row.status,
  fingerprint: row.fingerprint,
  ...(row.content_id !== null && { contentId: row.content_id }),
  inputs: JSON.parse(row.inputs),
  ...(row.data !== null && { data: JSON.parse(row.data) }),
  ...(row.as_of !== null && { asOf: new Date(row.as_of) }),
  ...(row.position !== null && { position: row.position }),
  ...(row.rows !== null && { rows: Number(row.rows) }),
  ...(row.bytes !== null && { bytes: Number(row.bytes) }),
  ...(row.extraction !== null && { extraction: JSON.parse(row.extraction) }),
  createdAt: new Date(row.created_at),
});

export const publication = (row: PublicationRow): Publication => ({
  sequence: Number(row.sequence),
  model: row.model,
  project: row.project,
  buildId: row.build_id,
  ...(row.previous_build_id !== null && { previousBuildId: row.previous_build_id }),
  ...(row.run_id !== null && { runId: row.run_id }),
  action: row.action,
  publishedAt: new Date(row.published_at),
});

export const testRecord = (row: TestRow): TestRecord => ({
  runId: row.run_id,
  test: row.test,
  model: row.model,
  buildId: row.build_id,
  status: row.status,
  failures: Number(row.failures),
  ...(row.message !== null && { message: row.message }),
  ...(row.sample !== null && { sample: JSON.parse(row.sample) }),
  durationMs: row.duration_ms,
});
