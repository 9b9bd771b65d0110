// Owns matching the declared columns with those of one Parquet file.
import { problems } from "../../errors/index.ts";
import type { ExtractRequest } from "../types.ts";
import { landsExactly, type ParquetColumn } from "./parquet-text.ts";
import type { FilesContext, TableFile } from "./table-files.ts";

/** In the order of the request. Throws `files/column-missing` and `store/type-not-exact`. */
export async function parquetColumns(
  { options, parquet }: FilesContext,
  { listed }: TableFile,
  { table, columns, window }: Pick<ExtractRequest, "table" | "columns" | "window">,
): Promise<readonly (ParquetColumn & { readonly replaced: boolean })[]> {
  const at = { store: options.store, place: listed.path };
  const types = new Map((await parquet.columns(listed, at)).map(({ name, type }) => [name, type]));
  const needed = [...columns.map(({ identifier }) => identifier), ...(window ? [window.identifier] : [])];
  const missing = needed.filter((identifier) => !types.has(identifier));
  if (missing.length > 0) throw problems.filesColumnMissing({ ...at, columns: [...new Set(missing)] });
  const found = columns.map(({ identifier, type, replaced = false }) => ({
    identifier,
    type: types.get(identifier) ?? "",
    declared: type,
    replaced,
  }));
  const inexact = found.filter(({ type, declared }) => !landsExactly(type, declared));
  if (inexact.length > 0) {
    const listedColumns = inexact.map(({ identifier, type, declared }) => ({
      column: identifier,
      storeType: type,
      declared,
    }));
    throw problems.storeTypeNotExact({ store: options.store, table: table.identifier, columns: listedColumns });
  }
  return found;
}
