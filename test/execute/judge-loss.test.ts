// The verdict of loss accounting, case by case.
import { describe, expect, it } from "vitest";
import { judgeLoss } from "../../core/execute/extract/judge-loss.ts";

const NONE = { rows: 0, share: 0 };
const store = { rows: 1_000, values: [1_000, 400], checksum: "7" };
const landed = { rows: 1_000, values: [1_000, 400], checksum: "7" };
const judge = (lossBudget: typeof NONE, now: Partial<typeof landed>, counted: Partial<typeof store> = {}) =>
  judgeLoss({ id: "shop.db.orders", lossBudget }, ["id", "note"], { ...store, ...counted }, { ...landed, ...now });

describe("a loss", () => {
  it.each([
    ["nothing differs", NONE, {}],
    [
      "as many rows are missing as the budget's number",
      { rows: 3, share: 0 },
      { rows: 997, values: [997, 398], checksum: "5" },
    ],
    ["as many as the budget's share", { rows: 0, share: 0.003 }, { rows: 997, values: [997, 397], checksum: "5" }],
  ])("is none when %s", (_, budget, now) => {
    expect(judge(budget, now)).toBeUndefined();
  });

  it("is none in an empty table, nor without a checksum to compare", () => {
    expect(
      judge(NONE, { rows: 0, values: [0, 0], checksum: "0" }, { rows: 0, values: [0, 0], checksum: "0" }),
    ).toBeUndefined();
    const counts = { rows: 1_000, values: [1_000, 400] };
    expect(judgeLoss({ id: "s", lossBudget: NONE }, ["id", "note"], counts, counts)).toBeUndefined();
  });

  it.each([
    ["a row", NONE, { rows: 999, values: [999, 400] }, "extract/rows-lost", "1 of 1000 rows are missing (0.1%)."],
    [
      "more rows than the budget",
      { rows: 3, share: 0.001 },
      { rows: 996, values: [996, 400] },
      "extract/rows-lost",
      "4 of 1000 rows are missing (0.4%); its loss budget allows 3.",
    ],
    [
      "less than no row",
      { rows: 100, share: 1 },
      { rows: 1_002 },
      "extract/rows-surplus",
      "1002 rows landed of 1000 in the store: 2 too many.",
    ],
    [
      "values of rows that are there",
      NONE,
      { values: [1_000, 398] },
      "extract/values-lost",
      "of its 1000 rows, `note` lost 2 of 400 values (0.5%).",
    ],
    [
      "fewer values than there are now",
      { rows: 9, share: 0 },
      { rows: 999, values: [999, 401] },
      "extract/values-lost",
      "of its 1000 rows, `note` has 1 value more than the store's 400.",
    ],
    [
      "more values than missing rows can have had",
      { rows: 9, share: 0 },
      { rows: 998, values: [990, 398] },
      "extract/values-lost",
      "of its 1000 rows, `id` lost 10 of 1000 values (1%).",
    ],
    [
      "a value that is another, whatever the budget",
      { rows: 1_000, share: 1 },
      { checksum: "8" },
      "extract/contents-differ",
      "all 1000 rows landed and every column has as many values as in the store, but their checksums differ.",
    ],
  ])("of %s is told", (_, budget, now, code, message) => {
    expect(judge(budget, now)).toMatchObject({ code, message: `shop.db.orders: ${message}` });
  });

  it("of the checksum itself is told: the store made one and the landing none", () => {
    const { checksum: _, ...without } = landed;
    expect(judgeLoss({ id: "s", lossBudget: NONE }, ["id", "note"], store, without)?.code).toBe(
      "extract/contents-differ",
    );
  });
});
