// What is refused, what it says, and what is left behind: nothing.
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MeshError } from "../../core/errors/index.ts";
import { readFooter, writeRows } from "../../core/rows/index.ts";

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-rows-"));
  path = join(folder, "out.parquet");
});
afterAll(() => rm(folder, { recursive: true }));

async function* each(items: readonly unknown[]): AsyncGenerator<never> {
  yield* items as never[];
}

async function refusal(columns: Readonly<Record<string, string>>, ...rows: readonly unknown[]): Promise<MeshError> {
  const list = Object.entries(columns).map(([name, type]) => ({ name, type }));
  const error = await writeRows({ path, columns: list, rows: each(rows) }).then(
    () => new Error("written although it should not"),
    (thrown: unknown) => thrown,
  );
  expect(existsSync(path)).toBe(false);
  if (!(error instanceof MeshError)) throw error;
  return error;
}

class Money {
  readonly cents = 5;
}

describe("a value its column cannot hold", () => {
  test.each<[string, unknown, RegExp]>([
    ["bigint", "12", /given a string, expected a whole number/],
    ["bigint", 2 ** 53, /given a number beyond 2\^53, expected .* as a BigInt/],
    ["bigint", 1n << 63n, /given a bigint outside that range/],
    ["bigint", 1.5, /given a number with a fraction/],
    ["bigint", Number.NaN, /given NaN/],
    ["bigint", true, /given a boolean/],
    ["integer", 2 ** 31, /given a number outside that range/],
    ["ubigint", -1, /from 0 to 18446744073709551615/],
    ["decimal(5,2)", 1000, /4 digits before it/],
    ["decimal(5,2)", "1.234", /3 digits after the point/],
    ["decimal(5,2)", 0.1 + 0.2, /digits after the point/],
    ["decimal(5,2)", "1e2", /a string of another form/],
    ["decimal(38,0)", 1e22, /given a number beyond it/],
    ["decimal(5,2)", Number.POSITIVE_INFINITY, /given an infinite number/],
    ["boolean", "f", /given a string, expected true or false/],
    ["boolean", 0, /given a number/],
    ["double", "1.5", /given a string, expected a number/],
    ["double", 1n, /given a bigint/],
    ["float", 1e39, /beyond it, expected a number within the range/],
    ["varchar", 5, /given a number, expected a string/],
    ["varchar", new Date(0), /given a Date/],
    ["varchar", "\ud800", /half a surrogate pair/],
    ["date", "2024-02-30", /a string of another form/],
    ["date", "31/05/2024", /a string of another form/],
    ["date", new Date("2024-05-31T12:00:00Z"), /a Date with a time of day/],
    ["date", new Date(Number.NaN), /an invalid Date/],
    ["date", 19_000, /given a number/],
    ["time", "24:00:00", /a string of another form/],
    ["timestamp", "2024-05-31T10:00:00Z", /a string with an offset/],
    ["timestamptz", "2024-05-31T10:00:00", /a string without an offset/],
    ["timestamp", "2024-05-31T10:00:00.1234567", /a string of another form/],
    ["timestamp", 1_700_000_000_000, /given a number/],
    ["timestamp", new Date(8.64e15), /expected an instant in the years 1 to 9999/],
    ["uuid", "not-one", /in the form of a UUID/],
    ["blob", "bytes", /expected a Uint8Array/],
    ["json", { a: undefined }, /given undefined in it/],
    ["json", { a: [Number.NaN] }, /given NaN in it/],
    ["json", { at: new Date(0) }, /given a Date in it/],
    ["json", new Money(), /given a Money in it/],
    ["json", [1n], /given a bigint in it/],
    ["integer[]", 5, /expected an array/],
    ["integer[]", [1, "x"], /given at \[1\] a string/],
    ["integer[]", [1, undefined], /given at \[1\] undefined/],
    ["struct(a int)", { a: 1, b: 2 }, /one with other keys/],
    ["struct(a int)", { a: "x" }, /given at \.a a string/],
  ])("%s given %o", async (type, value, says) => {
    const error = await refusal({ id: "integer", v: type }, { id: 1, v: null }, { id: 2, v: value });
    expect(error.code).toBe("rows/wrong-value");
    expect(error.message).toMatch(says);
    expect(error.message).toContain("Row 2: the column `v`");
  });

  test("is never in the message", async () => {
    for (const value of ["secret-4111", 41111111111111111111n, { card: "secret-4111" }]) {
      const { message, help } = await refusal({ v: "integer" }, { v: value });
      expect(message + help).not.toMatch(/4111/);
    }
  });

  test("an object that contains itself is refused", async () => {
    const loop: Record<string, unknown> = {};
    loop.loop = loop;
    expect((await refusal({ v: "json" }, { v: loop })).message).toMatch(/contains itself/);
  });
});

