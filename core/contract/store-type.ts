// Owns what the types of stores promise, read from the text in which a store writes them: whether a change of type loses nothing.
// Knows the spellings of Postgres, MySQL, MariaDB, SQLite and DuckDB; a type it does not know is only ever equal to itself.

type StoreType =
  | { readonly family: "integer"; readonly min: bigint; readonly max: bigint }
  | { readonly family: "decimal"; readonly precision: number; readonly scale: number; readonly min: "signed" | 0 }
  | { readonly family: "float"; readonly bits: 32 | 64 }
  | { readonly family: "text" | "bytes"; readonly length: number }
  | { readonly family: "time" | "timestamp" | "timestamptz"; readonly digits: number }
  | { readonly family: "enum"; readonly values: readonly string[] }
  | { readonly family: "other"; readonly name: string };

const UNLIMITED = Number.POSITIVE_INFINITY;
const BITS: Readonly<Record<string, bigint>> = {
  tinyint: 8n,
  int1: 8n,
  smallint: 16n,
  int2: 16n,
  int16: 16n,
  mediumint: 24n,
  int: 32n,
  integer: 32n,
  int4: 32n,
  int32: 32n,
  bigint: 64n,
  int8: 64n,
  int64: 64n,
  hugeint: 128n,
  int128: 128n,
};
const UNSIGNED: Readonly<Record<string, string>> = {
  utinyint: "tinyint",
  usmallint: "smallint",
  uinteger: "integer",
  ubigint: "bigint",
  uhugeint: "hugeint",
};
const TEXT_LENGTHS: Readonly<Record<string, number>> = {
  tinytext: 255,
  mediumtext: 16_777_215,
  longtext: 4_294_967_295,
};
const BYTE_LENGTHS: Readonly<Record<string, number>> = {
  tinyblob: 255,
  mediumblob: 16_777_215,
  longblob: 4_294_967_295,
};
/** Postgres and MySQL write fractions of a second differently when none are given. */
const MICROSECONDS = 6;

/** True when every value of `from` is a value of `to` and is written the same there: nothing is rounded, cut or given another meaning. */
export function isLosslessWidening(from: string, to: string): boolean {
  const [a, b] = [parseStoreType(from), parseStoreType(to)];
  switch (a.family) {
    case "integer":
      return b.family === "integer" && b.min <= a.min && b.max >= a.max && !sameType(from, to);
    case "decimal":
      // Another scale writes every value anew: 1.5 becomes 1.50.
      return (
        b.family === "decimal" &&
        b.scale === a.scale &&
        b.precision >= a.precision &&
        (b.min === "signed" || a.min === 0) &&
        !sameType(from, to)
      );
    case "float":
      return b.family === "float" && b.bits > a.bits;
    case "text":
    case "bytes":
      return b.family === a.family && b.length > a.length;
    case "time":
    case "timestamp":
    case "timestamptz":
      return b.family === a.family && b.digits > a.digits;
    case "enum":
      return (
        b.family === "enum" && b.values.length > a.values.length && a.values.every((value) => b.values.includes(value))
      );
    case "other":
      return false;
  }
}

/** True when two spellings mean one type: `int(11)` and `int`, `character varying(20)` and `varchar(20)`. */
export function sameType(a: string, b: string): boolean {
  const text = (type: string) =>
    JSON.stringify(parseStoreType(type), (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  // A boolean of MySQL is no small number, though its type is written as one.
  return text(a) === text(b) && isFlag(a) === isFlag(b);
}

export type TypeKind =
  | "integer"
  | "decimal"
  | "float"
  | "text"
  | "bytes"
  | "time"
  | "timestamp"
  | "timestamptz"
  | "date"
  | "boolean"
  | "uuid"
  | "json"
  | "interval"
  | "other";

const PLAIN: ReadonlySet<string> = new Set(["date", "boolean", "uuid", "json", "interval"]);

/** Which family of values one of DuckDB's types holds. */
export function kindOfType(type: string): TypeKind {
  const parsed = parseStoreType(type);
  if (parsed.family === "enum") return "text";
  if (parsed.family !== "other") return parsed.family;
  return PLAIN.has(parsed.name) ? (parsed.name as TypeKind) : "other";
}

function isFlag(type: string): boolean {
  return /^tinyint\(1\)/i.test(type.trim());
}

function parseStoreType(text: string): StoreType {
  const spelled = text.trim().replaceAll(/\s+/g, " ");
  const name = spelled.toLowerCase();
  const enumValues = /^enum ?\((.*)\)$/i.exec(spelled)?.[1];
  if (enumValues !== undefined) return { family: "enum", values: enumValues.match(/'(?:[^']|'')*'/g) ?? [] };
  const match =
    /^([a-z][a-z0-9 ]*?) ?(?:\( ?(\d+) ?(?:, ?(\d+) ?)?\))?( with(?:out)? time zone| unsigned| zerofill| unsigned zerofill)?$/.exec(
      name,
    );
  const base = match?.[1] ?? name;
  const [first, second] = [match?.[2], match?.[3]].map((digits) => (digits === undefined ? undefined : Number(digits)));
  const suffix = match?.[4]?.trim() ?? "";
  const unsigned = suffix !== "" && !suffix.includes("time zone");
  if (isFlag(name)) return { family: "other", name: "tinyint(1)" };
  const bits = BITS[UNSIGNED[base] ?? base];
  if (bits !== undefined) {
    return unsigned || base in UNSIGNED
      ? { family: "integer", min: 0n, max: 2n ** bits - 1n }
      : { family: "integer", min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n };
  }
  switch (base) {
    case "decimal":
    case "numeric":
    case "dec":
      if (first === undefined) return { family: "other", name: "decimal without limits" };
      return { family: "decimal", precision: first, scale: second ?? 0, min: unsigned ? 0 : "signed" };
    case "real":
    case "float4":
    case "float":
      // With a count of decimals MySQL rounds to them.
      return first === undefined ? { family: "float", bits: 32 } : { family: "other", name };
    case "double":
    case "double precision":
    case "float8":
      return first === undefined ? { family: "float", bits: 64 } : { family: "other", name };
    case "varchar":
    case "character varying":
      return { family: "text", length: first ?? UNLIMITED };
    case "text":
    case "string":
      return { family: "text", length: UNLIMITED };
    case "varbinary":
      return { family: "bytes", length: first ?? UNLIMITED };
    case "blob":
    case "bytea":
      return { family: "bytes", length: UNLIMITED };
    case "time":
      return suffix === "with time zone"
        ? { family: "other", name }
        : { family: "time", digits: first ?? MICROSECONDS };
    case "datetime":
      return { family: "timestamp", digits: first ?? MICROSECONDS };
    case "timestamp":
      return { family: suffix === "with time zone" ? "timestamptz" : "timestamp", digits: first ?? MICROSECONDS };
    case "timestamptz":
      return { family: "timestamptz", digits: first ?? MICROSECONDS };
  }
  if (base in TEXT_LENGTHS) return { family: "text", length: TEXT_LENGTHS[base] ?? UNLIMITED };
  if (base in BYTE_LENGTHS) return { family: "bytes", length: BYTE_LENGTHS[base] ?? UNLIMITED };
  return { family: "other", name };
}
