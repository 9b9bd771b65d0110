// Which failing rows are kept and what of them may be seen.
import { expect, test } from "vitest";
import { SAMPLE_ROWS, sampleFailures } from "../../core/quality/index.ts";

const plain = (name: string) => ({ name, type: "VARCHAR" });
const classified = (name: string) => ({ name, type: "VARCHAR", classification: "pii" });
const failing = (...names: string[]) => ({ columns: names.map((name) => ({ name })), rows: [names.map((_, i) => i)] });

test("at most twenty rows are kept", () => {
  const rows = Array.from({ length: 50 }, (_, i) => [i]);
  expect(sampleFailures({ columns: [{ name: "id" }], rows }, [[plain("id")]])).toHaveLength(SAMPLE_ROWS);
});

test.each([
  ["a classified column", ["id", "email"], [[plain("id"), classified("email")]], { id: 0, email: "***" }],
  ["whatever its case", ["EMAIL"], [[classified("email")]], { EMAIL: "***" }],
  [
    "a name that is classified in one model and not in another",
    ["email"],
    [[plain("email")], [classified("email")]],
    { email: "***" },
  ],
  ["a name nobody declared, where something is classified", ["x"], [[plain("id"), classified("email")]], { x: "***" }],
] as const)("masked: %s", (_what, names, read, expected) => {
  expect(sampleFailures(failing(...names), read)).toEqual([expected]);
});

test.each([
  ["counts of mesh's own queries", ["n_records"], [[classified("email")]], { n_records: 0 }],
  ["any name, where nothing is classified", ["x"], [[plain("id")]], { x: 0 }],
  [
    "a column classified as public",
    ["country"],
    [[{ ...plain("country"), classification: "public" }, classified("email")]],
    { country: 0 },
  ],
] as const)("shown: %s", (_what, names, read, expected) => {
  expect(sampleFailures(failing(...names), read)).toEqual([expected]);
});

test("a NULL stays a NULL", () => {
  const out = sampleFailures({ columns: [{ name: "email" }], rows: [[null]] }, [[classified("email")]]);
  expect(out).toEqual([{ email: null }]);
});
