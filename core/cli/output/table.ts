// Owns tables of plain text: aligned columns, numbers to the right, NULL dim.
import { displayWidth, fitWidth, padEndCells, padStartCells, printable } from "./display-width.ts";
import type { Colors } from "./output.ts";

export interface TableColumn {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** null is shown as a dim NULL. */
export type Cell = string | null;

/** Widest a cell is printed; the rest is cut with an ellipsis. */
const MAX_CELL = 60;

/** Lines without a final newline. Cells are made printable here. */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  colors: Colors,
  maxCell = MAX_CELL,
): string {
  const texts = rows.map((row) => columns.map((_, i) => cellText(row[i] ?? null, maxCell)));
  const titles = columns.map((column) => fitWidth(printable(column.title), maxCell));
  const widths = titles.map((title, i) =>
    Math.max(displayWidth(title), ...texts.map((row) => displayWidth(row[i] ?? ""))),
  );
  const line = (cells: readonly string[], paint: (text: string, i: number) => string) =>
    cells
      .map((cell, i) => {
        const last = i === cells.length - 1;
        const width = widths[i] ?? 0;
        const painted = paint(cell, i);
        if (columns[i]?.align === "right") return padStartCells(painted, width);
        return last ? painted : padEndCells(painted, width);
      })
      .join("  ")
      .trimEnd();
  const header = line(titles, (title) => colors.bold(title));
  const rule = colors.dim(widths.map((width) => "─".repeat(width)).join("  "));
  const body = texts.map((row, r) =>
    line(row, (cell, i) => ((rows[r]?.[i] ?? null) === null ? colors.dim(cell) : cell)),
  );
  return [header, rule, ...body].join("\n");
}

function cellText(cell: Cell, maxCell: number): string {
  return cell === null ? "NULL" : fitWidth(printable(cell), maxCell);
}
