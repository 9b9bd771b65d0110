// Owns one question about two DuckDB types: can `wide` hold every value of `narrow` without changing any? Unknown types are answered no.

const INTEGERS: Readonly<Record<string, readonly [min: bigint, max: bigint]>> = {
  TINYINT: [-(2n ** 7n), 2n ** 7n - 1n],
  SMALLINT: [-(2n ** 15n), 2n ** 15n - 1n],
  INTEGER: [-(2n ** 31n), 2n ** 31n - 1n],
  BIGINT: [-(2n ** 63n), 2n ** 63n - 1n],
  HUGEINT: [-(2n ** 127n), 2n ** 127n - 1n],
  UTINYINT: [0n, 2n ** 8n - 1n],
  USMALLINT: [0n, 2n ** 16n - 1n],
  UINTEGER: [0n, 2n ** 32n - 1n],
  UBIGINT: [0n, 2n ** 64n - 1n],
};

/** Integers a binary floating type holds exactly. */
const MANTISSA: Readonly<Record<string, bigint>> = { FLOAT: 2n ** 24n, DOUBLE: 2n ** 53n };

const ALIASES: Readonly<Record<string, string>> = {
  INT1: "TINYINT",
  INT2: "SMALLINT",
  SHORT: "SMALLINT",
  INT: "INTEGER",
  INT4: "INTEGER",
  SIGNED: "INTEGER",
  INT8: "BIGINT",
  LONG: "BIGINT",
  INT16: "SMALLINT",
  INT32: "INTEGER",
  INT64: "BIGINT",
  TEXT: "VARCHAR",
  STRING: "VARCHAR",
  CHAR: "VARCHAR",
  BPCHAR: "VARCHAR",
  NVARCHAR: "VARCHAR",
  BOOL: "BOOLEAN",
  LOGICAL: "BOOLEAN",
  FLOAT4: "FLOAT",
  REAL: "FLOAT",
  FLOAT8: "DOUBLE",
  "DOUBLE PRECISION": "DOUBLE",
  TIMESTAMPTZ: "TIMESTAMP WITH TIME ZONE",
  DATETIME: "TIMESTAMP",
  "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP",
  BYTEA: "BLOB",
  BINARY: "BLOB",
  VARBINARY: "BLOB",
  NUMERIC: "DECIMAL(18,3)",
  DECIMAL: "DECIMAL(18,3)",
};

/** The one spelling of a DuckDB type. `DECIMAL` alone is DuckDB's DECIMAL(18,3). */
function normalise(type: string): string {
  const upper = type
    .trim()
    .toUpperCase()
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\s*,\s*/g, ",");
  if (upper.endsWith("[]")) return `${normalise(upper.slice(0, -2))}[]`;
  const decimal = /^(?:DECIMAL|NUMERIC) ?\((\d+)(?:,(\d+))?\)$/.exec(upper);
  if (decimal) return `DECIMAL(${decimal[1]},${decimal[2] ?? 0})`;
  if (/^(VARCHAR|CHAR|TEXT|STRING|BPCHAR) ?\(\d+\)$/.test(upper)) return "VARCHAR";
  return ALIASES[upper] ?? upper;
}

function decimalOf(type: string): { whole: number; scale: number } | undefined {
  const match = /^DECIMAL\((\d+),(\d+)\)$/.exec(type);
  return match ? { whole: Number(match[1]) - Number(match[2]), scale: Number(match[2]) } : undefined;
}

/** True when each value of `narrow` has an equal in `wide`. VARCHAR holds everything as its canonical text. */
export function holdsExactly(wide: string, narrow: string): boolean {
  const to = normalise(wide);
  const from = normalise(narrow);
  if (to === from || to === "VARCHAR") return true;
  if (to.endsWith("[]") && from.endsWith("[]")) return holdsExactly(to.slice(0, -2), from.slice(0, -2));

  const toRange = INTEGERS[to];
  const fromRange = INTEGERS[from];
  const toDecimal = decimalOf(to);
  const fromDecimal = decimalOf(from);
  if (fromRange) {
    if (toRange) return toRange[0] <= fromRange[0] && toRange[1] >= fromRange[1];
    if (toDecimal)
      return 10n ** BigInt(toDecimal.whole) > fromRange[1] && -(10n ** BigInt(toDecimal.whole)) < fromRange[0];
    const mantissa = MANTISSA[to];
    return mantissa !== undefined && fromRange[1] <= mantissa && -fromRange[0] <= mantissa;
  }
  if (fromDecimal) {
    if (toDecimal) return toDecimal.whole >= fromDecimal.whole && toDecimal.scale >= fromDecimal.scale;
    if (toRange)
      return (
        fromDecimal.scale === 0 &&
        10n ** BigInt(fromDecimal.whole) - 1n <= toRange[1] &&
        1n - 10n ** BigInt(fromDecimal.whole) >= toRange[0]
      );
    return false;
  }
  if (from === "FLOAT") return to === "DOUBLE";
  if (from === "DATE") return to === "TIMESTAMP";
  return false;
}
