// Owns the text that DuckDB prints for a value once it landed, made from the text the value has in the store. It is the accounts'
// own: the code that extracts cells does not use it. What does not fit is refused by the extraction, which may run beside the
// account: such a value gets a text of no meaning here, never an error, because an error would quote it.
import { declaredType } from "../declared-type.ts";

export type CanonicalText = (text: string) => string;

/** undefined when no text is known for the type: the column is then left out of the checksum. */
export function canonicalText(declared: string): CanonicalText | undefined {
  const type = declaredType(declared);
  switch (type.kind) {
    case "integer":
      return whole;
    case "decimal":
      return (text) => decimal(text, type.scale);
    case "boolean":
      return (text) => String(/^(t|true|1)$/i.test(text));
    case "float":
      return (text) => floatBits(floatOf(text), "float");
    case "double":
      return (text) => floatBits(floatOf(text), "double");
    case "date":
      return (text) => (text.startsWith("0000") ? `0001${text.slice(4)} (BC)` : text);
    case "time":
      return withoutZeros;
    case "timestamp":
      return (text) => instant(text);
    case "timestamptz":
      return (text) => `${instant(text)}+00`;
    case "uuid":
      return (text) => text.toLowerCase();
    case "blob":
      return (text) => text.replace(/^\\x/, "").toLowerCase();
    case "text":
    case "json":
      return (text) => text;
    case "interval":
    case "other":
      return undefined;
  }
}

function whole(text: string): string {
  const digits = /^\+?(-?\d+)(?:\.|$)/.exec(text)?.[1];
  return digits === undefined ? text : String(BigInt(digits));
}

const view = new DataView(new ArrayBuffer(8));

/** IEEE 754 bits in hexadecimal. */
export function floatBits(value: number, kind: "float" | "double"): string {
  if (Number.isNaN(value)) return "NaN";
  if (kind === "float") view.setFloat32(0, value);
  else view.setFloat64(0, value);
  const word = (offset: number) => view.getUint32(offset).toString(16).padStart(8, "0");
  return kind === "float" ? word(0) : word(0) + word(4);
}

function floatOf(text: string): number {
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (!word) return Number(text);
  return /^nan$/i.test(word[2] ?? "") ? Number.NaN : word[1] === "-" ? -Infinity : Infinity;
}

function decimal(text: string, scale: number): string {
  const [, sign = "", whole = "", fraction = ""] = /^([+-]?)0*(\d*)\.?(\d*)$/.exec(text) ?? [];
  const digits = fraction.slice(0, scale).padEnd(scale, "0");
  const shown = `${whole === "" ? "0" : whole}${scale === 0 ? "" : `.${digits}`}`;
  return sign === "-" && /[1-9]/.test(shown) ? `-${shown}` : shown;
}

function withoutZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

const CLOCK = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** Without an offset, of our era, not the midnight at a day's end. */
const USUAL = /^(?!0000)(\d{4}-\d\d-\d\d)[ T]((?:[01]\d|2[0-3]):\d\d:\d\d)(\.\d+)?Z?$/;

/** In UTC. */
function instant(text: string): string {
  const usual = USUAL.exec(text);
  if (usual) return `${usual[1]} ${usual[2]}${usual[3] === undefined ? "" : withoutZeros(usual[3])}`;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", offset = "Z"] =
    CLOCK.exec(text) ?? [];
  const sign = offset.startsWith("-") ? -1 : 1;
  const ahead =
    offset === "Z" ? 0 : sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(":", "")));
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute) - ahead, Number(second));
  const years = date.getUTCFullYear();
  const two = (value: number) => String(value).padStart(2, "0");
  const shownYear = String(years > 0 ? years : 1 - years).padStart(4, "0");
  const shown = `${shownYear}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}${years > 0 ? "" : " (BC)"}`;
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const digits = fraction.replace(/0+$/, "");
  return `${shown} ${clock}${digits === "" ? "" : `.${digits}`}`;
}
