// Owns what is asked of Postgres for one request: COPY of its rows, how many values are refused, and which columns are expected.
import { problems } from "../../../errors/index.ts";
import { quoteIdentifier } from "../../../util/index.ts";
import type { StorePlace } from "../../store-place.ts";
import { tableName } from "../../table-name.ts";
import type { ExtractRequest } from "../../types.ts";
import type { CatalogColumn, CatalogTable } from "./catalog.ts";
import { type Cell, cellOf, copyExpression } from "./cell-text.ts";
import { windowCondition } from "./window.ts";

export interface PlannedColumn {
  /** What it lands as. */
  readonly name: string;
  readonly declared: string;
  /** Quoted, in the store. */
  readonly quoted: string;
  readonly column: CatalogColumn;
  readonly cell: Cell;
  readonly replaced: boolean;
}

export interface CopyPlan {
  readonly table: CatalogTable;
  readonly columns: readonly PlannedColumn[];
  /** The request's window as conditions; none for the whole table. */
  readonly where: readonly string[];
}

/** Throws `store/type-not-exact`, and `store/query-failed` for a column the store does not have. */
export function planCopy(at: StorePlace, table: CatalogTable, request: ExtractRequest): CopyPlan {
  const found = new Map(table.columns.map((column) => [column.name, column]));
  const name = tableName(request.table);
  const columns: PlannedColumn[] = [];
  const missing = new Set<string>();
  const inexact: { column: string; storeType: string; declared: string }[] = [];
  for (const { name: landed, identifier, type: declared, replaced = false } of request.columns) {
    const column = found.get(identifier);
    if (!column) {
      missing.add(identifier);
      continue;
    }
    const quoted = quoteIdentifier(identifier);
    const cell = cellOf(column, quoted, declared);
    if (cell) columns.push({ name: landed, declared, quoted, column, cell, replaced });
    else inexact.push({ column: identifier, storeType: column.storeType, declared });
  }
  const cursor = request.window && found.get(request.window.identifier);
  if (request.window && !cursor) missing.add(request.window.identifier);
  if (missing.size > 0) {
    const names = [...missing].map((column) => `\`${column}\``).join(", ");
    throw problems.storeQueryFailed({ ...at, what: `reading \`${name}\``, reason: `it has no column ${names}` });
  }
  if (inexact.length > 0) throw problems.storeTypeNotExact({ store: at.store, table: name, columns: inexact });
  return { table, columns, where: request.window && cursor ? [windowCondition(request.window, cursor)] : [] };
}

export function fromClause({ table, where }: CopyPlan, share?: string): string {
  const conditions = share === undefined ? where : [...where, share];
  return `FROM ${table.sql}${conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`}`;
}

export function copyStatement(plan: CopyPlan, share?: string): string {
  const cells = plan.columns.map(({ cell, quoted }) => copyExpression(cell, quoted));
  return `COPY (SELECT ${cells.join(", ")} ${fromClause(plan, share)}) TO STDOUT (FORMAT csv)`;
}

/** Gives no row: its answer only describes the columns as they are now. */
export function describeStatement(plan: CopyPlan): string {
  return `SELECT ${plan.columns.map(({ quoted }) => quoted).join(", ")} FROM ${plan.table.sql} LIMIT 0`;
}

/** Counts the refused values of each column that has a condition; undefined when none has. */
export function refusalStatement(plan: CopyPlan): string | undefined {
  const judged = judgedColumns(plan);
  if (judged.length === 0) return undefined;
  const counts = judged.map(({ cell }) => `count(*) FILTER (WHERE ${cell.refuses})::text`);
  return `SELECT ${counts.join(", ")} ${fromClause(plan)}`;
}

export function judgedColumns({ columns }: CopyPlan): readonly PlannedColumn[] {
  return columns.filter(({ cell }) => cell.refuses !== undefined);
}
