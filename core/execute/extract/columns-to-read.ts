// Owns the first question of an extraction: which columns of the store are read, seeing what it has today. The seam of drift.
import { problems } from "../../errors/index.ts";
import type { ExtractionRecord, Source, SourceColumn } from "../../manifest/index.ts";
import type { ConsistentSession } from "../../source/index.ts";
import { closest } from "../../util/index.ts";

export interface ColumnsToRead {
  /** In the order in which they land. Columns under `protect: drop` are not among them: they are never asked for. */
  readonly columns: readonly SourceColumn[];
  readonly storeColumns: ExtractionRecord["storeColumns"];
  readonly drift: ExtractionRecord["drift"];
}

/** Throws a coded error that names everything that is in the way. Whether values fit their declared types is the adapter's to judge. */
export async function columnsToRead(source: Source, store: ConsistentSession): Promise<ColumnsToRead> {
  const actual = await store.columns(source);
  const { location } = source;
  if (!actual) {
    const table = source.schema === undefined ? source.identifier : `${source.schema}.${source.identifier}`;
    throw problems.sourceTableMissing(
      { source: source.id, table, near: closest(table, await store.tables()) },
      { location },
    );
  }
  const byName = new Map(actual.map((column) => [column.name, column]));
  const wanted = source.columns.filter((column) => column.protect !== "drop");
  const missing = wanted.filter((column) => !byName.has(column.identifier));
  if (missing.length > 0) {
    throw problems.sourceColumnsMissing(
      {
        source: source.id,
        missing: missing.map(({ identifier }) => ({ column: identifier, near: closest(identifier, byName.keys()) })),
      },
      { location: missing[0]?.location ?? location },
    );
  }
  return {
    columns: wanted,
    storeColumns: actual.map(({ name, storeType, nullable }) => ({ name, storeType, nullable })),
    drift: [],
  };
}
