// Owns the form of everything that is shown of runs, builds, models and schedules, as JSON: the API answers with it, `--remote` reads it,
// and its OpenAPI document is made from it. No value of a table's column has a place in it.
import { z } from "zod";

const instant = z.iso.datetime({ precision: 3 });
const whole = z.number().int();

export const problemShape = z.object({
  code: z.string().describe("`area/problem`, permanent; see the page of errors"),
  message: z.string(),
  help: z.string().describe("What to do next"),
});

const diagnosticShape = problemShape.extend({
  level: z.enum(["error", "warning"]),
  location: z.object({ file: z.string(), line: whole.optional(), column: whole.optional() }).optional(),
  project: z.string().optional(),
});

export const runStatuses = ["waiting", "running", "success", "failed", "cancelled", "crashed", "skipped"] as const;
export const triggers = ["manual", "schedule", "new-data", "backfill", "resume"] as const;
export const executors = ["process", "workers"] as const;

export const runShape = z.object({
  id: z.string(),
  command: z.string(),
  selection: z.string().describe("Empty: everything"),
  status: z.enum(runStatuses),
  startedAt: instant.describe("When it was asked for, until it begins"),
  finishedAt: instant.optional(),
  executor: z.enum(executors),
  trigger: z.enum(triggers),
  createdBy: z.string().optional(),
  priority: whole,
  raisedFrom: whole.optional().describe("The priority it had before"),
  raisedBecause: z.string().optional(),
  schedule: z.string().optional(),
  scheduleKey: z.string().optional(),
  logicalAt: instant.optional(),
  backfill: z.string().optional(),
  resumes: z.string().optional().describe("The run of which it does what failed"),
  reason: z.string().optional(),
  cancelRequestedAt: instant.optional(),
  cancelledBy: z.string().optional(),
  cancelReason: z.string().optional(),
  host: z.string(),
  pid: whole,
  heartbeatAt: instant,
});

const stepShape = z.object({
  step: z.string(),
  kind: z.string(),
  model: z.string(),
  status: z.enum(["running", "success", "warned", "failed", "skipped", "held", "unchanged", "cancelled", "crashed"]),
  reason: z.string(),
  startedAt: instant,
  finishedAt: instant.optional(),
  rows: z.number().optional(),
  bytes: z.number().optional(),
  error: diagnosticShape.optional(),
});

const taskShape = z.object({
  id: z.string(),
  status: z.enum(["waiting", "ready", "queued", "running", "done", "failed", "quarantined", "skipped", "cancelled"]),
  workerClass: z.string(),
  models: z.array(z.string()),
  pools: z.array(z.string()),
  waits: whole.describe("How many steps of other tasks it waits for"),
  attempt: whole,
  maxAttempts: whole,
  losses: whole.describe("Workers lost with it"),
  readyAt: instant.optional(),
  notBefore: instant.optional(),
  queuedAt: instant.optional(),
  startedAt: instant.optional(),
  finishedAt: instant.optional(),
  worker: z.string().optional(),
  error: diagnosticShape.optional(),
});

const attemptShape = z.object({
  task: z.string(),
  fence: whole,
  attempt: whole,
  worker: z.string(),
  startedAt: instant,
  finishedAt: instant.optional(),
  outcome: z.string().optional(),
  error: diagnosticShape.optional(),
});

export const runDetailShape = runShape.extend({
  tasks: z.array(taskShape),
  steps: z.array(stepShape),
  attempts: z.array(attemptShape),
});

export const buildStatuses = ["building", "built", "passed", "rejected", "removed"] as const;

export const buildShape = z.object({
  id: z.string(),
  model: z.string(),
  runId: z.string(),
  status: z.enum(buildStatuses),
  published: z.boolean(),
  createdAt: instant,
  asOf: instant.optional().describe("The oldest instant its rows show"),
  rows: z.number().optional(),
  bytes: z.number().optional(),
  inputs: z.record(z.string(), z.string()).describe("Model -> the build of it that was read"),
});

export const publicationShape = z.object({
  sequence: whole,
  model: z.string(),
  project: z.string(),
  buildId: z.string(),
  previousBuildId: z.string().optional(),
  runId: z.string().optional(),
  action: z.enum(["publish", "rollback"]),
  publishedAt: instant,
});

