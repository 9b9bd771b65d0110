// Owns the schema of mesh.config.ts as users write it.
import { z } from "zod";
import { parseDurationMs } from "../util/index.ts";
import { alertsSchema } from "./alerts-schema.ts";
import { calendarsSchema } from "./calendar-schema.ts";
import { durationLike, strict, textLike } from "./schema-problems.ts";

const text = z.string().min(1);
const targetName = textLike(/^[A-Za-z_][A-Za-z0-9_-]*$/, "a name of letters, digits, _ and -");

const warehouse = strict({
  kind: z.literal("duckdb"),
  path: text,
  memoryLimit: textLike(/^\d+(\.\d+)?\s*(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/i, "a size such as 2GB").optional(),
});

const sqlite = strict({ kind: z.literal("sqlite"), path: text });
const postgres = strict({
  kind: z.literal("postgres"),
  connection: text,
  schema: textLike(/^[a-z_][a-z0-9_]*$/, "a lower-case schema name").optional(),
});
const state = z.discriminatedUnion("kind", [sqlite, postgres], {
  error: (issue) => (issue.code === "invalid_union" ? "one of sqlite, postgres" : undefined),
});

const key = strict({
  id: textLike(/^[A-Za-z0-9]{1,16}$/, "up to 16 letters and digits"),
  from: z.union([strict({ env: text }), strict({ file: text }), strict({ command: text })], {
    error: "{ env: … }, { file: … } or { command: … }",
  }),
});
const keys = z
  .union([key, z.array(key).min(1)])
  .refine((list) => !Array.isArray(list) || new Set(list.map(({ id }) => id)).size === list.length, {
    error: "keys with ids of their own",
  });

export const configSchema = strict({
  name: textLike(/^[a-z][a-z0-9_-]*$/, "a name of lower-case letters, digits, _ and -"),
  projects: z.union([text, z.array(text).min(1)]).optional(),
  macros: text.optional(),
  defaultTarget: z.string(),
  targets: z
    .record(targetName, strict({ warehouse, state }))
    .refine((targets) => Object.keys(targets).length > 0, { error: "a mapping of at least one target" }),
  threads: z.number().int({ error: "a whole number" }).min(1).max(256).optional(),
  vars: z.record(z.string(), z.unknown()).optional(),
  retention: strict({
    builds: z.number().int({ error: "a whole number" }).min(1).optional(),
    minAge: durationLike("30m, 24h or 7d").optional(),
  }).optional(),
  protect: strict({ keys }).optional(),
  calendars: calendarsSchema.optional(),
  alerts: alertsSchema.optional(),
  scheduler: strict({
    redis: text.optional(),
    lease: durationLike("30s or 2m")
      .refine((value) => (parseDurationMs(value) ?? 1_000) >= 1_000, { error: "a duration of at least 1s" })
      .optional(),
    pools: z
      .record(text, z.number().int({ error: "a whole number" }).min(0, { error: "a whole number of at least 0" }))
      .optional(),
  }).optional(),
});
