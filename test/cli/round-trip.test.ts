// A new mesh through every command, as a person would go: real builds, one folder. Each command is once the real one, as a process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ensureBuilt } from "../support/built-cli.ts";
import { CLI, runMesh, runMeshHere } from "../support/temp-mesh.ts";

const MODELS = ["sales.customer_streaks", "sales.daily_sales", "sales.orders", "sales.stg_orders"];
// Every test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let folder = "";
const asProcess = new Set<string>();
/** A process the first time: that the command is in what was built, and ends with the code it gives. After that here, which costs less. */
const mesh = async (...args: readonly string[]) => {
  const [command = ""] = args;
  if (asProcess.has(command)) return runMeshHere(folder, args);
  asProcess.add(command);
  return runMesh(folder, args);
};
const json = async (...args: readonly string[]) => JSON.parse((await fine(...args, "--json")).stdout);

async function fine(...args: readonly string[]) {
  const result = await mesh(...args);
  expect(result.code, `mesh ${args.join(" ")}\n${result.stdout}${result.stderr}`).toBe(0);
  return result;
}

beforeAll(async () => {
  await ensureBuilt();
  folder = await mkdtemp(join(tmpdir(), "mesh-round-"));
  await fine("init");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// A person goes in this order, however the others are shuffled.
describe("a new mesh", { shuffle: false }, () => {
  it("compiles without a problem and writes its manifest", async () => {
    const { stdout, stderr } = await fine("compile");
    expect([stdout, stderr]).toEqual(["1 project, 4 models, 11 tests -> .mesh/manifest.json\n", ""]);
    const manifest = JSON.parse(await readFile(join(folder, ".mesh/manifest.json"), "utf8"));
    expect(Object.keys(manifest.models)).toEqual(MODELS);
  });

  it("lists its models in building order, as a table, as one column, and as data", async () => {
    expect((await fine("ls", "--output", "id")).stdout.trim().split("\n").sort()).toEqual(MODELS);
    expect((await fine("ls", "-s", "daily_sales")).stdout).toContain(
      "sales.daily_sales  sql   table         public  Sales\n",
    );
    expect((await json("ls", "--select", "+daily_sales")).map(({ id }: { id: string }) => id)).toEqual([
      "sales.orders",
      "sales.stg_orders",
      "sales.daily_sales",
    ]);
  });

  it.each(["ls", "plan", "run", "test"])(
    "mesh %s refuses a selection that names nothing, with what may be meant",
    async (command) => {
      const { code, stdout, stderr } = await mesh(command, "-s", "dayly_sales");
      expect([code, stdout, stderr]).toEqual([
        2,
        "",
        "error[selection/matches-nothing] `dayly_sales` in --select matches no model.\n  help: Did you mean `daily_sales`? `mesh ls` shows every model.\n",
      ]);
    },
  );

  it.each(["plan", "test"])(
    "mesh %s warns of a part of a selection that names nothing, and goes on",
    async (command) => {
      const { stdout, stderr } = await mesh(command, "-s", "stg_orders dayly_sales", "--exclude", "zzzzzzzz", "--json");
      expect(stderr.match(/^warning\[selection\/matches-nothing\] .*$/gm)).toEqual([
        "warning[selection/matches-nothing] `dayly_sales` in --select matches no model.",
        "warning[selection/matches-nothing] `zzzzzzzz` in --exclude matches no model.",
      ]);
      if (command === "plan") expect(JSON.parse(stdout).warnings).toHaveLength(2);
    },
  );

  it("prints compiled SQL", async () => {
    expect((await fine("compile", "--sql", "daily_sales")).stdout).toMatch(/from .*stg_orders/);
  });

  it("plans everything, with reasons", async () => {
    const { stdout } = await fine("plan");
    expect(stdout).toMatch(/\+ build {3}sales\.daily_sales +table +it was never published; \d tests/);
    expect(stdout).toMatch(/\d+ steps: 4 build, \d test, 4 publish, 1 prune/);
  });

  it("runs at once and says what became of each model and where it is", async () => {
    const { stdout, stderr } = await fine("run");
    for (const model of MODELS) expect(stderr).toMatch(new RegExp(`^✓ ${model} +published`, "m"));
    expect(stdout).toMatch(/run success: 4 published/);
    expect(stdout).toMatch(/sales +.*serving\/sales\.duckdb/);
  });

  it("shows rows, of a model and of a query", async () => {
    const { stdout } = await fine("show", "daily_sales", "--limit", "2");
    expect(stdout.split("\n").slice(0, 4)).toEqual([
      "day         orders  revenue",
      "──────────  ──────  ───────",
      "2024-03-01       2   200.50",
      "2024-03-02       2   110.15",
    ]);
    const shown = await json(
      "show",
      "--inline",
      "select customer, days from {{ ref('customer_streaks') }} where days = 3",
    );
    expect(shown.rows).toEqual([["ada", 3]]);
  });

  it("tests what is published", async () => {
    const { ok, tests } = await json("test");
    expect([ok, tests.length]).toEqual([true, 11]);
  });

  it("does nothing when nothing has changed", async () => {
    const { stdout } = await fine("run");
    expect(stdout).toMatch(/run success: 4 up to date/);
  });

  it("says what is wrong with a broken project, at its place, and exits 1", async () => {
    const path = join(folder, "projects/sales/models/marts/daily_sales.sql");
    const before = await readFile(path, "utf8");
    await writeFile(path, before.replace("stg_orders", "stg_ordrs"));
    const { code, stderr, stdout } = await mesh("compile");
    const data = await mesh("compile", "--json");
    await writeFile(path, before);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^sales:\n\n[\s\S]*^error\[compile\/ref-not-found\] .*stg_ordrs/m);
    expect(stderr).toMatch(
      /^ {2}projects\/sales\/models\/marts\/daily_sales\.sql:8:\d+\n.*\n.*\n.*\^\n {2}help: .*stg_orders/m,
    );
    expect(stderr).toMatch(/\n\n\d+ errors?.*\n$/);
    expect(stdout).toContain("manifest.json");
    expect(JSON.parse(data.stdout)).toMatchObject({
      ok: false,
      diagnostics: expect.arrayContaining([
        expect.objectContaining({ code: "compile/ref-not-found", project: "sales" }),
      ]),
    });
  });

  it("holds back a build that fails a test, shows its rows, and keeps what readers had", async () => {
    const path = join(folder, "projects/sales/seeds/orders.csv");
    const before = await readFile(path, "utf8");
    await writeFile(path, `${before}11,mallory,2024-03-06 09:00:00,-5.00,paid\n`);
    const run = await mesh("run");
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(
      /failed test sales\.\S+ of sales\.stg_orders: 1 failure\n {2}projects\/sales\/models\/staging\/_staging\.yml:\d+/,
    );
    expect(run.stdout).toContain("mallory");
    expect(run.stdout).toMatch(/sales\.daily_sales +skipped/);
    const shown = await json(
      "show",
      "--inline",
      "select count(*) as n from {{ ref('stg_orders') }} where customer = 'mallory'",
    );
    expect(Number(shown.rows[0][0])).toBe(0);
    await writeFile(path, before);
    await fine("run");
  });

  it("tells a run as lines of JSON, the result last", async () => {
    const { stdout } = await fine("run", "--full-refresh", "--json");
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ type: "run-started" });
    expect(lines.at(-1)).toMatchObject({ type: "result", status: "success", exitCode: 0 });
    const types = ["run-started", "step-started", "step-progress", "step-finished", "result"];
    for (const { type } of lines) expect(types).toContain(type);
  });

  it("goes back to an earlier build and forth again, by the start of an id", async () => {
    const path = join(folder, "projects/sales/models/marts/daily_sales.sql");
    await writeFile(path, (await readFile(path, "utf8")).replace("count(*) as", "count(*) + 100 as"));
    await fine("run", "-s", "daily_sales");
    const sum = async () =>
      (await json("show", "--inline", "select sum(orders) as n from {{ ref('daily_sales') }}")).rows[0][0];
    expect(await sum()).toBe("408");
    const [newest] = await json("builds", "daily_sales");
    expect(newest).toMatchObject({ published: true, status: "passed" });
    const back = await fine("rollback", "daily_sales");
    expect(back.stderr).toContain(`mesh rollback sales.daily_sales --to ${newest.id}`);
    expect(await sum()).toBe("8");
    await fine("rollback", "daily_sales", "--to", newest.id.slice(0, 22));
    expect(await sum()).toBe("408");
    expect((await mesh("rollback", "daily_sales", "--to", "zzz")).code).not.toBe(0);
  });

  it("lists runs and builds, cleans, and is in order", async () => {
    const runs = await json("runs");
    expect(runs.map(({ status }: { status: string }) => status)).toContain("failed");
    expect((await fine("runs", "--limit", "1")).stdout.trim().split("\n")).toHaveLength(3);
    expect((await fine("builds", "--limit", "2")).stdout.trim().split("\n")).toHaveLength(4);
    expect(await json("clean")).toMatchObject({ crashedRuns: 0 });
    const doctor = await json("doctor");
    expect(doctor.ok, JSON.stringify(doctor.checks)).toBe(true);
  });

  it("says so when a model does not exist", async () => {
    const { code, stderr } = await mesh("show", "daily_sale");
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/error\[.*daily_sales/s);
  });

  it("ends quietly when the reader of its output has seen enough", async () => {
    const child = spawn("sh", ["-c", `"${process.execPath}" "${CLI}" ls --output id | head -1`], { cwd: folder });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    await once(child, "close");
    expect(stderr).toBe("");
  });
});
