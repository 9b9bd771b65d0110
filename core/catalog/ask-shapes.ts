// Owns the form of what may be asked over the API. Whatever it does not name is refused, by name.
import { z } from "zod";
import { buildStatuses, executors, runStatuses, triggers } from "./shapes.ts";

const reason = z.string().trim().min(1).max(500).describe("Why, for people and for the audit log");
const name = z.string().min(1).max(300);
const selectors = z.array(z.string().trim().min(1).max(300)).min(1).max(100);

const paged = {
  limit: z.coerce.number().int().min(1).max(500).default(50).describe("At most this many"),
  cursor: z.string().max(100).optional().describe("`next` of the page before"),
};

export const runQuery = z.strictObject({
  status: z.enum(runStatuses).optional(),
  executor: z.enum(executors).optional(),
  trigger: z.enum(triggers).optional(),
  schedule: name.optional(),
  backfill: name.optional(),
  ...paged,
});
export const buildQuery = z.strictObject({
  model: name.optional(),
  run: name.optional(),
  status: z.enum(buildStatuses).optional(),
  ...paged,
});
export const publicationQuery = z.strictObject({ model: name.optional(), project: name.optional(), ...paged });
export const modelQuery = z.strictObject({ project: name.optional() });
export const deploymentQuery = z.strictObject({
  project: name.optional(),
  current: z.enum(["true"]).optional().describe("Only those in force, all of them"),
  limit: paged.limit,
});
export const historyQuery = z.strictObject({ limit: paged.limit });
export const auditQuery = z.strictObject({
  subject: name.optional(),
  actor: name.optional(),
  action: name.optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  ...paged,
});
export const incidentQuery = z.strictObject({
  open: z.enum(["true", "false"]).optional().describe("`true`: only those that are not resolved; otherwise all"),
  limit: paged.limit,
});
export const pauseQuery = z.strictObject({
  ended: z.enum(["true", "false"]).optional().describe("`true`: also those that are over"),
  limit: paged.limit,
});
export const muteQuery = z.strictObject({
  ended: z.enum(["true", "false"]).optional().describe("`true`: also those that are over"),
  limit: paged.limit,
});
export const backfillQuery = z.strictObject({
  open: z.enum(["true", "false"]).optional().describe("`true`: only those that are not over"),
  limit: paged.limit,
});
export const freshnessQuery = z.strictObject({
  select: z
    .string()
    .max(3_000)
    .optional()
    .describe("Selectors with blanks between, as `mesh freshness --select` takes them"),
  exclude: z.string().max(3_000).optional(),
});
export const attainmentQuery = z.strictObject({
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/)
    .optional()
    .describe("Such as 2026-11, in UTC; the present one unless told"),
  project: name.optional(),
});
export const nothingQuery = z.strictObject({});

/** Asks for a run: of what `select` names (dbt's grammar), of a schedule's models, or of everything. */
export const askRun = z.strictObject({
  select: selectors.optional().describe("Models to take, in the grammar of `mesh run --select`"),
  exclude: selectors.optional().describe("Models to leave out"),
  schedule: name.optional().describe("`project.schedule`: the models of a schedule, instead of select"),
  fullRefresh: z.boolean().optional().describe("Make incremental models from scratch"),
  reason,
});
export const askCancel = z.strictObject({ reason });
export const askResume = z.strictObject({
  fresh: z.boolean().optional().describe("Read what is published now, instead of what the run read"),
  reason,
});
export const askTrigger = z.strictObject({ fullRefresh: z.boolean().optional(), reason });
export const askPause = z.strictObject({
  reason,
  forMs: z
    .number()
    .int()
    .min(1_000)
    .max(366 * 86_400_000)
    .optional()
    .describe("Ends by itself after so many milliseconds"),
});
const pauseSubject = {
  kind: z.enum(["system", "project", "schedule", "model", "pool"]),
  name: z
    .string()
    .max(300)
    .describe("`bookings`, `bookings.hourly`, `bookings.orders`, `store:bookings.bookings_db`; empty for the system"),
};
export const askPauseOf = z.strictObject({ ...pauseSubject, ...askPause.shape });
export const askPauseEnd = z.strictObject(pauseSubject);
export const askMute = z.strictObject({
  subject: name.describe("`bookings`, `bookings.orders`, or a source such as `bookings.bookings_db.orders`"),
  reason,
  forMs: askPause.shape.forMs.unwrap().describe("So many milliseconds; a mute without an end would be forgotten"),
});
export const askMuteEnd = z.strictObject({ subject: name });
export const askRetire = z.strictObject({
  reason,
  allowBreaking: z.boolean().optional().describe("Although consumers of public models would break"),
});
export const askRollBack = z.strictObject({
  to: name.optional().describe("The deployment, or the start of its id; the one before unless told"),
  ...askRetire.shape,
});
export const askBackfillCancel = z.strictObject({ reason });
export const askSettle = z.strictObject({ reason });
export const askUnpause = z.strictObject({});

export type AskRun = z.infer<typeof askRun>;
export type AskCancel = z.infer<typeof askCancel>;
export type AskResume = z.infer<typeof askResume>;
export type AskTrigger = z.infer<typeof askTrigger>;
export type AskPauseOf = z.infer<typeof askPauseOf>;
export type AskPauseEnd = z.infer<typeof askPauseEnd>;
export type AskRetire = z.infer<typeof askRetire>;
export type AskRollBack = z.infer<typeof askRollBack>;
export type AskMute = z.infer<typeof askMute>;
export type AskPause = z.infer<typeof askPause>;

/** Every field that some request takes: what a misspelt one may have meant. */
export const askedFields: readonly string[] = [
  ...new Set(
    [
      runQuery,
      buildQuery,
      publicationQuery,
      modelQuery,
      deploymentQuery,
      auditQuery,
      incidentQuery,
      askRun,
      askResume,
      askTrigger,
      askPauseOf,
      pauseQuery,
      muteQuery,
      askMute,
      askRollBack,
      freshnessQuery,
      attainmentQuery,
    ].flatMap((shape) => Object.keys(shape.shape)),
  ),
];
