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
  const { value, bound, isOther } = comparable(window, column);
  const conditions = [
    ...(window.from === undefined ? [] : [`${value} >= ${bound(window.from)}`]),
    ...(window.to === undefined ? [] : [`${value} < ${bound(window.to)}`]),
  ];
  if (conditions.length === 0) return `${quote(column.name)} IS NOT NULL`;
  const inside = conditions.join(" AND ");
  return isOther === undefined ? inside : `(${isOther} OR COALESCE(${inside}, ${quote(column.name)} IS NOT NULL))`;
}

interface Comparable {
  readonly value: string;
  bound(text: string): string;
  /** True of a value that cannot be compared: it is in every window, and where it is read it is judged. */
  readonly isOther?: string;
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
    case "float":
    case "double":
      return { value: `(${name} + 0e0)`, bound: written(NUMBER, (number) => number) };
    default:
      if (declaredType(window.type).kind === "uuid") {
        return {
          value: `LOWER(REPLACE(REPLACE(REPLACE(${name}, '-', ''), '{', ''), '}', ''))`,
          bound: written(UUID, (uuid) => `'${uuid.toLowerCase().replaceAll("-", "")}'`),
        };
      }
      if (declaredType(window.type).kind === "integer") {
        return {
          value: `CAST(${name} AS DECIMAL(65, 0))`,
          bound: written(NUMBER, (number) => number),
          isOther: isNotOfForm(name, "[+-]?[0-9]{1,65}"),
        };
      }
      if (/^(date|timestamp|timestamptz)$/.test(declaredType(window.type).kind)) {
        return {
          value: `CAST(REPLACE(${name}, 'T', ' ') AS DATETIME(6))`,
          bound: written(TIME, (time) => `CAST('${time}' AS DATETIME(6))`),
          isOther: isNotOfForm(name, "[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?)?"),
        };
      }
      return {
        value: utf8Of(column, name),
        bound: (text) => (text === "" ? "''" : `x'${Buffer.from(text).toString("hex")}'`),
      };
  }
}

/** Its text is not the one form of which the server's order is known. */
function isNotOfForm(name: string, form: string): string {
  return `CONVERT(${name} USING utf8mb4) NOT REGEXP '^${form}$'`;
}
