// Owns the shape of project.yml and of property files, from which checking, types and the JSON Schemas all come.
import { z } from "zod";
import { calendarsSchema, durationLike, strict, textLike } from "../config/index.ts";
import { modelSla, sourceSla } from "./sla-schema.ts";

const text = z.string().min(1);
const name = textLike(/^[a-z_][a-z0-9_]{0,99}$/, "a name of lower-case letters, digits and underscores");
const texts = z.union([text, z.array(text)]);
const mapping = z.record(z.string(), z.unknown());
const duration = durationLike("30m, 2h or 1h30m");

const access = z
  .enum(["private", "protected", "public"])
  .describe("Who may read it: its group, its project (the default), or every project.");
const contract = strict({ enforced: z.boolean() }).describe(
  "With enforced: true the columns and types written here must be those of the table.",
);
const meta = mapping.describe("Free keys of your own.");

/** What may be configured on a model, seed or snapshot, in YAML, in `defaults` or by config(). */
const shared = {
  access: access.optional(),
  group: name.optional(),
  tags: texts.optional(),
  meta: meta.optional(),
  enabled: z.boolean().describe("false leaves it out of the mesh.").optional(),
  schedule: name.describe("A name under `schedules` of project.yml.").optional(),
  contract: contract.optional(),
  publish: name.describe("Models of one project with the same word are published all or none.").optional(),
  attempts: z
    .number()
    .int({ error: "a whole number" })
    .min(1)
    .max(20)
    .describe("How often it is tried in all when the failure may pass. Default 3 for a snapshot, 1 for others.")
    .optional(),
  retry_delay: duration.describe("Before the second attempt; doubles with each further one. Default 30s.").optional(),
  timeout: duration.describe("The longest one attempt may take.").optional(),
  pools: z
    .union([name, z.array(name)])
    .describe("Pools of mesh.config.ts of which its step takes a slot.")
    .optional(),
};
const modelOnly = {
  materialized: z.enum(["view", "table", "incremental"]).optional(),
  unique_key: texts.optional(),
  incremental_strategy: z.enum(["append", "delete+insert", "merge"]).optional(),
  merge_update_columns: texts.optional(),
  merge_exclude_columns: texts.optional(),
  on_schema_change: z.enum(["ignore", "fail", "append_new_columns"]).optional(),
  full_refresh: z.boolean().describe("false: never rebuilt from nothing, true: always.").optional(),
  pre_hook: texts.describe("SQL that runs in the step's session before the model: temporary tables only.").optional(),
};

export const modelConfig = strict({ ...modelOnly, ...shared });
const snapshotConfig = strict({
  strategy: z
    .enum(["full", "incremental", "append", "timestamp", "check"])
    .describe(
      "full: the whole source every time. incremental, append: what a cursor column says is new. timestamp, check: dbt's history of every row.",
    )
    .optional(),
  unique_key: texts.optional(),
  cursor: text
    .describe("incremental, append: the column that grows: a time, an integer or a UUID of version 7.")
    .optional(),
  lookback: z
    .union([duration, z.number().int({ error: "a whole number" }).min(0)])
    .describe(
      "incremental, append: how far behind the cursor's end to read again, as a duration, or a number for an integer cursor.",
    )
    .optional(),
  updated_at: text.describe("timestamp: when a row was last changed.").optional(),
  check_cols: z
    .union([z.literal("all"), z.array(text).min(1)])
    .describe("check: the columns whose change makes a new version of a row.")
    .optional(),
  hard_deletes: z
    .enum(["ignore", "invalidate", "new_record"])
    .describe("What becomes of rows that are gone.")
    .optional(),
  invalidate_hard_deletes: z.boolean().describe("The old name of hard_deletes: invalidate.").optional(),
  dbt_valid_to_current: text.describe("SQL for dbt_valid_to of current rows instead of NULL.").optional(),
  full_refresh: z
    .boolean()
    .describe("incremental, append: false: never read anew from nothing, true: always.")
    .optional(),
  snapshot_meta_column_names: strict({
    dbt_valid_from: name.optional(),
    dbt_valid_to: name.optional(),
    dbt_scd_id: name.optional(),
    dbt_updated_at: name.optional(),
    dbt_is_deleted: name.optional(),
  }).optional(),
  ...shared,
});
const seedConfig = strict({
  column_types: z.record(z.string(), text).optional(),
  delimiter: z.string().length(1, { error: "one character" }).optional(),
  ...shared,
});
const {
  unique_key: _key,
  merge_update_columns: _update,
  merge_exclude_columns: _exclude,
  pre_hook: _hook,
  ...inheritable
} = modelOnly;
const { meta: _meta, ...inheritableShared } = shared;
const defaultsConfig = strict({ ...inheritable, ...inheritableShared });

export const testConfig = strict({
  severity: z.enum(["error", "warn", "ERROR", "WARN"]).optional(),
  warn_if: text.optional(),
  error_if: text.optional(),
  fail_calc: text.optional(),
  where: text.optional(),
  limit: z.number().int({ error: "a whole number" }).min(1).optional(),
  store_failures: z.boolean().optional(),
  enabled: z.boolean().optional(),
});

