// Owns the shape of the connection of a store that is a folder of files. What it means is in `source/files`.
import { z } from "zod";
import { durationLike, strict, textLike } from "../config/index.ts";

const text = z.string().min(1);
const duration = durationLike("30s or 2m");

const dialect = {
  delimiter: textLike(/^[\x01-\x7f]$/, "one ASCII character").optional(),
  header: z.boolean().optional(),
  null: z.string().optional(),
  quotes: z.boolean().optional(),
  optional: z.array(text).optional(),
};

export const filesConnectionSchema = strict({
  path: text,
  min_age: duration.optional(),
  ...dialect,
  tables: z.record(text, strict(dialect)).optional(),
});
