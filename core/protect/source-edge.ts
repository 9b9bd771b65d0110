// Owns what the rows of one source go through between store and warehouse: protection first, then the search of what is left.
import type { Source, SourceColumn } from "../manifest/index.ts";
import type { Keyring } from "./keyring.ts";
import { type ProtectedColumn, protectStream } from "./protect-stream.ts";
import { protectorOf } from "./protector.ts";
import { scanStream } from "./scan-stream.ts";
import type { RowStream } from "./types.ts";

/** The types that hold free text, also inside lists and structs. */
const TEXT = /VARCHAR|JSON|ENUM/i;

/** Its values are not the store's any more when they land. */
export function isReplaced({ protect }: Pick<SourceColumn, "protect">): boolean {
  return protect !== undefined && protect !== "drop";
}

/** A mask needs no key. */
export function needsKey({ protect }: Pick<SourceColumn, "protect">): boolean {
  return protect === "tokenize" || protect === "hash";
}

/**
 * For the columns that are read, in their order. undefined when every column lands as it is. The stream fails with
 * `protect/card-number-found` or `protect/cell-too-long`; no error of it holds a value. A transform may be used for several
 * parts at once.
 */
export function sourceEdge(
  source: Source,
  columns: readonly SourceColumn[],
  keyring: Keyring | undefined,
): RowStream | undefined {
  const replacing: readonly ProtectedColumn[] = columns.map(({ name, protect, tokenDomain = "", location }) => ({
    name,
    location,
    ...(protect !== undefined && protect !== "drop" && { protect: protectorOf(protect, tokenDomain, keyring) }),
  }));
  const scanned = columns.map((column) => ({
    name: column.name,
    scanned: source.scan && !isReplaced(column) && TEXT.test(column.type),
  }));
  const replaces = replacing.some(({ protect }) => protect !== undefined);
  const scans = scanned.some((column) => column.scanned);
  if (!replaces && !scans) return undefined;
  const replace = protectStream(source.id, replacing);
  return scans ? (stream) => scanStream(source, scanned)(replace(stream)) : replace;
}