/** Its forms are told apart in `read-tests.ts`: a schema could not say which one was meant. */
const test = z.union([text, mapping]).meta({
  id: "data_test",
  description:
    "`unique`, or `accepted_values: { arguments: { … }, config: { … } }`, or `{ test_name: unique, name: my_name }`.",
});
const tests = {
  data_tests: z.array(test).optional(),
  tests: z.array(test).describe("The old name of data_tests.").optional(),
};

const column = {
  name,
  description: z.string().optional(),
  classification: name
    .describe("Such as public, internal, personal, pci. Unclassified counts as sensitive.")
    .optional(),
  meta: meta.optional(),
  ...tests,
};
const modelColumn = strict({ ...column, data_type: text.optional() });
const sourceColumn = strict({
  ...column,
  identifier: text.describe("The column's name in the store, when it differs.").optional(),
  protect: z
    .enum(["tokenize", "hash", "mask", "drop"])
    .describe("What is done with its values before they land. drop: the column is never read.")
    .optional(),
  token_domain: name
    .describe(
      "tokenize, hash: the kind of value. Equal values of one kind match everywhere. Default: the classification.",
    )
    .optional(),
  data_type: z
    .string({ error: "a type such as bigint, varchar or timestamptz" })
    .min(1)
    .describe("The DuckDB type it lands as."),
});

// Which words mean something for which kind: core/contract/drift-matrix.ts, compared by a test.
const drift = z
  .union([
    z.enum(["refuse", "ignore_new"]),
    strict({
      added: z.enum(["refuse", "ignore_new", "add"]).describe("A column appeared. Default ignore_new.").optional(),
      dropped: z.enum(["refuse", "ignore_new"]).describe("A declared column is gone.").optional(),
      renamed: z.enum(["refuse", "ignore_new"]).describe("A declared column seems to have a new name.").optional(),
      retyped: z.enum(["refuse", "ignore_new", "widen"]).describe("A declared column has another type.").optional(),
      nullable: z.enum(["refuse", "ignore_new", "widen"]).describe("A declared column may be NULL now.").optional(),
      table_gone: z.enum(["refuse", "ignore_new"]).describe("The table is gone.").optional(),
    }),
  ])
  .describe(
    "What happens when the store is no longer as it was at the published build: one word for all, or one for each kind of change.",
  );

const source = strict({
  name: name.describe("The store, as named in project.yml."),
  description: z.string().optional(),
  schema: text.describe("The schema in the store; the store's own default when absent.").optional(),
  tables: z
    .array(
      strict({
        name,
        identifier: text.describe("The table's name in the store, when it differs.").optional(),
        query: text.describe("A SELECT of the store instead of a table: its columns are the port.").optional(),
        verify: z
          .enum(["checksum", "counts"])
          .describe(
            "counts: rows and values are counted in the store and in what landed, but no checksum is made of them.",
          )
          .optional(),
        loss_budget: z
          .union([
            z.number().int({ error: "a whole number" }).min(0),
            textLike(/^\d+(\.\d+)?%$/, "rows, or a share such as 0.1%"),
          ])
          .describe("How many rows, or which share of them, may be missing before the build fails. Default 0.")
          .optional(),
        drift: drift.optional(),
        scan: z.boolean().describe("false: text columns are not searched for card numbers.").optional(),
        description: z.string().optional(),
        sla: sourceSla.describe("How old the newest published snapshot of it may be.").optional(),
        columns: z.array(sourceColumn).min(1).describe("Only these columns are ever read."),
      }),
    )
    .min(1),
});

