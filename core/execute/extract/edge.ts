// Owns what happens to the cells of protected columns between the store and the warehouse. The seam of protection.
import { problems } from "../../errors/index.ts";
import type { Source, SourceColumn } from "../../manifest/index.ts";

/** Bytes in the COPY_CSV dialect, as they come from the store and as they may land. One call for each part. */
export type Edge = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** undefined when every column lands as it is. */
export function edgeOf(source: Source, columns: readonly SourceColumn[]): Edge | undefined {
  const kept = columns.filter(isReplaced).map((column) => column.name);
  if (kept.length > 0)
    throw problems.unexpected({ what: `reading ${source.id}`, reason: `nothing protects ${kept.join(", ")} yet` });
  return undefined;
}

/** Its values are not the store's any more when they land. */
export function isReplaced({ protect }: SourceColumn): boolean {
  return protect !== undefined && protect !== "drop";
}
