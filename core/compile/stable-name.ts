// Owns how a model's stable name is written in SQL that people read.
import type { RelationName } from "../manifest/index.ts";
import { quoteIdentifier } from "../util/index.ts";

/** Words that the database does not take as a name without quotes. */
const RESERVED = new Set(
  `all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default
  deferrable desc describe distinct do else end except false fetch for foreign from group having in initially intersect
  into lambda lateral leading limit not null offset on only or order pivot pivot_longer pivot_wider placing primary
  qualify references returning select show some summarize symmetric table then to trailing true union unique unpivot
  using variadic when where window with
  anti asof at authorization binary by collation concurrently cross freeze full generated glob ilike inner is isnull
  join left like map natural notnull outer overlaps positional right semi similar tablesample try_cast verbose`.split(
    /\s+/,
  ),
);

export function relationOf(id: string): RelationName {
  const [schema = "", name = ""] = id.split(".");
  return { schema, name };
}

/** `bookings.orders`; quoted where the database needs it. */
export function stableName(id: string): string {
  const { schema, name } = relationOf(id);
  return `${quoteIfNeeded(schema)}.${quoteIfNeeded(name)}`;
}

function quoteIfNeeded(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : quoteIdentifier(name);
}
