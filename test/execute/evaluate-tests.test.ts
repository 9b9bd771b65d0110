// Tests of a build are judged each by itself, whether they are asked together or one by one.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluateTests } from "../../core/execute/index.ts";
import type { Build, DataTest } from "../../core/manifest/index.ts";
import { createId } from "../../core/util/index.ts";
import { createDuckdbWarehouse } from "../../core/warehouse/duckdb/index.ts";
import type { Warehouse, WarehouseSession } from "../../core/warehouse/index.ts";
import { sketchManifest } from "../support/manifest.ts";

const MODEL = "sales.orders";
const manifest = sketchManifest({ [MODEL]: {} });

/** A test whose failures are the rows of `sql`, in which `{orders}` is the model. */
function dataTest(name: string, sql: string, more: Partial<DataTest> = {}): DataTest {
  const [before = "", after = ""] = sql.split("{orders}");
  const slot = { start: before.length, end: before.length + 6, model: MODEL };
  return {
    id: `sales.${name}`,
    project: "sales",
    name,
    type: "singular",
    model: MODEL,
    dependsOn: [MODEL],
    sql: { text: `${before}orders${after}`, slots: [slot], map: [], file: "t.sql" },
    severity: "error",
    warnIf: "!= 0",
    errorIf: "!= 0",
    failCalc: "count(*)",
    storeFailures: false,
    location: { file: "t.sql" },
    ...more,
  };
}

let folder: string;
let warehouse: Warehouse;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-evaluate-"));
  warehouse = createDuckdbWarehouse({ path: folder, threads: 1 });
  await warehouse.prepare("state");
});
afterAll(async () => {
  await warehouse.close();
  await rm(folder, { recursive: true, force: true });
});

/** Evaluates the tests on a build of the query, and counts the queries it takes. */
async function evaluate(query: string, tests: readonly DataTest[]) {
  const session = await warehouse.openSession({ inputs: new Map(), behindViews: new Map() });
  try {
    const fresh = { id: createId(), model: MODEL, relation: { schema: "sales", name: "orders" } };
    const build: Build = { ...fresh, data: await session.create(fresh, { kind: "select", sql: query }) };
    await session.attach(build);
    let queries = 0;
    const counting: WarehouseSession = {
      ...session,
      query(sql) {
        queries++;
        return session.query(sql);
      },
    };
    const model = manifest.models[MODEL];
    if (!model) throw new Error("the manifest has no such model");
    const records = await evaluateTests({
      tests,
      model,
      manifest,
      runId: "run",
      buildId: build.id,
      session: counting,
      reads: [build],
    });
    return { queries, records: records.map(({ test, status, failures }) => [test.slice(6), status, failures]) };
  } finally {
    await session.close();
  }
}

const positive = dataTest("positive", "select * from {orders} where id <= 0");
const small = dataTest("small", "select * from {orders} where id > 3");
const warned = dataTest("warned", "select * from {orders} where id > 4", { severity: "warn" });
const numeric = dataTest("numeric", "select * from {orders} where cast(name as int) > 0");
const missing = dataTest("missing", "select * from {orders} where no_such_column");

describe("the tests of a build", () => {
  it("are asked together when there are few rows, and those that fail for their rows", async () => {
    expect(await evaluate("select range as id, 'a' as name from range(1, 6)", [positive, small, warned])).toEqual({
      queries: 3,
      records: [
        ["positive", "pass", 0],
        ["small", "fail", 2],
        ["warned", "warn", 1],
      ],
    });
  });

  it.each([
    ["a row that it does not expect", numeric],
    ["a column that is not there", missing],
  ])("are told apart when one of them cannot run for %s", async (_why, broken) => {
    const { records } = await evaluate("select range as id, 'a' as name from range(1, 6)", [positive, broken, small]);
    expect(records).toEqual([
      ["positive", "pass", 0],
      [broken.name, "error", 0],
      ["small", "fail", 2],
    ]);
  });

  it("may count by any expression, also by one that gives no number or several", async () => {
    const tests = [
      dataTest("sum", "select * from {orders}", { failCalc: "sum(id)", errorIf: "> 20", warnIf: "> 10" }),
      dataTest("text", "select * from {orders}", { failCalc: "min(name)" }),
      dataTest("rows", "select * from {orders} order by id", { failCalc: "id" }),
      dataTest("capped", "select * from {orders}", { limit: 2 }),
    ];
    expect((await evaluate("select range as id, 'a' as name from range(1, 6)", tests)).records).toEqual([
      ["sum", "warn", 15],
      ["text", "error", 0],
      ["rows", "fail", 1],
      ["capped", "fail", 2],
    ]);
  });

  it("are asked one by one when there are many rows", async () => {
    const { queries, records } = await evaluate("select range as id from range(1, 100_002)", [positive, positive]);
    expect([queries, records.map(([, status]) => status)]).toEqual([2, ["pass", "pass"]]);
  });
});
