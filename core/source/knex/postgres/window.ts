// Owns a cursor window as a condition in Postgres' SQL: bounds are quoted and cast to the column's own type, so that its index is used.
import { quoteIdentifier, quoteString } from "../../../util/index.ts";
import { declaredType } from "../../declared-type.ts";
import type { CursorWindow } from "../../types.ts";
import type { CatalogColumn } from "./catalog.ts";
import { type ColumnKind, columnKind } from "./column-types.ts";

/** Types whose order is the declared type's, and what a bound is cast to. Without limits: those of numeric(5,2) would round it. */
const OWN: Readonly<Partial<Record<ColumnKind, string>>> = {
  integer: "bigint",
  numeric: "numeric",
  money: "numeric",
  float4: "real",
  float8: "double precision",
  date: "date",
  time: "time",
  timestamp: "timestamp",
  timestamptz: "timestamptz",
  uuid: "uuid",
};

/** What Postgres calls the declared types that a column of text may be compared as. */
const DECLARED: Readonly<Record<string, string>> = {
  integer: "numeric",
  decimal: "numeric",
  double: "double precision",
  float: "double precision",
  date: "date",
  time: "time",
  timestamp: "timestamp",
  timestamptz: "timestamptz",
  uuid: "uuid",
};

/** True for the rows of the window; a NULL is in none. */
export function windowCondition(window: CursorWindow, column: CatalogColumn): string {
  const { value, bound } = comparable(window, column);
  const conditions = [
    ...(window.from === undefined ? [] : [`${value} >= ${bound(window.from)}`]),
    ...(window.to === undefined ? [] : [`${value} < ${bound(window.to)}`]),
  ];
  return conditions.length === 0 ? `${quoteIdentifier(column.name)} IS NOT NULL` : conditions.join(" AND ");
}

interface Comparable {
  readonly value: string;
  bound(text: string): string;
}

function comparable(window: CursorWindow, column: CatalogColumn): Comparable {
  const name = quoteIdentifier(column.name);
  const kind = columnKind(column);
  const declared = declaredType(window.type).kind;
  const cast = (type: string) => (text: string) => `${quoteString(postgresText(text))}::${type}`;
  const own = OWN[kind];
  // A day's bound may have a time of day when the column lands as a timestamp.
  if (kind === "date" && (declared === "timestamp" || declared === "timestamptz"))
    return { value: name, bound: cast("timestamp") };
  if (kind === "integer" && declared !== "integer") return { value: name, bound: cast("numeric") };
  if (kind === "money") return { value: `${name}::numeric`, bound: cast("numeric") };
  if (own !== undefined && declared !== "text") return { value: name, bound: cast(own) };
  const other = DECLARED[declared];
  if (other !== undefined) return { value: `${name}::${other}`, bound: cast(other) };
  // As the warehouse orders text, which is byte by byte.
  return { value: `${name}::text COLLATE "C"`, bound: (text) => quoteString(text) };
}

/** DuckDB's way to write years before Christ. */
function postgresText(text: string): string {
  return text.replace(/^(\S+) \(BC\)(.*)$/, "$1$2 BC");
}
