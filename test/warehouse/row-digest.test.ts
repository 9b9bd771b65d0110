// The landed arm of the checksum: the text of each type, the digest's definition by other code, and floats as Postgres gives them.
import { createHash } from "node:crypto";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalText, checksumExpression } from "../../core/warehouse/duckdb/row-digest.ts";
import { startPostgres } from "../support/database-servers.ts";

const duckdb = await (await DuckDBInstance.create(":memory:")).connect();
await duckdb.run("set TimeZone = 'UTC'");
const ask = async (sql: string) => (await (await duckdb.run(sql)).getRowsJson()) as unknown[][];

/** The definition in `docs/completeness.md`, by another program. */
function checksumOf(rows: readonly (readonly (string | null)[])[]): string {
  let sum = 0n;
  for (const row of rows) {
    const text = row.map((cell) => cell ?? "\u001e").join("\u001f");
    sum += BigInt(`0x${createHash("md5").update(text, "utf8").digest("hex").slice(0, 15)}`);
  }
  return String(sum);
}

describe("the text of a value", () => {
  it.each([
    ["BOOLEAN", "true", "true"],
    ["TINYINT", "-128", "-128"],
    ["UBIGINT", "'18446744073709551615'", "18446744073709551615"],
    ["HUGEINT", "'-170141183460469231731687303715884105727'", "-170141183460469231731687303715884105727"],
    ["DECIMAL(12,2)", "'-0.5'", "-0.50"],
    ["DECIMAL(38,0)", "'99999999999999999999999999999999999999'", "99999999999999999999999999999999999999"],
    ["VARCHAR", "'Łódź 東京 '", "Łódź 東京 "],
    ["VARCHAR", "''", ""],
    ["JSON", `'{"b": 1.10,  "a":null}'`, '{"b": 1.10,  "a":null}'],
    ["BLOB", "from_hex('00FFab')", "00ffab"],
    ["BLOB", "from_hex('')", ""],
    ["UUID", "'6BA7B810-9DAD-11D1-80B4-00C04FD430C8'", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
    ["DATE", "'0044-03-15 (BC)'", "0044-03-15 (BC)"],
    ["DATE", "'-infinity'", "-infinity"],
    ["TIME", "'12:30:00.500'", "12:30:00.5"],
    ["TIMESTAMP", "'2024-02-29 23:59:59.000001'", "2024-02-29 23:59:59.000001"],
    ["TIMESTAMP", "'infinity'", "infinity"],
    ["TIMESTAMPTZ", "'2024-02-29 23:59:59.12+02'", "2024-02-29 21:59:59.12+00"],
    ["INTEGER[]", "[1, null, 3]", "[1, NULL, 3]"],
    ["DOUBLE", "'nan'", "NaN"],
    ["FLOAT", "'nan'", "NaN"],
    ["DOUBLE", "'-inf'", "fff0000000000000"],
    ["FLOAT", "'inf'", "7f800000"],
    ["DOUBLE", "'0'", "0000000000000000"],
    ["DOUBLE", "'-0'", "8000000000000000"],
    ["DOUBLE", "'1e23'", "44b52d02c7e14af6"],
    ["FLOAT", "'1.5'", "3fc00000"],
  ])("%s %s is %s", async (type, value, text) => {
    const [row] = await ask(`select ${canonicalText("v", type)} from (select cast(${value} as ${type}) as v)`);
    expect(row).toEqual([text]);
  });
});

describe("the checksum", () => {
  it("is the sum of every row's digest, as the definition says, whatever the order", async () => {
    const cell = fc.option(fc.string({ unit: "grapheme", maxLength: 8 }), { nil: null });
    const rowsOf = fc
      .array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 30 })
      .filter((rows) => !rows.flat().some((text) => text?.includes("\u0000")));
    const columns = ["a", "b", "c"].map((name) => ({ name, type: "VARCHAR", checked: name !== "b" }));
    await fc.assert(
      fc.asyncProperty(rowsOf, async (rows) => {
        const list = rows.map(
          (row) => `(${row.map((text) => (text === null ? "null" : `'${text.replaceAll("'", "''")}'`)).join(", ")})`,
        );
        const sum = async (values: readonly string[]) =>
          (await ask(`select ${checksumExpression(columns)} from (values ${values.join(", ")}) t(a, b, c)`))[0]?.[0];
        const expected = checksumOf(rows.map(([a, , c]) => [a, c]));
        expect(await sum(list)).toBe(expected);
        expect(await sum(list.toReversed())).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("of no rows is 0, and of no columns is none", async () => {
    const columns = [{ name: "a", type: "INTEGER", checked: true }];
    expect(await ask(`select ${checksumExpression(columns)} from (select 1 as a where false)`)).toEqual([["0"]]);
    expect(checksumExpression([{ name: "a", type: "INTEGER", checked: false }])).toBeUndefined();
  });
});

describe("floats are told apart to the last bit, as Postgres tells them", () => {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let client: pg.Client;
  beforeAll(async () => {
    server = await startPostgres();
    client = new pg.Client({ connectionString: server.url });
    await client.connect();
  }, 60_000);
  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  const bits64 = new DataView(new ArrayBuffer(8));
  const double = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => {
    bits64.setBigUint64(0, bits);
    return bits64.getFloat64(0);
  });
  const float = fc.nat({ max: 2 ** 32 - 1 }).map((bits) => {
    bits64.setUint32(0, bits);
    return bits64.getFloat32(0);
  });
  const near = (exponents: readonly number[]) =>
    fc
      .tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.constantFrom(...exponents))
      .map(([mantissa, exponent]) => mantissa * 10 ** exponent);
  const whole = fc.integer({ min: -(2 ** 31), max: 2 ** 31 });
  const short = fc
    .tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: -20, max: 20 }))
    .map(([digits, exponent]) => Number(`${digits}e${exponent}`));
  const subnormal = fc.integer({ min: 1, max: 2 ** 31 }).map((n) => n * 5e-324);
  const special = fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 1e15, 1e16, 1e22, 1e23);

  it.each([
    ["float8", "DOUBLE", fc.oneof(double, near([-5, -4, 14, 15, 16]), whole, short, subnormal, special)],
    [
      "float4",
      "FLOAT",
      fc.oneof(
        float,
        near([-5, -4, 5, 6, 7, 15, 16]).map(Math.fround),
        whole.map(Math.fround),
        short.map(Math.fround),
        special.map(Math.fround),
      ),
    ],
  ] as const)("%s", { timeout: 120_000 }, async (postgresType, type, value) => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 500, maxLength: 1_000 }), async (values) => {
        // Enough digits that both read the very same number.
        const texts = values.map((v) =>
          Object.is(v, -0) ? "-0" : Number.isFinite(v) ? v.toExponential(20) : String(v),
        );
        const { rows } = await client.query<string[]>({
          text: `select case when v::${postgresType} = 'NaN' then 'NaN' else encode(${postgresType}send(v::${postgresType}), 'hex') end from unnest($1::text[]) with ordinality u(v, n) order by n`,
          values: [texts],
          rowMode: "array",
        });
        const list = texts.map((text) => `'${text}'`).join(", ");
        const ours = await ask(`select ${canonicalText("v", type)} from (select unnest([${list}])::${type} as v)`);
        expect(ours.map(([text]) => text)).toEqual(rows.map(([text]) => text));
        compared += values.length;
      }),
      { numRuns: 40 },
    );
    console.log(`${postgresType}: ${compared} values compared with Postgres`);
    expect(compared).toBeGreaterThan(10_000);
  });
});
