// Owns whether a store's column can be landed as the type it is declared as, told from the types alone.
import type { StoreClient } from "../manifest/index.ts";
import type { StoreColumn } from "../source/index.ts";
import { isLosslessWidening, kindOfType, sameType, type TypeKind } from "./store-type.ts";

/** `by value`: some values may not fit, and a reading that meets one fails. */
export type Fit = "fits" | "by value" | "never";

/** What a cell of SQLite may be in a column of this affinity, as declared types take it. */
const SQLITE_TAKES: Readonly<Record<string, readonly TypeKind[]>> = {
  BIGINT: ["integer", "decimal", "boolean", "float", "text"],
  DOUBLE: ["decimal", "float", "text"],
  VARCHAR: ["decimal", "text", "date", "time", "timestamp", "timestamptz", "uuid", "json"],
  BLOB: ["bytes", "text"],
};
/** Where no exact type is known these are judged value by value: numbers without limits, flags, times beyond a day. */
const JUDGED: readonly TypeKind[] = ["integer", "decimal", "boolean", "time", "interval"];

export function fitsDeclared(client: StoreClient, column: Pick<StoreColumn, "type">, declared: string): Fit {
  const kind = kindOfType(declared);
  const { type } = column;
  // Any value lands as the store's own text.
  if (kind === "text") return "fits";
  // What is in a file or an answer is judged value by value as it passes.
  if (client === "files" || client === "http") return "fits";
  if (client === "sqlite") {
    const takes = type === undefined ? undefined : SQLITE_TAKES[type];
    return takes === undefined || takes.includes(kind) ? "fits" : "never";
  }
  if (type === undefined) return JUDGED.includes(kind) ? "fits" : "never";
  if (sameType(type, declared) || isLosslessWidening(type, declared) || holdsWhole(type, declared)) return "fits";
  const from = kindOfType(type);
  if (from === kind || from === "text") return "by value";
  const numbers: readonly TypeKind[] = ["integer", "decimal", "float"];
  return numbers.includes(from) && numbers.includes(kind) ? "by value" : "never";
}

const DIGITS: Readonly<Record<string, number>> = {
  TINYINT: 3,
  UTINYINT: 3,
  SMALLINT: 5,
  USMALLINT: 5,
  INTEGER: 10,
  UINTEGER: 10,
  BIGINT: 19,
  UBIGINT: 20,
};
/** Doubles hold every whole number of so many digits. */
const DOUBLE_DIGITS = 15;

/** Other pairs in which every value of the one is a value of the other: whole numbers in decimals and doubles, days in timestamps. */
function holdsWhole(from: string, to: string): boolean {
  if (from === "DATE") return to === "TIMESTAMP";
  const digits = DIGITS[from];
  if (digits === undefined) return false;
  if (to === "DOUBLE") return digits <= DOUBLE_DIGITS;
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(to);
  return decimal !== null && Number(decimal[1]) - Number(decimal[2]) >= digits;
}
