// Owns writing floats with a fixed number of digits and rounding them, exactly as Python: ties of the exact binary value go to even.

/** `format(value, '.<digits>f')`. */
export function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  // Beyond 1e21 toFixed gives an exponent, and every double is an integer.
  if (size >= 1e21) return `${sign}${BigInt(size)}${digits > 0 ? `.${"0".repeat(digits)}` : ""}`;
  const text = size.toFixed(Math.min(digits, 100));
  const exact = size.toFixed(Math.min(100, digits + 60));
  const tail = exact.slice(exact.indexOf(".") + 1 + digits);
  // toFixed rounds a tie up; when the last digit it left is odd, the even neighbour is one below.
  const tie = /^50*$/.test(tail);
  const last = text.at(-1) ?? "0";
  const result =
    tie && Number(last) % 2 === 1 ? exact.slice(0, exact.indexOf(".") + (digits > 0 ? 1 + digits : 0)) : text;
  return sign + result;
}

/** `round(value, digits)` of a float. */
export function roundFloat(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  if (digits >= 0) return Number(fixed(value, Math.min(digits, 100)));
  const unit = 10 ** -digits;
  const quotient = value / unit;
  const floor = Math.floor(quotient);
  const rest = quotient - floor;
  return (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor) * unit;
}
