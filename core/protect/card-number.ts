// Owns what a card number is: the ranges of the networks and the check digit. Knows nothing of text around it.

/**
 * First six digits, from and to, and the lengths in use. After ISO/IEC 7812 and the networks' public tables, as gathered in
 * Wikipedia's "Payment card number". Left out: UATP (any 15 digits that begin with 1) and ranges that no network uses today.
 */
const RANGES: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  // Mir, Mastercard's second range
  [220000, 220499, [16, 17, 18, 19]],
  [222100, 272099, [16]],
  // Diners Club, American Express, JCB
  [300000, 305999, [14, 15, 16, 17, 18, 19]],
  [309500, 309599, [14, 15, 16, 17, 18, 19]],
  [340000, 349999, [15]],
  [352800, 358999, [16, 17, 18, 19]],
  [360000, 369999, [14, 15, 16, 17, 18, 19]],
  [370000, 379999, [15]],
  [380000, 399999, [14, 15, 16, 17, 18, 19]],
  // Visa
  [400000, 499999, [13, 16, 19]],
  // Maestro, Dankort, Verve, Mastercard
  [500000, 509999, [13, 14, 15, 16, 17, 18, 19]],
  [510000, 559999, [16]],
  [560000, 589999, [13, 14, 15, 16, 17, 18, 19]],
  // RuPay, Discover
  [600000, 609999, [16, 17, 18, 19]],
  // UnionPay, Maestro, InterPayment, InstaPayment, Discover
  [620000, 629999, [16, 17, 18, 19]],
  [630400, 630499, [13, 14, 15, 16, 17, 18, 19]],
  [636000, 639999, [13, 14, 15, 16, 17, 18, 19]],
  [644000, 659999, [16, 17, 18, 19]],
  [670000, 679999, [13, 14, 15, 16, 17, 18, 19]],
];

const SHORTEST = 13;
const LONGEST = 19;
const ZERO = 48;

/** Whether the first `count` digits (ASCII codes) are a card number of a network, with the right check digit. */
export function isCardNumber(digits: Uint8Array, count: number): boolean {
  if (count < SHORTEST || count > LONGEST) return false;
  let range = 0;
  for (let i = 0; i < 6; i++) range = range * 10 + ((digits[i] as number) - ZERO);
  if (!RANGES.some(([from, to, lengths]) => range >= from && range <= to && lengths.includes(count))) return false;
  return isLuhnValid(digits, count) && !isBarcode(digits, count);
}

function isLuhnValid(digits: Uint8Array, count: number): boolean {
  let sum = 0;
  for (let i = count - 1, double = false; i >= 0; i--, double = !double) {
    const digit = (digits[i] as number) - ZERO;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

/** An EAN-13: its own check digit is right. Germany's begin with 40 to 44, as old Visa numbers of 13 digits do. */
function isBarcode(digits: Uint8Array, count: number): boolean {
  if (count !== 13) return false;
  let sum = 0;
  for (let i = 0; i < 13; i++) sum += ((digits[i] as number) - ZERO) * (i % 2 === 0 ? 1 : 3);
  return sum % 10 === 0;
}
