// Owns how a row comes from the server: runs of cells as one piece of a CSV line, which the server writes, and long texts as they
// are. The fewer fields, the less the driver and this process have to do.
import { type CatalogColumn, quote } from "./catalog.ts";
import type { Cell } from "./cell-text.ts";

/**
 * `piece`: cells with commas between them; NULL when a value is refused or the text too long for the server. `text`: one cell's
 * value. `guard`: no part of the line, and NULL when a long text is refused.
 */
export type FieldKind = "piece" | "text" | "guard";

export interface RowField {
  readonly kind: FieldKind;
  readonly sql: string;
}

interface FieldColumn {
  readonly column: CatalogColumn;
  readonly cell: Cell;
}

/** Between two there is a comma in the CSV line. The guard comes last. */
export function rowFields(columns: readonly FieldColumn[]): readonly RowField[] {
  const fields: RowField[] = [];
  let run: string[] = [];
  const endRun = () => {
    if (run.length > 0) fields.push({ kind: "piece", sql: pieceOf(run) });
    run = [];
  };
  for (const { column, cell } of columns) {
    if (cell.form !== "long") {
      run.push(shortCell(column, cell));
      continue;
    }
    endRun();
    fields.push({ kind: "text", sql: cell.text });
  }
  endRun();
  const refuses = columns.flatMap(({ cell }) => (cell.form === "long" && cell.refuses ? [`(${cell.refuses})`] : []));
  if (refuses.length > 0) fields.push({ kind: "guard", sql: `IF(${refuses.join(" OR ")}, NULL, '')` });
  return fields;
}

function shortCell(column: CatalogColumn, cell: Cell): string {
  const text = cell.form === "quoted" ? `CONCAT('"', REPLACE(${cell.text}, '"', '""'), '"')` : cell.text;
  const judged = cell.refuses === undefined ? text : `IF(${cell.refuses}, NULL, ${text})`;
  // Not IFNULL: a text too long for the server is NULL as well.
  return column.nullable ? `IF(${quote(column.name)} IS NULL, '', ${judged})` : judged;
}

function pieceOf(cells: readonly string[]): string {
  return `CAST(CONCAT(${cells.join(", ',', ")}) AS BINARY)`;
}