describe("a row of another shape", () => {
  test.each<[string, unknown, RegExp]>([
    ["lacks a column", { id: 1 }, /^rows\/missing-key Row 1 has no `amount`/],
    ["has undefined where null is meant", { id: 1, amount: undefined }, /^rows\/missing-key/],
    ["misspells a column", { id: 1, amuont: 2 }, /has no `amount`\. It has `amuont`/],
    ["has a key too many", { id: 1, amount: 2, amounts: 3 }, /^rows\/unknown-key .*`amounts`.*Did you mean `amount`/],
    ["is a number", 5, /^rows\/not-a-row Row 1 is a number/],
    ["is null", null, /^rows\/not-a-row Row 1 is null/],
  ])("%s", async (_what, row, says) => {
    const error = await refusal({ id: "integer", amount: "integer" }, row);
    expect(`${error.code} ${error.message} ${error.help}`).toMatch(says);
  });

  test("rows are counted across arrays", async () => {
    const error = await refusal({ id: "integer" }, [{ id: 1 }, { id: 2 }], [{ id: 3 }, { id: "x" }]);
    expect(error.message).toContain("Row 4");
  });
});

test.each<[Readonly<Record<string, string>>, string]>([
  [{}, "rows/no-columns"],
  [{ a: "interval" }, "rows/unsupported-type"],
  [{ a: "map(varchar, int)" }, "rows/unsupported-type"],
  [{ a: "decimal(39,2)" }, "rows/unsupported-type"],
  [{ a: "blob[]" }, "rows/unsupported-type"],
  [{ a: "integer[3]" }, "rows/unsupported-type"],
  [{ a: "integer", A: "integer" }, "rows/bad-column"],
])("columns %j are refused before any row is pulled", async (columns, code) => {
  expect((await refusal(columns)).code).toBe(code);
});

test("an error of the rows passes through and leaves no file", async () => {
  async function* rows() {
    yield { id: 1 };
    throw new RangeError("the API said no");
  }
  await expect(writeRows({ path, columns: [{ name: "id", type: "integer" }], rows: rows() })).rejects.toThrow(
    "the API said no",
  );
  expect(existsSync(path)).toBe(false);
});

test("an abort stops a producer that waits for ever, with the signal's reason", async () => {
  const controller = new AbortController();
  async function* rows() {
    yield { id: 1 };
    controller.abort(new Error("stop"));
    await new Promise(() => undefined);
  }
  const writing = writeRows({
    path,
    columns: [{ name: "id", type: "integer" }],
    rows: rows(),
    signal: controller.signal,
  });
  await expect(writing).rejects.toThrow("stop");
  expect(existsSync(path)).toBe(false);
});

test("the producer is told to stop after a refusal", async () => {
  let closed = false;
  async function* rows() {
    try {
      while (true) yield { id: "x" };
    } finally {
      closed = true;
    }
  }
  const signal = new AbortController().signal;
  await expect(writeRows({ path, columns: [{ name: "id", type: "integer" }], rows: rows(), signal })).rejects.toThrow(
    MeshError,
  );
  expect(closed).toBe(true);
});

test("a file that exists is left as it is", async () => {
  await writeFile(path, "kept");
  const writing = writeRows({ path, columns: [{ name: "id", type: "integer" }], rows: each([]) });
  await expect(writing).rejects.toMatchObject({ code: "rows/cannot-write" });
  expect(existsSync(path)).toBe(true);
  await rm(path);
});

test("a full disk is said, not thrown as a system error", async () => {
  // Writes to /dev/full fail with ENOSPC; `wx` refuses existing files, so a name that leads there is needed.
  const { createFileSink } = await import("../../core/rows/file-sink.ts");
  const { open } = await import("node:fs/promises");
  const handle = await open("/dev/full", "w");
  const sink = createFileSink(handle);
  await new Promise<void>((resolve) => sink.write(Buffer.from("x"), resolve));
  expect(() => sink.check()).toThrow(/ENOSPC/);
  await handle.close();
});

test.each([
  ["not parquet", "hello, this is text"],
  ["empty", ""],
])("a footer of a file that is %s is an error that names it", async (_what, content) => {
  const file = join(folder, "bad.parquet");
  await writeFile(file, content);
  await expect(readFooter(file)).rejects.toMatchObject({ code: "rows/bad-footer" });
  await expect(readFooter(join(folder, "absent"))).rejects.toMatchObject({ code: "rows/bad-footer" });
});
