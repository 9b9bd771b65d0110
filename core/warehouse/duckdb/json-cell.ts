// Owns cells as JSON: 64-bit integers, decimals and times as text, blobs as hex, lists and structs as JSON values.
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from "@duckdb/node-api";

export function jsonCell(value: DuckDBValue): unknown {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return value.toString();
  if (value instanceof DuckDBTimestampTZValue) return timestampText(value.micros, 6, "Z");
  if (value instanceof DuckDBTimestampValue) return timestampText(value.micros, 6);
  if (value instanceof DuckDBTimestampSecondsValue) return timestampText(value.seconds, 0);
  if (value instanceof DuckDBTimestampMillisecondsValue) return timestampText(value.millis, 3);
  if (value instanceof DuckDBTimestampNanosecondsValue) return timestampText(value.nanos, 9);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("hex");
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(jsonCell);
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, item]) => [name, jsonCell(item)]));
  }
  if (value instanceof DuckDBMapValue) {
    return Object.fromEntries(value.entries.map(({ key, value: item }) => [String(jsonCell(key)), jsonCell(item)]));
  }
  if (value instanceof DuckDBUnionValue) return jsonCell(value.value);
  return String(value);
}

const INFINITY = 2n ** 63n - 1n;

/** ISO 8601 with as many digits of a second as the type has; proleptic Gregorian, years before 1 as ISO counts them. */
function timestampText(units: bigint, digits: number, zone = ""): string {
  if (units === INFINITY) return "infinity";
  if (units === -INFINITY) return "-infinity";
  const perSecond = 10n ** BigInt(digits);
  const perDay = 86_400n * perSecond;
  const day = floorDivide(units, perDay);
  const rest = units - day * perDay;
  const seconds = rest / perSecond;
  const two = (n: bigint) => n.toString().padStart(2, "0");
  const time = `${two(seconds / 3_600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  const fraction = digits === 0 ? "" : `.${(rest % perSecond).toString().padStart(digits, "0")}`;
  return `${dateText(Number(day))}T${time}${fraction}${zone}`;
}

/** Howard Hinnant's `civil_from_days`, for any year. */
function dateText(daysSince1970: number): string {
  const shifted = daysSince1970 + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const yearText =
    year >= 0 && year <= 9_999
      ? String(year).padStart(4, "0")
      : `${year < 0 ? "-" : "+"}${String(Math.abs(year)).padStart(6, "0")}`;
  return `${yearText}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
