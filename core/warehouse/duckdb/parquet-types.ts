// Owns which DuckDB types a Parquet file holds exactly, and what stands in for those it would bend in silence:
// DuckDB writes HUGEINT as DOUBLE, cuts INTERVAL to milliseconds and moves TIMETZ to UTC.
import { type ColumnType, formatColumnType, parseColumnType, scalarsOf } from "./column-type.ts";

const NATIVE = new Set(
  "BOOLEAN TINYINT SMALLINT INTEGER BIGINT UTINYINT USMALLINT UINTEGER UBIGINT FLOAT DOUBLE DECIMAL VARCHAR BLOB DATE TIME TIMESTAMP TIMESTAMPTZ TIMESTAMP_NS UUID JSON".split(
    " ",
  ),
);

/** Stored as something else that holds every value, and cast back when read. */
const STAND_INS: Readonly<Record<string, string>> = {
  BIGNUM: "VARCHAR",
  BIT: "VARCHAR",
  ENUM: "VARCHAR",
  INTERVAL: "VARCHAR",
  TIMETZ: "VARCHAR",
  TIME_NS: "VARCHAR",
  TIMESTAMP_S: "TIMESTAMP",
  TIMESTAMP_MS: "TIMESTAMP",
};

const WIDE = new Set(["HUGEINT", "UHUGEINT"]);

/**
 * How 128-bit integers are stored. `decimal`: as DECIMAL(38,0), which every reader of Parquet can add up, and which
 * fails on the few values beyond 38 digits. `text`: all values, as text.
 */
export type WideIntegers = "decimal" | "text";

function storedScalar(type: Extract<ColumnType, { kind: "scalar" }>, wide: WideIntegers): string {
  if (WIDE.has(type.name)) return wide === "decimal" ? "DECIMAL(38,0)" : "VARCHAR";
  return STAND_INS[type.name] ?? type.text;
}

/** The type the column has in the file. */
export function storedType(type: string, wide: WideIntegers): string {
  return formatColumnType(parseColumnType(type), (scalar) => storedScalar(scalar, wide));
}

export function hasWideIntegers(type: string): boolean {
  return [...scalarsOf(parseColumnType(type))].some((scalar) => WIDE.has(scalar.name));
}

/** False for types no file can hold, such as UNION, VARIANT and GEOMETRY. */
export function isStorable(type: string): boolean {
  return [...scalarsOf(parseColumnType(type))].every(
    (scalar) => NATIVE.has(scalar.name) || WIDE.has(scalar.name) || scalar.name in STAND_INS,
  );
}

/** True when the file's column may read back as another type, so that a reader must cast. Arrays of fixed size come back as lists. */
export function needsCastWhenRead(type: string): boolean {
  const parsed = parseColumnType(type);
  return parsed.kind !== "scalar" || !NATIVE.has(parsed.name);
}

/**
 * Expressions that together are equal only for identical values, for hashing. DuckDB holds INTERVALs and TIMETZs equal
 * that are not the same, and hashes NULL, [] and {a: NULL} alike: text and JSON tell them apart.
 */
export function identityOf(column: string, type: string): string {
  const parsed = parseColumnType(type);
  const identity = formatColumnType(parsed, (scalar) =>
    scalar.name === "INTERVAL" || scalar.name === "TIMETZ" || scalar.name === "BIGNUM" ? "VARCHAR" : scalar.text,
  );
  const value = identity === type ? column : `cast(${column} as ${identity})`;
  return parsed.kind === "scalar" ? value : `${value}, cast(to_json(${column}) as varchar)`;
}
