// Owns what an adapter must know of a declared DuckDB type to judge whether a value fits it. Does not convert values.

export type DeclaredType =
  | { readonly kind: "integer"; readonly min: bigint; readonly max: bigint }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | {
      readonly kind:
        | "boolean"
        | "float"
        | "double"
        | "text"
        | "blob"
        | "date"
        | "time"
        | "timestamp"
        | "timestamptz"
        | "interval"
        | "uuid"
        | "json"
        | "other";
    };

const signed = (bits: bigint): DeclaredType => ({
  kind: "integer",
  min: -(2n ** (bits - 1n)),
  max: 2n ** (bits - 1n) - 1n,
});
const unsigned = (bits: bigint): DeclaredType => ({ kind: "integer", min: 0n, max: 2n ** bits - 1n });

const BY_NAME: ReadonlyMap<string, DeclaredType> = new Map(
  (
    [
      [signed(8n), "TINYINT INT1"],
      [signed(16n), "SMALLINT INT2 INT16 SHORT"],
      [signed(32n), "INTEGER INT INT4 INT32 SIGNED"],
      [signed(64n), "BIGINT INT8 INT64 LONG"],
      [signed(128n), "HUGEINT INT128"],
      [unsigned(8n), "UTINYINT UINT8"],
      [unsigned(16n), "USMALLINT UINT16"],
      [unsigned(32n), "UINTEGER UINT32"],
      [unsigned(64n), "UBIGINT UINT64"],
      [unsigned(128n), "UHUGEINT UINT128"],
      [{ kind: "boolean" }, "BOOLEAN BOOL LOGICAL"],
      [{ kind: "float" }, "FLOAT FLOAT4 REAL"],
      [{ kind: "double" }, "DOUBLE FLOAT8"],
      [{ kind: "text" }, "VARCHAR TEXT STRING CHAR BPCHAR NVARCHAR"],
      [{ kind: "blob" }, "BLOB BYTEA BINARY VARBINARY"],
      [{ kind: "date" }, "DATE"],
      [{ kind: "time" }, "TIME"],
      [{ kind: "timestamp" }, "TIMESTAMP DATETIME"],
      [{ kind: "timestamptz" }, "TIMESTAMPTZ"],
      [{ kind: "interval" }, "INTERVAL"],
      [{ kind: "uuid" }, "UUID"],
      [{ kind: "json" }, "JSON"],
      [{ kind: "decimal", precision: 18, scale: 3 }, "DECIMAL NUMERIC DEC"],
    ] as const
  ).flatMap(([type, names]) => names.split(" ").map((name): [string, DeclaredType] => [name, type])),
);

const SPELLED_OUT: Readonly<Record<string, string>> = {
  "DOUBLE PRECISION": "DOUBLE",
  "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ",
  "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP",
};

/** The type behind any of DuckDB's spellings. Types no store value is judged against are `other`. */
export function declaredType(text: string): DeclaredType {
  const upper = text.trim().toUpperCase().replaceAll(/\s+/g, " ");
  const decimal = /^(?:DECIMAL|NUMERIC|DEC) ?\( ?(\d+) ?(?:, ?(\d+) ?)?\)$/.exec(upper);
  if (decimal) return { kind: "decimal", precision: Number(decimal[1]), scale: Number(decimal[2] ?? 0) };
  const bare = upper.replace(/^(VARCHAR|CHAR|TEXT|STRING|BPCHAR) ?\( ?\d+ ?\)$/, "$1");
  return BY_NAME.get(SPELLED_OUT[bare] ?? bare) ?? { kind: "other" };
}

const DECIMAL_TEXT = /^-?0*(\d*?)(?:\.(\d*?)0*)?$/;

/** True when the plain decimal text (no exponent) has at most `scale` decimals and `precision - scale` digits before them. */
export function fitsDecimal(text: string, precision: number, scale: number): boolean {
  const match = DECIMAL_TEXT.exec(text);
  return (
    match !== null &&
    /\d/.test(text) &&
    (match[1]?.length ?? 0) <= precision - scale &&
    (match[2]?.length ?? 0) <= scale
  );
}

/** True when the plain integer text lies in the range. */
export function fitsInteger(text: string, min: bigint, max: bigint): boolean {
  if (!/^-?\d+(\.0*)?$/.test(text)) return false;
  const value = BigInt(text.replace(/\..*$/, ""));
  return value >= min && value <= max;
}
