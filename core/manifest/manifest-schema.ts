// Owns the published schema of the manifest's JSON, for those who read it with other tools. A test compiles a mesh and checks it.
import { z } from "zod";

const text = z.string();
const texts = z.array(text);
const mapping = z.record(text, z.unknown());
const count = z.number().int().min(0);

const location = z
  .strictObject({
    file: text.describe("Relative to the mesh's root, with /."),
    line: count.optional(),
    column: count.optional(),
  })
  .describe("A place in a file; line and column start at 1.");
const owner = z.strictObject({ team: text, email: text.optional(), slack: text.optional() });

const diagnostic = z.strictObject({
  level: z.enum(["error", "warning"]),
  code: text.describe("area/problem; permanent."),
  message: text,
  help: text.describe("What to do next."),
  location: location.optional(),
  project: text.optional(),
});

const sql = z
  .strictObject({
    text: text.describe("SQL with stable names; it does not change between runs."),
    slots: z
      .array(z.strictObject({ start: count, end: count, model: text }))
      .describe("Where a model's table stands in the text: UTF-16 offsets, end exclusive."),
    map: z
      .array(z.number().int())
      .describe(
        "Triples: offset in the text, line, column in the file it came from; a negative line: all of the stretch came from there.",
      ),
    file: text,
  })
  .describe("A query in which each table is bound to one build when it runs.");

const schedule = z
  .strictObject({
    on: z.enum(["cron", "any_new", "all_new", "cron_after_all_new"]),
    cron: text.optional(),
    timezone: text.describe("IANA zone."),
    catchUp: z.union([
      z.strictObject({ mode: z.enum(["none", "latest", "all"]) }),
      z.strictObject({ mode: z.literal("window"), windowMs: count }),
    ]),
    overlap: z.enum(["skip", "buffer_one", "buffer_all", "cancel_other", "allow"]),
    upstream: texts.describe("Ids of the models whose publications it waits for."),
    upstreamIsRead: z.boolean().describe("It lists none: those that its models read of other schedules.").optional(),
    settleMs: count,
    minIntervalMs: count,
    maxWaitMs: count.optional(),
    afterMaxWait: z.enum(["run", "alert"]),
    priority: count.describe("Less is sooner; by its cadence when absent.").optional(),
  })
  .describe("When the models that name it are due.");
const sla = z
  .strictObject({
    freshness: text.describe("The oldest its data may be.").optional(),
    warn: text.describe("From this age on its owner is warned.").optional(),
    available_by: text.describe("HH:MM in the schedule's zone.").optional(),
    max_duration: text.optional(),
    calendar: text.describe("A calendar of the project.").optional(),
    target: text.describe("How often the promise is kept, such as 99%.").optional(),
  })
  .describe("What is promised of the age of its data.");

const calendar = z
  .strictObject({
    closed: texts.describe("saturday, 2026-12-25 or 2026-12-24..2026-12-26"),
    timezone: text.describe("IANA zone of the days."),
  })
  .describe("Days when no data is due.");

const project = z.strictObject({
  name: text,
  path: text,
  description: text.optional(),
  owner,
  schedules: z.record(text, schedule),
  calendars: z.record(text, calendar).optional(),
  stale: z
    .boolean()
    .describe("True when the project does not compile and this is its last version that did.")
    .optional(),
});

const reading = z
  .strictObject({
    concurrency: count.min(1).describe("Tables read at once."),
    readers: count.min(1).describe("Connections that share one large table."),
    splitAboveBytes: count,
    isolation: z.enum(["repeatable_read", "serializable"]),
    lockAndStart: z.boolean(),
    connectTimeoutMs: count,
    statementTimeoutMs: count,
    lockTimeoutMs: count,
    idleTimeoutMs: count,
  })
  .describe("How gently the store is read.");

const store = z.strictObject({
  id: text.describe("project.store"),
  project: text,
  name: text,
  client: z.enum(["pg", "mysql", "sqlite", "files", "http"]),
  connection: z
    .union([text, mapping])
    .describe("As written: names of environment variables stand where their values go."),
  replica: z.union([text, mapping]).describe("Where everything is read instead.").optional(),
  reading,
  location,
});

