// Widths, tables and figures as terminals show them.
import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { displayWidth, fitWidth, printable } from "../../core/cli/output/display-width.ts";
import { formatBytes, formatRate, plural } from "../../core/cli/output/format.ts";
import { formatRecords, formatRows } from "../../core/cli/output/rows-table.ts";
import { formatTable } from "../../core/cli/output/table.ts";

const plain = pc.createColors(false);

describe("width", () => {
  it.each([
    ["abc", 3],
    ["", 0],
    ["日本", 4],
    ["café", 4],
    ["cafe\u0301", 4],
    ["👩‍👩‍👧", 2],
    ["🇪🇸", 2],
    ["\u001b[31mred\u001b[39m", 3],
  ])("%j takes %i cells", (text, cells) => expect(displayWidth(text)).toBe(cells));

  it.each([
    ["abcdef", 4, "abc…"],
    ["abcd", 4, "abcd"],
    ["日本語", 4, "日…"],
    ["", 4, ""],
  ])("%j cut to %i cells is %j", (text, cells, expected) => expect(fitWidth(text, cells)).toBe(expected));
});

describe("printable", () => {
  it("shows control characters and escape sequences instead of sending them to the terminal", () => {
    expect(printable("a\nb\u001b[2Jc\u202ed")).toBe("a\\nb\\u001b[2Jc\\u202ed");
  });
});

describe("tables", () => {
  it("aligns columns by display width, numbers to the right, and marks NULL", () => {
    const table = formatRows(
      {
        columns: [
          { name: "city", type: "VARCHAR" },
          { name: "n", type: "BIGINT" },
          { name: "note", type: "VARCHAR" },
        ],
        rows: [
          ["東京", "12345", null],
          ["Rome", "7", "two\nlines"],
        ],
      },
      plain,
    );
    expect(table).toBe(
      ["city      n  note", "────  ─────  ──────────", "東京  12345  NULL", "Rome      7  two\\nlines"].join("\n"),
    );
  });

  it("tells NULL from the text NULL by colour", () => {
    const colors = pc.createColors(true);
    const table = formatTable([{ title: "a" }], [[null], ["NULL"]], colors);
    expect(table.split("\n").slice(2)).toEqual([colors.dim("NULL"), "NULL"]);
  });

  it("shows records whose keys differ", () => {
    expect(formatRecords([{ a: 1 }, { a: 20, b: { c: 1 } }], plain)).toBe(' a  b\n──  ───────\n 1  NULL\n20  {"c":1}');
  });

  it("shows the head of a table without rows", () => {
    expect(formatTable([{ title: "id" }, { title: "n", align: "right" }], [], plain)).toBe("id  n\n──  ─");
  });
});

describe("figures", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [12_345, "12.3 kB"],
    [999_999, "1.0 MB"],
    [123_456_789, "123 MB"],
    [5.5e12, "5.5 TB"],
  ])("%i bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [100, 1000, "100 rows/s"],
    [387_123, 1000, "387k rows/s"],
    [3_000_000, 2000, "1.5M rows/s"],
    [5, 0, "0 rows/s"],
  ])("%i rows in %i ms are %s", (rows, ms, text) => expect(formatRate(rows, ms)).toBe(text));

  it("counts in words", () =>
    expect([plural(1, "row"), plural(1200, "row"), plural(2, "query", "queries")]).toEqual([
      "1 row",
      "1,200 rows",
      "2 queries",
    ]));
});
