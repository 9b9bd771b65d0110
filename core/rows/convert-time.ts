// Owns dates and times from JavaScript to text a warehouse reads back to the microsecond.
import { describeType, Refusal } from "./refusal.ts";

const YEAR = String.raw`(\d{4})`;
const CALENDAR = new RegExp(String.raw`^${YEAR}-(\d\d)-(\d\d)$`);
const CLOCK = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,6}))?$/;
const INSTANT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,6})?)(Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?$/;
const MICROS_PER_MS = 1_000n;
// Years 1 to 9999: what every engine's text form agrees on.
const FIRST_MICROS = BigInt(Date.parse("0001-01-01T00:00:00Z")) * MICROS_PER_MS;
const LAST_MICROS = BigInt(Date.parse("9999-12-31T23:59:59.999Z")) * MICROS_PER_MS + 999n;

function isCalendarDay(text: string): boolean {
  const match = CALENDAR.exec(text);
  if (!match || match[1] === "0000") return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

export function dateText(value: unknown): string | Refusal {
  const expected = "text such as `2024-05-31` or a Date at midnight UTC";
  if (typeof value === "string")
    return isCalendarDay(value) ? value : new Refusal(expected, "a string of another form");
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return new Refusal(expected, describeType(value));
  const iso = value.toISOString();
  const day = iso.slice(0, 10);
  if (!iso.endsWith("T00:00:00.000Z")) return new Refusal(expected, "a Date with a time of day");
  return isCalendarDay(day) ? day : new Refusal(`${expected}, in the years 1 to 9999`, "a Date outside them");
}

export function timeText(value: unknown): string | Refusal {
  const expected = "text such as `23:59:59.123456`";
  if (typeof value !== "string") return new Refusal(expected, describeType(value));
  return CLOCK.test(value) ? value : new Refusal(expected, "a string of another form");
}

/** A Date (milliseconds), a BigInt (microseconds since 1970 in UTC) or ISO text, with an offset exactly when the type has a zone. */
export function timestampText(value: unknown, zoned: boolean): string | Refusal {
  const example = zoned ? "`2024-05-31T10:00:00.123456Z`" : "`2024-05-31T10:00:00.123456`";
  const expected = `a Date, a BigInt of microseconds since 1970, or text such as ${example}`;
  if (typeof value === "string") {
    const match = INSTANT.exec(value);
    const [, day = "", clock = "", offset] = match ?? [];
    if (!match || !isCalendarDay(day) || !CLOCK.test(clock)) return new Refusal(expected, "a string of another form");
    if ((offset !== undefined) !== zoned) {
      return new Refusal(expected, `a string with${zoned ? "out" : ""} an offset from UTC`);
    }
    return `${day} ${clock}${offset ?? ""}`;
  }
  const isDate = value instanceof Date && !Number.isNaN(value.getTime());
  if (!isDate && typeof value !== "bigint") return new Refusal(expected, describeType(value));
  const micros = typeof value === "bigint" ? value : BigInt((value as Date).getTime()) * MICROS_PER_MS;
  if (micros < FIRST_MICROS || micros > LAST_MICROS) {
    return new Refusal("an instant in the years 1 to 9999", "one outside them");
  }
  // Division that rounds down, also before 1970.
  const below = ((micros % MICROS_PER_MS) + MICROS_PER_MS) % MICROS_PER_MS;
  const iso = new Date(Number((micros - below) / MICROS_PER_MS)).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}${below.toString().padStart(3, "0")}${zoned ? "Z" : ""}`;
}
