// Owns the forms in which stores without types write values as text, and their canonical text. Judges text alone.

const DATE = "\\d{4}-\\d{2}-\\d{2}";
const TIME = "\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,6})?";
const IS_INSTANT = new RegExp(`^(${DATE})[ T](${TIME})(Z|[+-]\\d{2}(?::?\\d{2})?)$`);

export const IS_DATE = new RegExp(`^${DATE}$`);
export const IS_TIME = new RegExp(`^${TIME}$`);
export const IS_TIMESTAMP = new RegExp(`^${DATE}(?:[ T]${TIME})?$`);
export const IS_UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** An instant with its offset, as DuckDB reads it; undefined when the text is none. More than six decimals are refused, never rounded. */
export function instantText(text: string): string | undefined {
  const match = IS_INSTANT.exec(text);
  if (!match) return undefined;
  const [, date, time, offset = "Z"] = match;
  return `${date} ${time}${offset === "Z" ? "+00" : offset.replace(/^(...)(\d\d)$/, "$1:$2")}`;
}

/** Microseconds since 1970 of an instant or a timestamp without zone, which counts as UTC; undefined when the text is neither. */
export function microsOf(text: string): bigint | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/.exec(
    text,
  );
  if (!match) return undefined;
  const [, date, time = "00:00:00", fraction = "", offset = "Z"] = match;
  const zone =
    offset === "Z"
      ? "Z"
      : offset.replace(/^([+-]\d\d):?(\d\d)?$/, (_, hours, minutes) => `${hours}:${minutes ?? "00"}`);
  const ms = Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000n + BigInt(fraction.padEnd(6, "0"));
}
