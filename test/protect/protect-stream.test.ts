// Rows through the edge, cut at any byte: protected cells are replaced, all others pass, and card numbers in free text stop the rest.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { protectStream } from "../../core/protect/protect-stream.ts";
import { scanStream } from "../../core/protect/scan-stream.ts";
import { csvCell } from "../../core/util/index.ts";

type Cell = string | null;

const LOCATION = { file: "sources.yml", line: 7, column: 3 };

async function* cut(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [...new Set(cuts.map((at) => at % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    yield bytes.subarray(from, to);
    from = to;
  }
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

const csv = (rows: readonly (readonly Cell[])[]) =>
  Buffer.from(rows.map((row) => `${row.map(csvCell).join(",")}\n`).join(""));

const cell = fc.oneof(
  fc.constant(null),
  fc.constantFrom("", '"', '""', ",", "\n", 'a,b\n"c"', "é€😀", "\\.", "4111111111111111", "\r\n", "x".repeat(300)),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const table = fc
  .integer({ min: 1, max: 5 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 8 }));
const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe("protection", () => {
  test("of any rows cut anywhere gives the rows of a plain replacement", async () => {
    const show = (value: string) => `<${value.length},${value}>`;
    await fc.assert(
      fc.asyncProperty(table, fc.nat({ max: 31 }), cuts, async (rows, mask, at) => {
        const columns = (rows[0] ?? []).map((_, i) => ({
          name: `c${i}`,
          location: LOCATION,
          ...((mask >> i) & 1 && { protect: (value: string) => Buffer.from(show(value)).toString("base64") }),
        }));
        const expected = csv(
          rows.map((row) =>
            row.map((value, i) => (value && (mask >> i) & 1 ? Buffer.from(show(value)).toString("base64") : value)),
          ),
        ).toString();
        expect(await textOf(protectStream("s", columns)(cut(csv(rows), at)))).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  test("of no column hands out the very stream it was given", () => {
    const stream = cut(Buffer.from("a\n"), []);
    expect(protectStream("s", [{ name: "a", location: LOCATION }])(stream)).toBe(stream);
  });

  test("of a cell beyond 64 KiB is refused without its value, however it is cut, and holds no more than that", async () => {
    const columns = [{ name: "card", location: LOCATION, protect: () => "x" }];
    for (const value of ["7".repeat(65_537), `"${"7\n".repeat(40_000)}"`]) {
      const failure = await textOf(
        protectStream("shop.db.orders", columns)(cut(Buffer.from(`${value}\n`), [1, 9, 9_000])),
      ).catch((error) => error);
      expect(failure.code).toBe("protect/cell-too-long");
      expect(JSON.stringify([failure.message, failure.help, failure.location, failure.stack])).not.toContain("777");
    }
    expect(await textOf(protectStream("s", columns)(cut(Buffer.from(`${"7".repeat(65_536)}\n`), [])))).toBe("x\n");
  });

  test("reads a last row without a line end", async () => {
    const columns = [
      { name: "a", location: LOCATION },
      { name: "b", location: LOCATION, protect: (text: string) => text.toUpperCase() },
    ];
    expect(await textOf(protectStream("s", columns)(cut(Buffer.from("a,b\nc,d"), [5, 6])))).toBe("a,B\nc,D");
  });
});

describe("the search", () => {
  const scan = (scanned: readonly boolean[]) =>
    scanStream(
      { id: "shop.db.orders", location: LOCATION },
      scanned.map((is, i) => ({ name: `c${i}`, scanned: is })),
    );

  test("of rows without card numbers passes every byte, wherever they are cut", async () => {
    const harmless = fc.oneof(
      cell.filter((text) => text !== "4111111111111111"),
      fc.stringMatching(/^[0-9 -]{0,12}$/),
    );
    const rows = fc
      .integer({ min: 1, max: 4 })
      .chain((width) => fc.array(fc.array(harmless, { minLength: width, maxLength: width }), { maxLength: 30 }));
    await fc.assert(
      fc.asyncProperty(rows, cuts, async (list, at) => {
        const bytes = csv(list);
        expect(await textOf(scan([true, true, true, true])(cut(bytes, at)))).toBe(bytes.toString());
      }),
      { numRuns: 1_000 },
    );
  });

  test("tells the columns and counts the rows of each, wherever they are cut, and lets nothing of a number pass", async () => {
    const card = fc.constantFrom(
      "4111111111111111",
      "pay 4111-1111-1111-1111 now",
      '{"pan": "4111 1111 1111 1111"}',
      "x\n4111111111111111,",
    );
    const rows = fc.array(
      fc.array(
        fc.oneof(
          { weight: 4, arbitrary: cell.filter((text) => text !== "4111111111111111") },
          { weight: 1, arbitrary: card },
        ),
        { minLength: 3, maxLength: 3 },
      ),
      { minLength: 1, maxLength: 30 },
    );
    const seen = { failures: 0 };
    await fc.assert(
      fc.asyncProperty(rows, cuts, async (list, at) => {
        const hits = [0, 2].map((column) => list.filter((row) => /4111/.test(row[column] ?? "")).length);
        const passed: Buffer[] = [];
        const failure = await (async () => {
          for await (const chunk of scan([true, false, true])(cut(csv(list), at))) passed.push(Buffer.from(chunk));
        })().catch((error) => error);
        if (hits[0] === 0 && hits[1] === 0) {
          expect(failure).toBeUndefined();
          return;
        }
        seen.failures++;
        expect(failure.code).toBe("protect/card-number-found");
        const told = [...failure.message.matchAll(/c(\d) \((\d+) rows?\)/g)].map(([, column, count]) => [
          Number(column),
          Number(count),
        ]);
        expect(told.sort()).toEqual([0, 2].map((column, i) => [column, hits[i]]).filter(([, count]) => count !== 0));
        const passedBytes = Buffer.concat(passed);
        const before = passedBytes.toString("latin1");
        const firstRow = list.findIndex((row) => [0, 2].some((column) => /4111/.test(row[column] ?? "")));
        expect(csv(list.slice(0, firstRow + 1)).subarray(0, passedBytes.length)).toEqual(passedBytes);
        const clean = list.slice(0, firstRow).every((row) => !/4111/.test(row[1] ?? ""));
        if (clean && !/4111/.test(list[firstRow]?.[1] ?? "")) expect(before).not.toMatch(/4111/);
        expect(`${failure.message} ${failure.help} ${failure.stack}`).not.toMatch(/4111/);
      }),
      { numRuns: 1_000 },
    );
    expect(seen.failures).toBeGreaterThan(250);
  });

  test("says that it counted a part when others were searched too", async () => {
    const edge = scan([true]);
    const rows = Buffer.from("4111111111111111\n");
    await textOf(edge(cut(Buffer.from("a\n"), [])));
    await expect(textOf(edge(cut(rows, [])))).rejects.toThrow("c0 (at least 1 row)");
  });
});