const driftAction = z.enum(["refuse", "add", "ignore_new", "widen"]);

const source = z.strictObject({
  id: text.describe("project.store.table"),
  project: text,
  store: text,
  name: text,
  identifier: text,
  schema: text.optional(),
  query: text.describe("A SELECT of the store, when the port is a query.").optional(),
  description: text.optional(),
  verify: z.enum(["checksum", "counts"]),
  lossBudget: z
    .strictObject({ rows: count, share: z.number().min(0).max(1) })
    .describe("How much may be missing before a build fails."),
  drift: z
    .strictObject({
      added: driftAction,
      dropped: driftAction,
      renamed: driftAction,
      retyped: driftAction,
      nullable: driftAction,
      table_gone: driftAction,
    })
    .describe("What happens when the store is no longer as declared or as it was."),
  scan: z.boolean().describe("Text columns are searched for card numbers."),
  sla: sla.optional(),
  columns: z.array(
    z.strictObject({
      name: text,
      identifier: text.describe("The column's name in the store."),
      type: text,
      description: text.optional(),
      classification: text.optional(),
      protect: z.enum(["tokenize", "hash", "mask", "drop"]).optional(),
      tokenDomain: text.describe("Tokens and hashes: the kind of value; equal values of one kind match.").optional(),
      location,
    }),
  ),
  location,
});

const column = z.strictObject({
  name: text,
  type: text.nullable().describe("DuckDB's type; null when it cannot be known without running."),
  description: text.optional(),
  classification: text.optional(),
});

const model = z.strictObject({
  id: text.describe("project.model"),
  project: text,
  name: text,
  kind: z.enum(["snapshot", "sql", "typescript", "seed"]),
  materialized: z.enum(["snapshot", "table", "view", "incremental", "seed"]),
  relation: z.strictObject({ schema: text, name: text }).describe("The stable name."),
  location,
  propertiesLocation: location.optional(),
  description: text.optional(),
  owner,
  access: z.enum(["private", "protected", "public"]),
  group: text.optional(),
  tags: texts,
  meta: mapping,
  schedule: text.optional(),
  sla: sla.optional(),
  contract: z.strictObject({ enforced: z.boolean() }),
  columns: z.array(column).describe("In the order of the table."),
  columnsKnown: z.boolean().describe("False when the columns are only those declared, without order and types."),
  dependsOn: z.strictObject({ models: texts, sources: texts }),
  config: mapping.describe("Every other configuration key in force."),
  sql: sql.optional(),
  incrementalSql: sql.optional(),
  source: text.optional(),
  protectionKey: text.describe("Snapshots with tokens or hashes: the id of the key that makes them.").optional(),
  fingerprint: text.describe("Hash of all that decides what the rows are, except the rows it reads."),
});

const test = z.strictObject({
  id: text.describe("project.test"),
  project: text,
  name: text,
  type: text,
  model: text.describe("The model whose publication it holds back."),
  column: text.optional(),
  dependsOn: texts,
  sql,
  severity: z.enum(["error", "warn"]),
  warnIf: text,
  errorIf: text,
  failCalc: text,
  limit: count.optional(),
  storeFailures: z.boolean(),
  location,
});

const report = z.strictObject({
  id: text.describe("project.report"),
  project: text,
  name: text,
  type: text,
  url: text.optional(),
  description: text.optional(),
  owner: z.union([owner, z.strictObject({ name: text.optional(), email: text.optional() })]),
  dependsOn: texts,
  location,
});

export const manifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  mesh: text,
  target: text,
  projects: z.record(text, project),
  stores: z.record(text, store),
  sources: z.record(text, source),
  models: z.record(text, model),
  tests: z.record(text, test),
  reports: z.record(text, report),
  diagnostics: z.array(diagnostic),
});

/** The content of `schemas/manifest.schema.json`. */
export function manifestJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(manifestSchema, { target: "draft-7" });
  const title = "mesh manifest";
  const description = "Everything compiled from all projects of a mesh. Keys of projects, models … are ids, sorted.";
  return `${JSON.stringify({ $schema, title, description, ...rest }, null, 2)}\n`;
}
