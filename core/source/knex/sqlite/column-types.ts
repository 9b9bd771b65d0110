// Owns the type map of SQLite. A SQLite column promises nothing: any cell may hold any storage class, so every cell is judged
// against the declared type as it passes, and what does not fit is refused, never coerced.
import { isUtf8 } from "node:buffer";
import { type DeclaredType, declaredType, fitsDecimal, fitsInteger } from "../../declared-type.ts";
import { type CellEncoder, REFUSED } from "../../row-encoder.ts";
import { IS_DATE, IS_TIME, IS_TIMESTAMP, IS_UUID, instantText } from "../../text-forms.ts";

/** SQLite's own rules of affinity, as far as a type follows from them; undefined for names that promise more than SQLite keeps. */
export function exactType(storeType: string): string | undefined {
  const name = storeType.toUpperCase();
  if (name.includes("INT")) return "BIGINT";
  if (/CHAR|CLOB|TEXT/.test(name)) return "VARCHAR";
  if (name.includes("BLOB")) return "BLOB";
  if (/REAL|FLOA|DOUB/.test(name)) return "DOUBLE";
  return undefined;
}

type Encoded = string | typeof REFUSED;

/** One function per storage class that may stand in the column. */
interface Encoders {
  readonly integer?: (value: bigint) => Encoded;
  readonly real?: (value: number) => Encoded;
  readonly text?: (value: string) => Encoded;
  readonly blob?: (value: Buffer) => Encoded;
}

/** How a column's cells are asked for and judged. */
export interface CellRule {
  readonly expression: (quoted: string) => string;
  readonly encode: CellEncoder;
}

/** `encoding` is the file's, as `PRAGMA encoding` says it. undefined when no value of SQLite is of the declared type. */
export function cellRule(declared: string, exact: string | undefined, encoding: string): CellRule | undefined {
  const encoders = encodersOf(declaredType(declared), exact);
  if (encoders === undefined) return undefined;
  const { integer, real, text, blob } = encoders;
  const ofBytes = text ? (bytes: Buffer) => textOf(bytes, encoding, text) : blob;
  return {
    expression: (quoted) => expressionOf(encoders, quoted),
    encode: (cell) => {
      if (cell === null || cell === undefined) return null;
      if (typeof cell === "bigint") return integer?.(cell) ?? REFUSED;
      if (typeof cell === "number") return real?.(cell) ?? REFUSED;
      // The driver gives bytes as Buffer. A string is only ever the mark of another storage class.
      return cell instanceof Uint8Array
        ? (ofBytes?.(Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength)) ?? REFUSED)
        : REFUSED;
    },
  };
}

/** Text comes as its bytes, because the driver ends the whole process on text that is not UTF-8. Other classes come as the mark `!`. */
function expressionOf(encoders: Encoders, quoted: string): string {
  const asked = { integer: quoted, real: quoted, text: `CAST(${quoted} AS BLOB)`, blob: quoted };
  const cases = (["integer", "real", "text", "blob"] as const)
    .filter((storageClass) => encoders[storageClass] !== undefined)
    .map((storageClass) => `WHEN '${storageClass}' THEN ${asked[storageClass]}`);
  return `CASE typeof(${quoted}) ${cases.join(" ")} WHEN 'null' THEN NULL ELSE '!' END`;
}

function textOf(bytes: Buffer, encoding: string, encode: (value: string) => Encoded): Encoded {
  if (encoding === "UTF-8") return isUtf8(bytes) ? encode(bytes.toString("utf8")) : REFUSED;
  const little = encoding === "UTF-16be" ? Buffer.from(bytes).swap16() : bytes;
  const value = little.toString("utf16le");
  return /\p{Surrogate}/u.test(value) ? REFUSED : encode(value);
}

const keep = (value: string): Encoded => value;
const realText = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e15 ? `${Object.is(value, -0) ? "-0" : value}.0` : String(value);
const hex = (bytes: Buffer): string => bytes.toString("hex");
const matching =
  (pattern: RegExp) =>
  (value: string): Encoded =>
    pattern.test(value) ? value : REFUSED;

/** Without an offset the instant is UTC, as SQLite's own date functions mean it. */
const instant = (value: string): Encoded => instantText(value) ?? instantText(`${value}Z`) ?? REFUSED;

/** NUMERIC affinity keeps a decimal of up to 15 digits as the nearest double, and its shortest text is that decimal again. */
function decimalOfReal(value: number, precision: number, scale: number): Encoded {
  const text = String(value);
  return text.replaceAll(/^-?0?\.?0*|\./g, "").length <= 15 && fitsDecimal(text, precision, scale) ? text : REFUSED;
}

function encodersOf(type: DeclaredType, exact: string | undefined): Encoders | undefined {
  switch (type.kind) {
    case "integer":
      return { integer: (value) => (value >= type.min && value <= type.max ? String(value) : REFUSED) };
    case "decimal":
      return {
        integer: (value) => (fitsDecimal(String(value), type.precision, type.scale) ? String(value) : REFUSED),
        real: (value) => decimalOfReal(value, type.precision, type.scale),
        text: (value) => (fitsDecimal(value, type.precision, type.scale) ? value : REFUSED),
      };
    case "boolean":
      return { integer: (value) => (fitsInteger(String(value), 0n, 1n) ? String(value === 1n) : REFUSED) };
    case "float":
      return { real: (value) => (Math.fround(value) === value ? realText(value) : REFUSED) };
    case "double":
      return { real: realText, integer: (value) => (BigInt(Number(value)) === value ? `${value}.0` : REFUSED) };
    case "text":
      if (exact === "BIGINT") return { integer: String };
      if (exact === "DOUBLE") return { real: realText };
      if (exact === "BLOB") return { blob: hex };
      return exact === "VARCHAR" ? { text: keep } : { text: keep, integer: String, real: realText };
    case "blob":
      return { blob: hex };
    case "date":
      return { text: matching(IS_DATE) };
    case "time":
      return { text: matching(IS_TIME) };
    case "timestamp":
      return { text: matching(IS_TIMESTAMP) };
    case "timestamptz":
      return { text: instant };
    case "uuid":
      return { text: matching(IS_UUID) };
    case "json":
      return { text: keep };
    case "interval":
    case "other":
      return undefined;
  }
}
