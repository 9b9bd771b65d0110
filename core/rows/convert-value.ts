// Owns turning one JavaScript value into the canonical text of its column's type: exact, or refused with what was expected.
import type { ColumnType } from "./column-type.ts";
import { decimalText, floatText, integerText } from "./convert-number.ts";
import { dateText, timestampText, timeText } from "./convert-time.ts";
import { describeType, Refusal } from "./refusal.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Bytes become hex; JSON, lists and structs become JSON. `value` is neither null nor undefined. */
export function convertValue(type: ColumnType, value: unknown): string | Refusal {
  switch (type.kind) {
    case "boolean":
      return typeof value === "boolean" ? String(value) : new Refusal("true or false", describeType(value));
    case "integer":
      return integerText(value, type.min, type.max);
    case "decimal":
      return decimalText(value, type.precision, type.scale);
    case "double":
    case "float":
      return floatText(value, type.kind === "float");
    case "text":
      return plainText(value);
    case "uuid":
      if (typeof value === "string" && UUID.test(value)) return value.toLowerCase();
      return new Refusal(
        "text in the form of a UUID",
        typeof value === "string" ? "a string of another form" : describeType(value),
      );
    case "blob":
      if (!(value instanceof Uint8Array)) return new Refusal("a Uint8Array or Buffer", describeType(value));
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex");
    case "date":
      return dateText(value);
    case "time":
      return timeText(value);
    case "timestamp":
      return timestampText(value, type.zoned);
    case "json":
      return jsonText(value, new Set());
    case "list":
    case "struct":
      return typedJson(type, value);
  }
}

function plainText(value: unknown): string | Refusal {
  if (typeof value !== "string") return new Refusal("a string", describeType(value));
  // UTF-8 has no form for half a pair: it would land as U+FFFD without a word.
  return LONE_SURROGATE.test(value) ? new Refusal("well-formed text", "a string with half a surrogate pair") : value;
}

/** A value of any JSON shape. What JSON.stringify would drop or bend (undefined, NaN, Date, BigInt) is refused. */
function jsonText(value: unknown, above: Set<object>): string | Refusal {
  const expected = "a JSON value: null, boolean, number, string, array or plain object";
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") {
    const text = plainText(value);
    return text instanceof Refusal ? text : JSON.stringify(text);
  }
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value !== "object") return new Refusal(expected, `${describeType(value)} in it`);
  if (above.has(value)) return new Refusal(expected, "an object that contains itself");
  const prototype = Object.getPrototypeOf(value);
  const isArray = Array.isArray(value);
  if (!isArray && prototype !== null && prototype !== Object.prototype)
    return new Refusal(expected, `${describeType(value)} in it`);
  above.add(value);
  const parts: string[] = [];
  // Array.from, so that holes are seen.
  const entries: readonly (readonly [string, unknown])[] = isArray
    ? Array.from(value, (item) => ["", item] as const)
    : Object.entries(value);
  for (const [key, item] of entries) {
    const text = jsonText(item, above);
    if (text instanceof Refusal) return text;
    parts.push(isArray ? text : `${JSON.stringify(key)}:${text}`);
  }
  above.delete(value);
  return isArray ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
}

// Inside lists and structs: numbers and booleans as they are, everything else as a JSON string of its canonical text.
function typedJson(type: ColumnType, value: unknown): string | Refusal {
  if (value === null) return "null";
  if (type.kind === "list") {
    if (!Array.isArray(value)) return new Refusal("an array", describeType(value));
    const parts = Array.from(value, (item: unknown) => typedJson(type.element, item));
    return firstRefusal(parts, (i) => `at [${i}] `) ?? `[${parts.join(",")}]`;
  }
  if (type.kind === "struct") {
    const names = type.fields.map((field) => field.name);
    const expected = `an object with the keys ${names.join(", ")}`;
    if (typeof value !== "object" || Array.isArray(value) || value instanceof Date)
      return new Refusal(expected, describeType(value));
    const given = value as Readonly<Record<string, unknown>>;
    if (Object.keys(given).length !== names.length || names.some((name) => !Object.hasOwn(given, name))) {
      return new Refusal(expected, "one with other keys");
    }
    const parts = type.fields.map((field) => typedJson(field.type, given[field.name]));
    const texts = parts.map((text, i) => `${JSON.stringify(names[i])}:${text}`);
    return firstRefusal(parts, (i) => `at .${names[i]} `) ?? `{${texts.join(",")}}`;
  }
  const text = convertValue(type, value);
  if (text instanceof Refusal) return text;
  const bare = type.kind === "integer" || type.kind === "boolean" || type.kind === "json";
  return bare ? text : JSON.stringify(text);
}

function firstRefusal(parts: readonly (string | Refusal)[], place: (i: number) => string): Refusal | undefined {
  const i = parts.findIndex((part) => part instanceof Refusal);
  const refusal = parts[i];
  return refusal instanceof Refusal ? new Refusal(refusal.expected, `${place(i)}${refusal.got}`) : undefined;
}