const ownerShape = z.object({ team: z.string(), email: z.string().optional(), slack: z.string().optional() });

export const modelShape = z.object({
  id: z.string(),
  project: z.string(),
  kind: z.string(),
  materialized: z.string(),
  access: z.string(),
  description: z.string().optional(),
  owner: ownerShape,
  tags: z.array(z.string()),
  schedule: z.string().optional().describe("`project.schedule`"),
  dependsOn: z.object({ models: z.array(z.string()), sources: z.array(z.string()) }),
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string().optional(),
      description: z.string().optional(),
      classification: z.string().optional(),
    }),
  ),
  published: z
    .object({
      buildId: z.string(),
      publishedAt: instant,
      asOf: instant.optional(),
      rows: z.number().optional(),
      bytes: z.number().optional(),
    })
    .optional(),
});

export const workerShape = z.object({
  id: z.string(),
  kind: z.string(),
  host: z.string(),
  pid: whole,
  classes: z.array(z.string()),
  concurrency: whole,
  startedAt: instant,
  heartbeatAt: instant,
});

export const pauseShape = z.object({
  kind: z.enum(["system", "project", "schedule", "model", "pool"]),
  name: z.string(),
  by: z.string(),
  why: z.string().optional(),
  since: instant,
  until: instant.optional(),
  endedAt: instant.optional(),
  endedBy: z.string().optional(),
});

export const unpausedShape = z.object({
  ended: z.array(pauseShape),
  held: z.array(pauseShape).describe("What holds it back still: pauses of its project or of everything"),
});

export const muteShape = z.object({
  subject: z.string().describe("A project, a model, or a table of a source"),
  by: z.string(),
  why: z.string(),
  since: instant,
  until: instant,
  endedAt: instant.optional(),
  endedBy: z.string().optional(),
});

export const scheduleShape = z.object({
  id: z.string().describe("`project.schedule`"),
  project: z.string(),
  cron: z.string().optional(),
  timezone: z.string(),
  on: z.enum(["cron", "any_new", "all_new", "cron_after_all_new"]).describe("What begins its runs"),
  upstream: z.array(z.string()).describe("Models whose publications it waits for"),
  models: z.array(z.string()),
  catchUp: z
    .object({ mode: z.enum(["none", "latest", "all", "window"]), windowMs: z.number().optional() })
    .describe("What becomes of ticks that nobody was there to see"),
  overlap: z.enum(["skip", "buffer_one", "buffer_all", "cancel_other", "allow"]),
  inForce: z.boolean().describe("A scheduler has seen it"),
  nextAt: instant.optional().describe("Its next tick; absent when it goes by data alone"),
  pauses: z.array(pauseShape).describe("Those that hold it back now, of the schedule, its project or everything"),
  lastRun: runShape.optional(),
});

export const standingShape = z.object({
  schedule: z.string(),
  on: z.string(),
  upstream: z.array(z.string()),
  due: z.boolean().optional(),
  late: z.boolean().optional(),
  why: z.string().optional(),
  fresh: z.array(z.string()).optional(),
  awaited: z.array(z.string()).optional(),
  decidedAt: instant.optional(),
  pause: pauseShape.optional(),
  said: z.string().describe("All of it in people's words"),
});

const levelState = z.enum(["OK", "AT_RISK", "WARN", "BREACH", "UNKNOWN", "HELD", "INHERITED", "CLOSED"]);
const causeShape = z.object({
  kind: z.string().describe("`model`, `store` or `schedule`"),
  id: z.string(),
  project: z.string(),
  owner: ownerShape,
  why: z.string(),
});

export const freshnessShape = z.object({
  subject: z.string().describe("`project.model`, or `project.store.table` of a source"),
  kind: z.string().describe("`freshness`, `available_by` or `max_duration`"),
  project: z.string(),
  owner: ownerShape,
  state: levelState,
  own: levelState.describe("What it would be if the cause were its own"),
  good: z.boolean().optional().describe("Whether the promise is kept; absent while nothing can be said"),
  limitMs: z.number().optional(),
  time: z.string().optional(),
  timezone: z.string().optional(),
  asOf: instant.optional().describe("The oldest instant its rows show"),
  ageMs: z.number().optional(),
  publishAgeMs: z.number().optional(),
  latencyMs: z.number().optional().describe("From the oldest instant its rows show to its publication"),
  deadline: instant.optional().describe("When the promise is broken, or was"),
  cause: causeShape.extend({ path: z.array(z.string()) }).optional(),
});

