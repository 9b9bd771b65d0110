// Owns the form of rows in the database and their translation to the port's records. Runs no query.
import type { BuildRecord, Publication, RunRecord, StepRecord, TestRecord } from "../types.ts";

/** SQLite gives instants as text, Postgres as Date. */
type Instant = string | Date;
/** Postgres gives bigint as text. */
type Whole = number | string;

export interface RunRow {
  id: string;
  command: string;
  selection: string;
  status: RunRecord["status"];
  host: string;
  pid: number;
  started_at: Instant;
  heartbeat_at: Instant;
  finished_at: Instant | null;
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

export const runRecord = (row: RunRow): RunRecord => ({
  id: row.id,
  command: row.command,
  selection: row.selection,
  status: row.status,
  startedAt: new Date(row.started_at),
  ...(row.finished_at !== null && { finishedAt: new Date(row.finished_at) }),
  host: row.host,
  pid: row.pid,
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
