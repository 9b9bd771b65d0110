// Owns which format a file has, told by its ending.
import type { FileDialect } from "./options.ts";

export type FileFormat =
  | { readonly kind: "csv"; readonly gzip: boolean; readonly delimiter: string }
  | { readonly kind: "ndjson"; readonly gzip: boolean }
  | { readonly kind: "parquet" };

/** undefined when the ending tells none. */
export function formatOf(path: string, dialect: FileDialect): FileFormat | undefined {
  const [, ending = "", gz] = /\.(csv|tsv|ndjson|jsonl|parquet)(\.gz)?$/i.exec(path) ?? [];
  const gzip = gz !== undefined;
  switch (ending.toLowerCase()) {
    case "csv":
      return { kind: "csv", gzip, delimiter: dialect.delimiter ?? "," };
    case "tsv":
      return { kind: "csv", gzip, delimiter: dialect.delimiter ?? "\t" };
    case "ndjson":
    case "jsonl":
      return { kind: "ndjson", gzip };
    case "parquet":
      return gzip ? undefined : { kind: "parquet" };
    default:
      return undefined;
  }
}
