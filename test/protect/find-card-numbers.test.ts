// What is taken for a card number, and what is not: the networks' public test numbers in every spelling, and ids of other kinds.
import { createHash, randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CONTEXT_BYTES, findCardNumbers } from "../../core/protect/find-card-numbers.ts";

/** Published by the networks and payment providers for testing. */
const CARDS = [
  ..."4111111111111111 4242424242424242 4012888888881881 4000056655665556 4222222222222 4917610000000000003".split(" "),
  ..."5555555555554444 5105105105105100 5200828282828210 2223003122003222 2221000000000009 2720990000000007".split(" "),
  ..."378282246310005 371449635398431 378734493671000 6011111111111117 6011000990139424 6011981111111113".split(" "),
  ..."30569309025904 38520000023237 36227206271667 3056930009020004 3530111333300000 3566002020360505".split(" "),
  ..."6200000000000005 6205500000000000004 6759649826438453 6799990100000000019 5019717010103742 2200000000000004".split(
    " ",
  ),
];

const all = (found: (at: number) => void) => ({ matters: () => true, found });

function count(text: string): number {
  let found = 0;
  const bytes = Buffer.from(text);
  findCardNumbers(
    bytes,
    0,
    bytes.length,
    all(() => found++),
  );
  return found;
}

describe("found", () => {
  test.each(CARDS)("%s alone, grouped, inside sentences and JSON", (card) => {
    const groups = card.match(/.{1,4}/g) ?? [];
    const spellings = [card, groups.join(" "), groups.join("-"), [...card].join(" "), [...card].join("-")];
    spellings.push(
      `${card.slice(0, 6)} ${card.slice(6)}`,
      `${card.slice(0, 4)} ${card.slice(4, 10)} ${card.slice(10)}`,
    );
    for (const spelling of spellings) {
      for (const text of [
        spelling,
        `paid with ${spelling}, thanks`,
        `card:${spelling}.`,
        `{"note": "${spelling}", "n": 1}`,
        `(${spelling})`,
        `PAN${spelling}`,
        `über ${spelling} €`,
        `call 612 345 678: ${spelling} exp 12/27`,
        `${spelling}\n\t${"x".repeat(300)}`,
        `${"1".repeat(30)} / ${spelling}`,
      ])
        expect(count(text), text).toBe(1);
    }
  });

  test("a number with other digits joined to it by a space", () => {
    expect(count("4111 1111 1111 1111 12 27")).toBe(1);
    expect(count("12 4111111111111111")).toBe(1);
    expect(count("2024-01-01 4111-1111-1111-1111 123")).toBe(1);
  });

  test("random separators between any two digits, when it stands alone", () => {
    const separators = fc.array(fc.constantFrom("", " ", "-"), { minLength: 19, maxLength: 19 });
    fc.assert(
      fc.property(
        fc.constantFrom(...CARDS),
        separators,
        fc.stringMatching(/^[ -,./:-~]{0,20}$/),
        (card, between, words) => {
          const spelling = [...card].map((digit, i) => digit + (i < card.length - 1 ? between[i] : "")).join("");
          // A part of it may be one too.
          expect(count(`${words}|${spelling}|${words}`)).toBeGreaterThanOrEqual(1);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("not found", () => {
  test.each([
    ["a wrong check digit", "4111111111111112"],
    ["a longer run of digits", "94111111111111111 41111111111111110000"],
    ["two spaces or other signs between", "4111  1111  1111  1111 4111.1111.1111.1111 4111/1111/1111/1111"],
    ["a line end between", "4111 1111\n1111 1111"],
    ["a timestamp", "20240101123456 20240101123456789 2024-01-01 12:30:45.123456+00 1704067200000 1704067200000000"],
    ["a phone number", "+34 612 345 678 +1-202-555-0170 0049 30 901820 +36 30 123 4567"],
    [
      "an IBAN",
      "ES91 2100 0418 4502 0005 1332 DE89370400440532013000 GB29 NWBK 6016 1331 9268 19 FR14 2004 1010 0505 0001 3M02 606",
    ],
    ["a barcode", "4006381333931 4012345678901 5901234123457 9783161484100"],
    ["an IMEI", "356938035643809 490154203237518 867686021234565"],
    ["a UUID of digits", "41111111-1111-4111-8111-111111111111 12345678-1234-4123-8123-123456789012"],
    [
      "a hexadecimal id of 24, 32, 40 digits",
      "507f1f77bcf86cd799439011 d41d8cd98f00b204e9800998ecf8427e da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ],
    ["a hexadecimal id that holds a number", "ab4111111111111111cdef0a"],
    ["an order number", "ORD-2024-000123456 100000000000123 7000000000000000 0000000000000000 9999999999999999"],
    ["a list of small numbers", Array.from({ length: 400 }, (_, i) => i + 1).join(" ")],
    ["a price list", "4 11 1 1.50 - 4,111,111.11 - 41 111 111"],
  ])("%s", (_, text) => {
    expect(count(text)).toBe(0);
  });

  test("in 100 000 UUIDs, hashes, IBANs and times of day", () => {
    const state = { found: 0 };
    for (let i = 0; i < 100_000; i++) {
      const hash = createHash("sha256").update(String(i)).digest("hex");
      const account = BigInt(`0x${hash.slice(0, 15)}`)
        .toString()
        .padStart(20, "0")
        .slice(-20);
      const check = 98n - (BigInt(`${account}142800`) % 97n);
      const iban = `ES${String(check).padStart(2, "0")} ${(account.match(/.{4}/g) ?? []).join(" ")}`;
      const time = new Date((i % 40_000) * 86_400_123).toISOString();
      state.found += count(
        `${randomUUID()},${hash},${hash.slice(0, 32)} ${iban} ${time} ${time.replaceAll(/\D/g, "")}`,
      );
    }
    expect(state.found).toBe(0);
  });
});

test("what is found does not depend on where the bytes are cut", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...CARDS,
      "41111111-1111-4111-8111-111111111111",
      "ES91 2100 0418 4502 0005 1332",
      "4111 1111 1111 1111",
    ),
    fc.stringMatching(/^[0-9 -]{0,30}$/),
    fc.stringMatching(/^[a-f0-9]{0,40}$/),
    fc.stringMatching(/^[ -~]{0,200}$/),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(), (pieces, cut) => {
      const bytes = Buffer.from(pieces.join(","));
      const whole: number[] = [];
      findCardNumbers(
        bytes,
        0,
        bytes.length,
        all((at) => whole.push(at)),
      );
      const middle = bytes.length === 0 ? 0 : cut % bytes.length;
      const parts: number[] = [];
      const left = Math.max(0, middle - CONTEXT_BYTES);
      findCardNumbers(
        bytes.subarray(0, middle + CONTEXT_BYTES),
        0,
        middle,
        all((at) => parts.push(at)),
      );
      findCardNumbers(
        bytes.subarray(left),
        middle - left,
        bytes.length - left,
        all((at) => parts.push(left + at)),
      );
      expect(parts).toEqual(whole);
    }),
    { numRuns: 1_000 },
  );
});
