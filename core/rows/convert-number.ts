// Owns numbers from JavaScript to text, exact or refused.
import { describeType, Refusal } from "./refusal.ts";

const DECIMAL_TEXT = /^([+-]?)(\d+)(?:\.(\d*))?$/;
const SHORTEST = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/;
const LARGEST_FLOAT = 3.4028235677973366e38;

export function integerText(value: unknown, min: bigint, max: bigint): string | Refusal {
  const big = max > BigInt(Number.MAX_SAFE_INTEGER);
  const expected = `a whole number from ${min} to ${max}`;
  if (typeof value !== "bigint" && typeof value !== "number") return new Refusal(expected, describeType(value));
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    if (!Number.isInteger(value))
      return new Refusal(expected, Number.isFinite(value) ? "a number with a fraction" : describeType(value));
    // Its neighbours are the same number: which one was meant is already lost.
    return new Refusal(big ? `${expected}, as a BigInt beyond 2^53` : expected, "a number beyond 2^53");
  }
  const whole = BigInt(value);
  return whole >= min && whole <= max
    ? whole.toString()
    : new Refusal(expected, `a ${typeof value} outside that range`);
}

/** Text, a BigInt, or a number whose shortest decimal form fits: `19.99` is 19.99, `0.1 + 0.2` is refused at scale 2. */
export function decimalText(value: unknown, precision: number, scale: number): string | Refusal {
  const expected = `a decimal of at most ${precision - scale} digits before and ${scale} after the point, as text, BigInt or number`;
  let text: string;
  if (typeof value === "string") text = value;
  else if (typeof value === "bigint") text = value.toString();
  else if (typeof value === "number" && Number.isFinite(value)) {
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      return new Refusal(`${expected} below 2^53`, "a number beyond it");
    text = plainDecimal(value);
  } else return new Refusal(expected, describeType(value));
  const match = DECIMAL_TEXT.exec(text);
  if (!match) return new Refusal(expected, "a string of another form");
  const [, sign = "", whole = "", fraction = ""] = match;
  const before = whole.replace(/^0+/, "");
  const after = fraction.replace(/0+$/, "");
  if (after.length > scale)
    return new Refusal(expected, `a ${typeof value} with ${after.length} digits after the point`);
  if (before.length > precision - scale)
    return new Refusal(expected, `a ${typeof value} with ${before.length} digits before it`);
  return `${sign === "-" ? "-" : ""}${before || "0"}${after === "" ? "" : `.${after}`}`;
}

// The shortest text that means this number, without an exponent.
function plainDecimal(value: number): string {
  const match = SHORTEST.exec(String(value));
  const [, sign = "", whole = "", fraction = "", exponent] = match ?? [];
  if (exponent === undefined) return String(value);
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return point >= digits.length
    ? `${sign}${digits.padEnd(point, "0")}`
    : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** NaN and the infinities are values of these types; a float rounds to its nearest, as its type says. */
export function floatText(value: unknown, single: boolean): string | Refusal {
  if (typeof value !== "number") return new Refusal("a number", describeType(value));
  if (single && Number.isFinite(value) && Math.abs(value) >= LARGEST_FLOAT) {
    return new Refusal("a number within the range of a 4-byte float", "a number beyond it");
  }
  return Object.is(value, -0) ? "-0.0" : String(value);
}
