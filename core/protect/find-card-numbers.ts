// Owns finding card numbers in bytes: where one may begin, and what looks like one and is none. Knows nothing of rows.
import { isCardNumber } from "./card-number.ts";
import { ibanLength } from "./iban.ts";

/** What is decided about a place depends on no byte further away than this. */
export const CONTEXT_BYTES = 160;

const SHORTEST = 13;
const LONGEST = 19;
/** With more separators inside than this a number is one only when no other digits are joined to it: `1 2 3 4 …` is a list. */
const MANY_INSIDE = 6;
/** With more groups of digits joined to it than this it is part of a list, however it is grouped. */
const MANY_BESIDE = 6;

const DIGIT = 1;
const SEPARATOR = 2;
const HEX_LETTER = 4;
const LETTER = 8;
/** What each byte may be part of. */
const KIND = new Uint8Array(256);
for (let byte = 48; byte <= 57; byte++) KIND[byte] = DIGIT;
for (const byte of [32, 45]) KIND[byte] = SEPARATOR;
for (const first of [65, 97]) {
  for (let i = 0; i < 26; i++) KIND[first + i] = i < 6 ? HEX_LETTER : LETTER;
}
const IN_NUMBER = DIGIT | SEPARATOR;
const IN_WORD = DIGIT | HEX_LETTER | LETTER;

const kindAt = (bytes: Uint8Array, at: number): number =>
  at < 0 || at >= bytes.length ? 0 : (KIND[bytes[at] as number] as number);

export interface CardSearch {
  /** Whether it is of interest what begins there; asked for each place once or more, in order. */
  matters(at: number): boolean;
  found(at: number): void;
}

/**
 * Tells the start of every card number that begins in [from, to). Digits may have single spaces or dashes
 * between them. Bytes beyond `to` and before `from` are looked at: the caller keeps CONTEXT_BYTES of them.
 */
export function findCardNumbers(bytes: Uint8Array, from: number, to: number, search: CardSearch): void {
  // A number has 13 bytes or more, all digits or separators: looking at every 13th byte misses none.
  for (let at = from + SHORTEST - 1; at < to + SHORTEST - 1 && at < bytes.length; ) {
    if (((KIND[bytes[at] as number] as number) & IN_NUMBER) === 0) {
      at += SHORTEST;
      continue;
    }
    let start = at;
    while (start > from && (kindAt(bytes, start - 1) & IN_NUMBER) !== 0) start--;
    let end = at + 1;
    while (end < bytes.length && ((KIND[bytes[end] as number] as number) & IN_NUMBER) !== 0) end++;
    if (end - start >= SHORTEST) lookInRun(bytes, start, Math.min(end, to), search);
    at = end + SHORTEST;
  }
}

/** Begins at each first digit of a group. */
function lookInRun(bytes: Uint8Array, start: number, end: number, search: CardSearch): void {
  let before = kindAt(bytes, start - 1);
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    const kind = KIND[byte] as number;
    // No range begins with 0, 1, 7, 8 or 9.
    if (byte >= 50 && byte <= 54 && before !== DIGIT && beginsCardNumber(bytes, at, search)) search.found(at);
    before = kind;
  }
}

const digits = new Uint8Array(LONGEST);

function beginsCardNumber(bytes: Uint8Array, start: number, search: CardSearch): boolean {
  let count = 0;
  let separators = 0;
  for (let at = start; ; at++) {
    const kind = kindAt(bytes, at);
    if (kind === DIGIT) {
      if (count === LONGEST) return false;
      digits[count++] = bytes[at] as number;
      if (count < SHORTEST || kindAt(bytes, at + 1) === DIGIT) continue;
      const end = at + 1;
      if (
        isCardNumber(digits, count) &&
        groupsBeside(bytes, start, end) <= (separators > MANY_INSIDE ? 0 : MANY_BESIDE) &&
        // From here on it costs more, and few come so far.
        search.matters(start) &&
        !isOtherThing(bytes, start) &&
        !isOtherThing(bytes, end - 1)
      )
        return true;
    } else if (kind === SEPARATOR && kindAt(bytes, at + 1) === DIGIT) separators++;
    else return false;
  }
}

/** How many groups of digits are joined to it by single separators; counting ends at the context's. */
function groupsBeside(bytes: Uint8Array, start: number, end: number): number {
  let groups = 0;
  for (let at = start - 1; start - at < CONTEXT_BYTES && isJoint(bytes, at, -1); groups++)
    do at--;
    while (kindAt(bytes, at) === DIGIT && start - at < CONTEXT_BYTES);
  for (let at = end; at - end < CONTEXT_BYTES && isJoint(bytes, at, 1); groups++)
    do at++;
    while (kindAt(bytes, at) === DIGIT && at - end < CONTEXT_BYTES);
  return groups;
}

function isJoint(bytes: Uint8Array, at: number, direction: 1 | -1): boolean {
  return kindAt(bytes, at) === SEPARATOR && kindAt(bytes, at + direction) === DIGIT;
}

/** The place is inside a longer thing: a hexadecimal id, a UUID or an IBAN. */
function isOtherThing(bytes: Uint8Array, at: number): boolean {
  return isInHexId(bytes, at) || isInUuid(bytes, at) || isInIban(bytes, at);
}

const WORD_BYTES = 64;

function isInHexId(bytes: Uint8Array, at: number): boolean {
  let first = at;
  let last = at + 1;
  let kinds = 0;
  while (at - first < WORD_BYTES && (kindAt(bytes, first - 1) & IN_WORD) !== 0) kinds |= kindAt(bytes, --first);
  while (last - at < WORD_BYTES && (kindAt(bytes, last) & IN_WORD) !== 0) kinds |= kindAt(bytes, last++);
  const length = last - first;
  return (kinds & HEX_LETTER) !== 0 && (kinds & LETTER) === 0 && (length === 16 || length >= 24);
}

const UUID_BYTES = 36;
const UUID = /(?=([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}))/gi;

function isInUuid(bytes: Uint8Array, start: number): boolean {
  return isInside(bytes, start, UUID_BYTES, UUID, () => UUID_BYTES);
}

/** 34 characters in groups of four. */
const IBAN_BYTES = 42;
const IBAN = /(?<![0-9A-Za-z])(?=([A-Z]{2}\d\d(?: ?[0-9A-Z]){11,30}))/gi;

function isInIban(bytes: Uint8Array, start: number): boolean {
  return isInside(bytes, start, IBAN_BYTES, IBAN, ibanLength);
}

/** Whether the place is inside a thing that begins with a match of the pattern's first group; `lengthOf` tells how long it is. */
function isInside(
  bytes: Uint8Array,
  start: number,
  reach: number,
  pattern: RegExp,
  lengthOf: (text: string) => number,
): boolean {
  const offset = Math.max(0, start - reach);
  const length = Math.min(bytes.length, start + reach) - offset;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString("latin1");
  for (const match of text.matchAll(pattern)) {
    const begins = offset + match.index;
    if (begins <= start && begins + lengthOf(match[1] ?? "") > start) return true;
  }
  return false;
}