const described = {
  name,
  description: z.string().optional(),
  access: shared.access,
  group: shared.group,
  tags: shared.tags,
  meta: shared.meta,
  sla: modelSla.optional(),
  columns: z.array(modelColumn).optional(),
  ...tests,
};
const relation = z
  .string()
  .regex(/^\s*source\(\s*(['"])[^'"]+\1\s*,\s*(['"])[^'"]+\2\s*\)\s*$/, { error: "source('store', 'table')" });
const reference = z.string().regex(/^\s*ref\(\s*(['"])[^'"]+\1\s*(,\s*(['"])[^'"]+\3\s*)?\)\s*$/, {
  error: "ref('model') or ref('project', 'model')",
});
const email = textLike(/^[^\s@]+@[^\s@]+$/, "an e-mail address");

const report = strict({
  name,
  type: z.enum(["dashboard", "notebook", "analysis", "ml", "application"]),
  url: text.optional(),
  description: z.string().optional(),
  owner: strict({ name: text.optional(), email: email.optional() }).refine(
    (owner) => owner.name !== undefined || owner.email !== undefined,
    {
      error: "a mapping with a name or an email",
    },
  ),
  depends_on: z.array(reference),
});

/** Any YAML file under models/ and seeds/. */
export const propertiesSchema = strict({
  version: z.literal(2).describe("dbt's; may be left out.").optional(),
  sources: z.array(source).describe("Tables and views of a store that may be read.").optional(),
  snapshots: z
    .array(strict({ ...described, relation, config: snapshotConfig.optional() }))
    .describe("Copies of a source.")
    .optional(),
  models: z
    .array(strict({ ...described, config: modelConfig.optional() }))
    .describe("What is promised of a .sql or .ts model.")
    .optional(),
  seeds: z
    .array(strict({ ...described, config: seedConfig.optional() }))
    .describe("What is promised of a .csv under seeds/.")
    .optional(),
  exposures: z.array(report).describe("Reports: uses outside the mesh.").optional(),
});

const size = textLike(/^\d+(\.\d+)?\s*(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/i, "a size such as 256MB");
const store = strict({
  client: z.enum(["pg", "postgres", "mysql", "mariadb", "sqlite", "files", "http"]),
  connection: z
    .union([text, mapping])
    .describe(
      "A URL, a SQLite file, a folder of files, or an object; ${NAME} and ${NAME:-default} come from the environment.",
    ),
  concurrency: z
    .number()
    .int({ error: "a whole number" })
    .min(1)
    .max(64)
    .describe("Tables read at once. Default 4.")
    .optional(),
  replica: z
    .union([text, mapping])
    .describe("A read replica: everything is read there, nothing from `connection`.")
    .optional(),
  readers: z
    .number()
    .int({ error: "a whole number" })
    .min(1)
    .max(16)
    .describe("Connections that share one large table at the same point. Default 1.")
    .optional(),
  split_above: size.describe("Tables of at least this size are shared by the readers. Default 256MB.").optional(),
  isolation: z
    .enum(["repeatable_read", "serializable"])
    .describe("Of the transaction that holds the consistent point. Default repeatable_read.")
    .optional(),
  lock_and_start: z
    .boolean()
    .describe("MySQL, MariaDB: with several readers, lock all tables for the instant in which the readers start.")
    .optional(),
  connect_timeout: duration.describe("Default 10s.").optional(),
  statement_timeout: duration.describe("The longest one query may take. Default 4h.").optional(),
  lock_timeout: duration.describe("The longest wait for a lock, such as that of a migration. Default 1m.").optional(),
  idle_timeout: duration
    .describe("How long the store keeps a transaction of which nothing is heard. Default 10m.")
    .optional(),
  publish: z
    .literal("together")
    .describe("The snapshots of the store are published all or none, as the publish group of the store's name.")
    .optional(),
});

const schedule = strict({
  cron: z.string().describe("Five fields, or six with seconds first.").optional(),
  timezone: z.string().describe("An IANA zone such as Europe/Madrid or UTC.").optional(),
  on: z
    .enum(["cron", "any_new", "all_new", "cron_after_all_new"])
    .describe("cron: at times. any_new, all_new: when what its models read was published anew. Default cron.")
    .optional(),
  catch_up: textLike(
    /^(none|latest|all|window (\d+(ms|s|m|h|d))+)$/,
    'none, latest, all or a window such as "window 6h"',
  )
    .describe("What becomes of ticks that passed while nobody was there. Default latest.")
    .optional(),
  overlap: z
    .enum(["skip", "buffer_one", "buffer_all", "cancel_other", "allow"])
    .describe(
      "What becomes of a run that is due while another is under way. Default buffer_one; buffer_all when catch_up is all or a window.",
    )
    .optional(),
  upstream: z
    .array(textLike(/^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/, "the id of a model such as bookings.orders"))
    .min(1)
    .describe("Models it waits for. Default: what its models read of other projects and other schedules.")
    .optional(),
  settle: duration.describe("any_new, all_new: how long nothing new must have been published. Default 0s.").optional(),
  min_interval: duration.describe("any_new, all_new: from one run's start to the next. Default 0s.").optional(),
  max_wait: duration
    .describe("all_new, cron_after_all_new: the longest it waits for all. Default without end.")
    .optional(),
  // biome-ignore lint/suspicious/noThenProperty: it is a key of the file, and never awaited.
  then: z
    .enum(["run", "alert"])
    .describe("When max_wait is over: run with what there is, or tell the owner and wait on. Default run.")
    .optional(),
  priority: z
    .number()
    .int({ error: "a whole number" })
    .min(1)
    .max(10_000)
    .describe("Less is sooner. Default 50 when it runs hourly or more often, else 100.")
    .optional(),
});

/** project.yml */
export const projectSchema = strict({
  name,
  description: z.string().optional(),
  owner: strict({ team: text, email: email.optional(), slack: text.optional() }),
  stores: z.record(name, store).optional(),
  schedules: z.record(name, schedule).optional(),
  calendars: calendarsSchema.optional(),
  defaults: defaultsConfig.optional(),
  vars: mapping.optional(),
});

export type ProjectFile = z.infer<typeof projectSchema>;
export type ScheduleEntry = NonNullable<ProjectFile["schedules"]>[string];
export type PropertiesFile = z.infer<typeof propertiesSchema>;
export type TestEntry = z.infer<typeof test>;
export type DescribedEntry = NonNullable<
  PropertiesFile["models"] | PropertiesFile["seeds"] | PropertiesFile["snapshots"]
>[number];
