// Owns what a card number is: the ranges of the networks and the check digit. Knows nothing of text around it.

/**
 * First four digits, from and to, and the lengths in use. After ISO/IEC 7812 and the networks' public tables, as gathered in
 * Wikipedia's "Payment card number". Left out: UATP (any 15 digits that begin with 1) and ranges that no network uses today.
 */
const RANGES: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  // Mir, Mastercard's second range
  [2200, 2204, [16, 17, 18, 19]],
  [2221, 2720, [16]],
  // Diners Club, American Express, JCB
  [3000, 3059, [14, 15, 16, 17, 18, 19]],
  [3095, 3095, [14, 15, 16, 17, 18, 19]],
  [3400, 3499, [15]],
  [3528, 3589, [16, 17, 18, 19]],
  [3600, 3699, [14, 15, 16, 17, 18, 19]],
  [3700, 3799, [15]],
  [3800, 3999, [14, 15, 16, 17, 18, 19]],
  // Visa
  [4000, 4999, [13, 16, 19]],
  // Maestro, Dankort, Verve, Mastercard
  [5000, 5099, [13, 14, 15, 16, 17, 18, 19]],
  [5100, 5599, [16]],
  [5600, 5899, [13, 14, 15, 16, 17, 18, 19]],
  // RuPay, Discover
  [6000, 6099, [16, 17, 18, 19]],
  // UnionPay, Maestro, InterPayment, InstaPayment, Discover
  [6200, 6299, [16, 17, 18, 19]],
  [6304, 6304, [13, 14, 15, 16, 17, 18, 19]],
  [6360, 6399, [13, 14, 15, 16, 17, 18, 19]],
  [6440, 6599, [16, 17, 18, 19]],
  [6700, 6799, [13, 14, 15, 16, 17, 18, 19]],
];

/** By the first four digits: a bit for each length in use. */
const LENGTHS = new Uint32Array(10_000);
for (const [from, to, lengths] of RANGES)
  for (let first = from; first <= to; first++)
    for (const length of lengths) LENGTHS[first] = (LENGTHS[first] as number) | (1 << length);

const SHORTEST = 13;
const LONGEST = 19;
const ZERO = 48;

/** Whether the first `count` digits (ASCII codes) are a card number of a network, with the right check digit. */
export function isCardNumber(digits: Uint8Array, count: number): boolean {
  if (count < SHORTEST || count > LONGEST) return false;
  const first = digitAt(digits, 0) * 1_000 + digitAt(digits, 1) * 100 + digitAt(digits, 2) * 10 + digitAt(digits, 3);
  if (((LENGTHS[first] as number) & (1 << count)) === 0) return false;
  return isLuhnValid(digits, count) && !isBarcode(digits, count);
}

function digitAt(digits: Uint8Array, at: number): number {
  return (digits[at] as number) - ZERO;
}

function isLuhnValid(digits: Uint8Array, count: number): boolean {
  let sum = 0;
  for (let i = count - 1, double = false; i >= 0; i--, double = !double) {
    const digit = digitAt(digits, i);
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

/** An EAN-13: its own check digit is right. Germany's begin with 40 to 44, as old Visa numbers of 13 digits do. */
function isBarcode(digits: Uint8Array, count: number): boolean {
  if (count !== 13) return false;
  let sum = 0;
  for (let i = 0; i < 13; i++) sum += digitAt(digits, i) * (i % 2 === 0 ? 1 : 3);
  return sum % 10 === 0;
}
