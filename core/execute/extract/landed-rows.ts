// Owns the landed arm of loss accounting: rows and values as the Parquet footers tell them, and the checksum of the stored rows.
import { problems } from "../../errors/index.ts";
import type { BuildData } from "../../manifest/index.ts";
import { type Footer, readFooter } from "../../rows/index.ts";
import type { AccountColumn, WarehouseSession } from "../../warehouse/index.ts";

export interface LandedRows {
  readonly rows: number;
  /** Per column, in their order: how many values are not NULL. */
  readonly values: readonly number[];
  readonly checksum?: string;
}

/** Throws `extract/footer-incomplete` when the files do not tell what they hold, or tell it differently than their writer. */
export async function landedRows(
  source: string,
  data: BuildData,
  columns: readonly AccountColumn[],
  session: WarehouseSession,
): Promise<LandedRows> {
  const { files, checksum, nestedValues } = await session.account(data, columns);
  const footers: Footer[] = [];
  for (const file of files) footers.push(await readFooter(file));
  const rows = footers.reduce((sum, footer) => sum + footer.rows, 0);
  const written = data.kind === "files" ? data.rows : 0;
  if (rows !== written)
    throw problems.footerIncomplete({ source, reason: `their footers tell ${rows} rows, their writer ${written}` });
  const values = columns.map(({ name }) =>
    footers.reduce((sum, footer) => sum + valuesOf(source, footer, name, nestedValues[name]), nestedValues[name] ?? 0),
  );
  return { rows, values, ...(checksum !== undefined && { checksum }) };
}

function valuesOf(source: string, footer: Footer, name: string, nested: number | undefined): number {
  if (nested !== undefined) return 0;
  const column = footer.columns.find((found) => !found.nested && found.name === name);
  if (column?.nulls === undefined || column.values !== footer.rows)
    throw problems.footerIncomplete({ source, reason: `a footer does not tell how many values \`${name}\` has` });
  return column.values - column.nulls;
}
