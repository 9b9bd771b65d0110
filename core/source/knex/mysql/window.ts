// Owns a cursor window as a condition in MySQL's SQL. Bounds are checked for their form, never pasted as they came.
import { problems } from "../../../errors/index.ts";
import { declaredType } from "../../declared-type.ts";
import type { CursorWindow } from "../../types.ts";
import { type CatalogColumn, quote } from "./catalog.ts";
import { utf8Of } from "./cell-text.ts";
import { columnKind } from "./column-types.ts";

const NUMBER = /^(-?\d+(?:\.\d+)?)$/;
const TIME = /^(\d{4,5}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d{1,6})?)?)(?:\+00(?::?00)?)?$/;
const UUID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** True for the rows of the window; a NULL is in none. */
export function windowCondition(window: CursorWindow, column: CatalogColumn): string {
  const { value, bound } = comparable(window, column);
  const conditions = [
    ...(window.from === undefined ? [] : [`${value} >= ${bound(window.from)}`]),
    ...(window.to === undefined ? [] : [`${value} < ${bound(window.to)}`]),
  ];
  return conditions.length === 0 ? `${value} IS NOT NULL` : conditions.join(" AND ");
}

interface Comparable {
  readonly value: string;
  bound(text: string): string;
}

/** In the order of the declared type, which for text is not the collation's; where the two agree an index can serve. */
function comparable(window: CursorWindow, column: CatalogColumn): Comparable {
  const name = quote(column.name);
  const written = (form: RegExp, sql: (found: string) => string) => (text: string) => {
    const found = form.exec(text)?.[1];
    if (found !== undefined) return sql(found);
    throw problems.unexpected({
      what: `reading a part of the rows by \`${window.identifier}\``,
      reason: `a bound is not of the type ${window.type}`,
    });
  };
  switch (columnKind(column)) {
    case "integer":
    case "year":
    case "bits":
    case "decimal":
      return { value: name, bound: written(NUMBER, (number) => number) };
    case "date":
    case "datetime":
    case "timestamp":
      return { value: name, bound: written(TIME, (time) => `'${time}'`) };
    case "uuid":
      return { value: name, bound: written(UUID, (uuid) => `'${uuid}'`) };
    default:
      if (declaredType(window.type).kind === "uuid") {
        return {
          value: `LOWER(REPLACE(REPLACE(REPLACE(${name}, '-', ''), '{', ''), '}', ''))`,
          bound: written(UUID, (uuid) => `'${uuid.toLowerCase().replaceAll("-", "")}'`),
        };
      }
      return {
        value: utf8Of(column, name),
        bound: (text) => (text === "" ? "''" : `x'${Buffer.from(text).toString("hex")}'`),
      };
  }
}
