// Owns reading a column's type name into what its values may be. Knows the types JavaScript can give exactly, and no others.

export type ColumnType =
  | { readonly kind: "boolean" | "double" | "float" | "text" | "json" | "blob" | "uuid" | "date" | "time" }
  | { readonly kind: "timestamp"; readonly zoned: boolean }
  | { readonly kind: "integer"; readonly min: bigint; readonly max: bigint }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "list"; readonly element: ColumnType }
  | { readonly kind: "struct"; readonly fields: readonly { readonly name: string; readonly type: ColumnType }[] };

const signed = (bits: bigint): ColumnType => ({
  kind: "integer",
  min: -(1n << (bits - 1n)),
  max: (1n << (bits - 1n)) - 1n,
});
const unsigned = (bits: bigint): ColumnType => ({ kind: "integer", min: 0n, max: (1n << bits) - 1n });

const SIMPLE: Readonly<Record<string, ColumnType>> = {
  boolean: { kind: "boolean" },
  bool: { kind: "boolean" },
  tinyint: signed(8n),
  int1: signed(8n),
  smallint: signed(16n),
  int2: signed(16n),
  short: signed(16n),
  integer: signed(32n),
  int: signed(32n),
  int4: signed(32n),
  bigint: signed(64n),
  int8: signed(64n),
  int64: signed(64n),
  long: signed(64n),
  hugeint: signed(128n),
  int128: signed(128n),
  utinyint: unsigned(8n),
  usmallint: unsigned(16n),
  uinteger: unsigned(32n),
  ubigint: unsigned(64n),
  uhugeint: unsigned(128n),
  float: { kind: "float" },
  float4: { kind: "float" },
  real: { kind: "float" },
  double: { kind: "double" },
  "double precision": { kind: "double" },
  float8: { kind: "double" },
  varchar: { kind: "text" },
  text: { kind: "text" },
  string: { kind: "text" },
  char: { kind: "text" },
  bpchar: { kind: "text" },
  json: { kind: "json" },
  blob: { kind: "blob" },
  bytea: { kind: "blob" },
  binary: { kind: "blob" },
  varbinary: { kind: "blob" },
  uuid: { kind: "uuid" },
  date: { kind: "date" },
  time: { kind: "time" },
  "time without time zone": { kind: "time" },
  timestamp: { kind: "timestamp", zoned: false },
  datetime: { kind: "timestamp", zoned: false },
  "timestamp without time zone": { kind: "timestamp", zoned: false },
  timestamptz: { kind: "timestamp", zoned: true },
  "timestamp with time zone": { kind: "timestamp", zoned: true },
};

const DECIMAL = /^(?:decimal|numeric|dec)(?:\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?$/i;
const TEXT_OF_LENGTH = /^(?:varchar|char|bpchar|text|string)\s*\(\s*\d+\s*\)$/i;
const LIST = /^(.*)\[\s*\]$/s;
const STRUCT = /^(?:struct|row)\s*\((.*)\)$/is;
const FIELD = /^\s*(?:"((?:[^"]|"")+)"|([A-Za-z_]\w*))\s+(.+?)\s*$/s;

/** The type, or undefined when JavaScript cannot give its values exactly (interval, map, union, enum, bit, arrays of fixed size …). */
export function parseColumnType(written: string): ColumnType | undefined {
  const text = written.trim();
  const simple = SIMPLE[text.toLowerCase().replace(/\s+/g, " ")];
  if (simple) return simple;
  if (TEXT_OF_LENGTH.test(text)) return { kind: "text" };
  const list = LIST.exec(text);
  if (list) {
    const element = parseColumnType(list[1] ?? "");
    return element && fitsInJson(element) ? { kind: "list", element } : undefined;
  }
  const decimal = DECIMAL.exec(text);
  if (decimal) {
    // DuckDB's own defaults.
    const precision = decimal[1] === undefined ? 18 : Number(decimal[1]);
    const scale = decimal[1] === undefined ? 3 : Number(decimal[2] ?? 0);
    return precision >= 1 && precision <= 38 && scale <= precision ? { kind: "decimal", precision, scale } : undefined;
  }
  const struct = STRUCT.exec(text);
  return struct ? parseStruct(struct[1] ?? "") : undefined;
}

function parseStruct(body: string): ColumnType | undefined {
  const fields: { name: string; type: ColumnType }[] = [];
  for (const part of splitFields(body)) {
    const match = FIELD.exec(part);
    const type = match && parseColumnType(match[3] ?? "");
    if (!match || !type || !fitsInJson(type)) return undefined;
    fields.push({ name: match[1]?.replaceAll('""', '"') ?? match[2] ?? "", type });
  }
  return { kind: "struct", fields };
}

// At commas outside parentheses and quotes.
function splitFields(body: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let i = 0; i < body.length; i++) {
    const char = body[i];
    if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === "(") depth++;
    else if (char === ")") depth--;
    else if (char === "," && depth === 0) {
      parts.push(body.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, body.slice(start)];
}

// A list or struct travels as JSON, where bytes have no form of their own.
function fitsInJson(type: ColumnType): boolean {
  return type.kind !== "blob";
}
