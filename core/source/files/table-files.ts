// Owns what a table is in a folder: its files of the point, each with its format, and the columns that they have.
import { problems } from "../../errors/index.ts";
import type { SourceTable, StoreColumn } from "../types.ts";
import { csvHeader } from "./csv-file.ts";
import { type FileFormat, formatOf } from "./format.ts";
import { globToRegExp } from "./glob.ts";
import type { ListedFile } from "./listing.ts";
import { ndjsonKeys } from "./ndjson-file.ts";
import type { FileDialect, FilesOptions } from "./options.ts";
import type { ParquetEngine } from "./parquet-engine.ts";

export interface TableFile {
  readonly listed: ListedFile;
  readonly format: FileFormat;
  readonly dialect: FileDialect;
}

/** What every reader of a session's files is given. */
export interface FilesContext {
  readonly options: FilesOptions;
  readonly listed: readonly ListedFile[];
  readonly parquet: ParquetEngine;
  /** Aborted when the session closes. */
  readonly stopped: AbortSignal;
}

/** Empty when there are none. Throws `files/format-unknown`, and `store/query-failed` for a table that is a query. */
export function filesOf({ options, listed }: FilesContext, table: SourceTable): readonly TableFile[] {
  const { store, root } = options;
  if (table.query !== undefined) {
    const reason = "files have no SQL; select in a model instead";
    throw problems.storeQueryFailed({ store, place: root, what: `reading \`${table.identifier}\``, reason });
  }
  const pattern = table.schema === undefined ? table.identifier : `${table.schema}/${table.identifier}`;
  const isMember = globToRegExp(pattern);
  const dialect = options.dialectOf(table.identifier);
  return listed
    .filter(({ path }) => isMember.test(path))
    .map((file) => {
      const format = formatOf(file.path, dialect);
      if (format) return { listed: file, format, dialect };
      throw problems.filesFormatUnknown({ store, place: file.path });
    });
}

/** Those of all its files; undefined when the table has no files. */
export async function columnsOf(
  context: FilesContext,
  table: SourceTable,
): Promise<readonly StoreColumn[] | undefined> {
  const files = filesOf(context, table);
  if (files.length === 0) return undefined;
  const found = new Map<string, StoreColumn>();
  for (const file of files) {
    for (const column of await columnsOfFile(context, file)) {
      const known = found.get(column.name);
      if (!known) found.set(column.name, column);
      else if (known.storeType !== column.storeType && !known.storeType.split(" or ").includes(column.storeType))
        found.set(column.name, { ...known, storeType: `${known.storeType} or ${column.storeType}`, type: undefined });
    }
  }
  return [...found.values()];
}

async function columnsOfFile(context: FilesContext, file: TableFile): Promise<readonly StoreColumn[]> {
  const at = { store: context.options.store, place: file.listed.path };
  const judged = (storeType: string) => (name: string) => ({ name, storeType, type: undefined, nullable: true });
  switch (file.format.kind) {
    case "csv":
      return (await csvHeader(file, file.format, at, context.stopped)).map(judged("text"));
    case "ndjson":
      return (await ndjsonKeys(file, file.format, at, context.stopped)).map(judged("json"));
    case "parquet":
      return (await context.parquet.columns(file.listed, at)).map(({ name, type }) => ({
        name,
        storeType: type,
        type,
        nullable: true,
      }));
  }
}
