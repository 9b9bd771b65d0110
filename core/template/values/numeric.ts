// Owns telling numbers and texts among values, and an int's one form.

import { Relation } from "./relation.ts";
import { Float, type Value } from "./value.ts";

export type Numeric = number | bigint | Float;

/** The number a value is, a bool being 0 or 1; undefined for everything else. */
export function asNumeric(value: Value): Numeric | undefined {
  if (typeof value === "number" || typeof value === "bigint" || value instanceof Float) return value;
  return typeof value === "boolean" ? Number(value) : undefined;
}

export const toFloat = (value: Numeric): number => (value instanceof Float ? value.value : Number(value));

/** An int in its one form: a number while that is exact. */
export function toInt(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

export const isText = (value: Value): value is string | Relation =>
  typeof value === "string" || value instanceof Relation;