export const incidentShape = z.object({
  id: z.string(),
  status: z.enum(["open", "acknowledged", "resolved"]),
  severity: z.enum(["page", "ticket"]),
  cause: causeShape,
  affected: z.array(z.object({ subject: z.string(), kind: z.string(), state: z.string(), project: z.string() })),
  openedAt: instant,
  lastSeenAt: instant,
  reopened: whole,
  acknowledgedAt: instant.optional(),
  acknowledgedBy: z.string().optional(),
  why: z.string().optional(),
  resolvedAt: instant.optional(),
  resolution: z.string().optional(),
});

export const incidentDetailShape = incidentShape.extend({
  deliveries: z.array(
    z.object({
      kind: z.string(),
      channel: z.string(),
      recipient: z.string(),
      status: z.string(),
      attempts: whole,
      error: z.string().optional(),
    }),
  ),
});

export const attainmentShape = z.object({
  month: z.string(),
  subject: z.string(),
  promise: z.string(),
  project: z.string(),
  owner: ownerShape,
  unit: z.enum(["minutes", "slots"]),
  total: z.number(),
  missed: z.number(),
  attained: z.number().optional(),
  target: z.number().optional(),
  allowed: z.number().optional(),
  burned: z.number().optional(),
  kept: z.boolean().optional(),
});

export const auditShape = z.object({
  sequence: whole,
  at: instant,
  actor: z.string(),
  via: z.enum(["cli", "api", "scheduler"]),
  action: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
  hash: z.string(),
});

export const auditVerdictShape = z.object({
  intact: z.boolean().describe("All entries are what was written"),
  entries: whole,
  broken: z.object({ sequence: whole, what: z.string() }).optional().describe("The first entry that is not"),
});

/** One event of a stream, the `data` of it. */
export const eventShape = z.object({
  kind: z.enum(["run", "step", "task", "publication", "audit"]),
  at: instant,
  runId: z.string().optional(),
  subject: z.string(),
  status: z.string(),
  detail: z.record(z.string(), z.unknown()),
});

/** How far a running step is; told now and then, and never kept. */
const progressShape = z.object({
  runId: z.string(),
  step: z.string(),
  rows: z.number().optional(),
  bytes: z.number().optional(),
});

export type ShownRun = z.infer<typeof runShape>;
export type ShownRunDetail = z.infer<typeof runDetailShape>;
export type ShownStep = z.infer<typeof stepShape>;
export type ShownTask = z.infer<typeof taskShape>;
export type ShownAttempt = z.infer<typeof attemptShape>;
export type ShownBuild = z.infer<typeof buildShape>;
export type ShownPublication = z.infer<typeof publicationShape>;
export type ShownModel = z.infer<typeof modelShape>;
export type ShownWorker = z.infer<typeof workerShape>;
export type ShownPause = z.infer<typeof pauseShape>;
export type ShownUnpaused = z.infer<typeof unpausedShape>;
export type ShownMute = z.infer<typeof muteShape>;
export type ShownSchedule = z.infer<typeof scheduleShape>;
export type ShownFreshness = z.infer<typeof freshnessShape>;
export type ShownIncident = z.infer<typeof incidentShape>;
export type ShownStanding = z.infer<typeof standingShape>;
export type ShownIncidentDetail = z.infer<typeof incidentDetailShape>;
export type ShownAttainment = z.infer<typeof attainmentShape>;
export type ShownAudit = z.infer<typeof auditShape>;
export type ShownAuditVerdict = z.infer<typeof auditVerdictShape>;
export type ShownEvent = z.infer<typeof eventShape>;
export type ShownProgress = z.infer<typeof progressShape>;

/** A page of a list; `next` is the cursor of the page after it. */
export const pageOf = <Shape extends z.ZodType>(shape: Shape) =>
  z.object({ items: z.array(shape), next: z.string().optional() });
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | undefined;
}
