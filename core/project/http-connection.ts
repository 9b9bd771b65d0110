// Owns the shape of the connection of a store that is an HTTP API. What it means is in `source/http`.
import { z } from "zod";
import { durationLike, strict, textLike } from "../config/index.ts";

const text = z.string().min(1);
const duration = durationLike("30s or 2m");
const whole = z.number().int({ error: "a whole number" });
const size = strict({ parameter: text, value: whole.min(1) });

const KINDS = ["none", "page", "offset", "cursor", "link"];
const oneOf = (issue: { readonly code?: string }) =>
  issue.code === "invalid_union" ? `one of ${KINDS.join(", ")}` : undefined;

const paging = z.discriminatedUnion(
  "kind",
  [
    strict({ kind: z.literal("none") }),
    strict({
      kind: z.literal("page"),
      parameter: text.optional(),
      first: whole.min(0).optional(),
      size: size.optional(),
    }),
    strict({ kind: z.literal("offset"), parameter: text.optional(), size }),
    strict({ kind: z.literal("cursor"), parameter: text.optional(), next: text, size: size.optional() }),
    strict({ kind: z.literal("link"), size: size.optional() }),
  ],
  { error: oneOf },
);

const table = strict({
  path: text.optional(),
  query: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  rows: text.optional(),
  total: text.optional(),
  optional: z.array(text).optional(),
  window: strict({ from: text.optional(), to: text.optional() }).optional(),
  paging: paging.optional(),
  max_pages: whole.min(1).optional(),
});

export const httpConnectionSchema = strict({
  url: text,
  headers: z.record(z.string(), z.string()).optional(),
  timeout: duration.optional(),
  retries: whole.min(0).max(20).optional(),
  max_page: textLike(/^\d+(\.\d+)?\s*(KB|MB|GB|KiB|MiB|GiB)$/i, "a size such as 64MB").optional(),
  tables: z.record(z.string(), table),
});
