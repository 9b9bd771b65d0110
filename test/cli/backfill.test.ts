// `mesh backfill` with windows, and `mesh backfills`, on a mesh with a SQLite store.
import { expect, test, vi } from "vitest";
import { withSqliteShop } from "../support/sqlite-shop.ts";
import { runMeshHere } from "../support/temp-mesh.ts";

vi.setConfig({ testTimeout: 240_000 });

const CONFIG = "{ strategy: incremental, unique_key: id, cursor: at, schedule: nightly }";
const RANGE = ["--from", "2024-01-01", "--to", "2024-01-04"] as const;

test("windows are read one after another, remembered, left out when they were read, read again when asked", async () => {
  await withSqliteShop(CONFIG.replace(", schedule: nightly", ""), async ({ root, sql, run, rows }) => {
    const mesh = (...args: string[]) => runMeshHere(root, args, { MESH_ACTOR: "ana" });
    sql(
      "create table orders (id integer primary key, v text, at text)",
      "insert into orders values (1,'a','2024-01-01 05:00:00'),(2,'b','2024-01-02 05:00:00'),(3,'c','2024-01-09 05:00:00')",
    );
    await run();
    sql("update orders set v = v || '!'");

    const dry = await mesh("backfill", "orders", ...RANGE, "--every", "1d", "--dry-run", "--json");
    expect(JSON.parse(dry.stdout)).toMatchObject({
      model: "shop.orders",
      every: "1d",
      windows: [1, 2, 3].map((day) => ({
        from: `2024-01-0${day} 00:00:00`,
        to: `2024-01-0${day + 1} 00:00:00`,
        verdict: "missing",
        read: true,
      })),
    });
    expect(JSON.parse((await mesh("backfills", "--json")).stdout)).toEqual([]);

    const first = await mesh(
      "backfill",
      "orders",
      "--from",
      "2024-01-01",
      "--to",
      "2024-01-02",
      "--every",
      "1d",
      "--why",
      "repaired",
    );
    expect(first).toMatchObject({ code: 0 });
    expect((await rows("select v from {{ ref('orders') }} order by id")).map(([v]) => v)).toEqual(["a!", "b", "c"]);

    const rest = await mesh("backfill", "orders", ...RANGE, "--every", "12h", "--reprocess", "missing");
    expect(rest).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("4 to read, 2 left out by --reprocess missing"),
    });
    expect((await rows("select v from {{ ref('orders') }} order by id")).map(([v]) => v)).toEqual(["a!", "b!", "c"]);
    const again = await mesh("backfill", "orders", ...RANGE, "--every", "1d", "--reprocess", "failed");
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing to read") });

    const listed = JSON.parse((await mesh("backfills", "--json")).stdout) as { id: string }[];
    expect(listed).toMatchObject([
      { model: "shop.orders", status: "success", every: "12h", progress: { done: 4 } },
      { status: "success", why: "repaired", by: "ana", progress: { done: 1 } },
    ]);
    const shown = await mesh("backfills", listed[0]?.id.slice(0, 24) ?? "");
    expect(shown.stdout).toContain("4 of 4 windows done, 0 running, 0 waiting, 0 failed, 0 cancelled");
    expect(shown.stdout).toMatch(/2024-01-02 00:00:00 +2024-01-02 12:00:00 +done +[0-9a-z]{26}/);
    expect(await mesh("backfills", "cancel", listed[0]?.id ?? "")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("backfill/is-over"),
    });
  });
});

test("left to schedulers it waits for them; cancelled, its windows can be read by another", async () => {
  await withSqliteShop(CONFIG, async ({ root, write, sql, run }) => {
    const mesh = (...args: string[]) => runMeshHere(root, args, { MESH_ACTOR: "ana" });
    await write({
      "projects/shop/project.yml":
        'name: shop\nowner: { team: Shop, email: shop@example.com }\nstores:\n  shop_db: { client: sqlite, connection: shop.sqlite }\nschedules:\n  nightly: { cron: "0 2 * * *", timezone: Europe/Madrid }\n',
    });
    sql(
      "create table orders (id integer primary key, v text, at text)",
      "insert into orders values (1,'a','2024-01-01 05:00:00')",
    );
    await run();
    const detached = await mesh(
      "backfill",
      "orders",
      ...RANGE,
      "--schedule",
      "shop.nightly",
      "--detach",
      "--max-active",
      "2",
      "--order",
      "newest",
      "--json",
    );
    const { id } = JSON.parse(detached.stdout) as { id: string };
    const windows = async () =>
      (JSON.parse((await mesh("backfills", id, "--json")).stdout) as { windows: { from: string; status: string }[] })
        .windows;
    expect(await windows()).toMatchObject([
      { from: "2024-01-03 02:00:00", to: "2024-01-04 00:00:00", status: "waiting" },
      { from: "2024-01-02 02:00:00" },
      { from: "2024-01-01 02:00:00" },
      { from: "2024-01-01 00:00:00", to: "2024-01-01 02:00:00" },
    ]);
    const open = await mesh("backfill", "orders", ...RANGE, "--every", "1d", "--reprocess", "missing", "--dry-run");
    expect(open.stdout).toMatch(/being read +left out/);
    const cancelled = await mesh("backfills", "cancel", id, "--why", "wrong days");
    expect(cancelled).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("is cancelled: 0 of 4 windows are done, no other begins."),
    });
    expect((await windows()).every(({ status }) => status === "cancelled")).toBe(true);
    expect(JSON.parse((await mesh("audit", "--json", "--subject", id)).stdout)).toMatchObject([
      { action: "backfill.cancel", detail: { why: "wrong days" } },
      { action: "backfill.ask", actor: "ana" },
    ]);
    expect(await mesh("backfill", "orders", ...RANGE, "--every", "1d", "--reprocess", "missing")).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("3 windows of shop.orders"),
    });
    for (const [args, code] of [
      [["--every", "100"], "backfill/bad-step"],
      [["--schedule", "shop.hourly"], "backfill/schedule-unusable"],
      [["--every", "1d", "--schedule", "shop.nightly"], "cli/bad-value"],
      [["--every", "1d", "--max-active", "2"], "cli/bad-value"],
      [["--every", "1d", "--reprocess", "some"], "cli/bad-value"],
      [["--every", "1d", "--timezone", "Mars/Olympus"], "cli/bad-value"],
    ] as const)
      expect((await mesh("backfill", "orders", ...RANGE, ...args)).stderr, args.join(" ")).toContain(code);
    expect((await mesh("backfill", "orders", "--from", "2024-01-01", "--every", "1d")).stderr).toContain(
      "backfill/bounds-needed",
    );
  });
});

test("a window that failed is done when its run is resumed here, afresh too, and the backfill has succeeded then", async () => {
  await withSqliteShop(CONFIG.replace(", schedule: nightly", ""), async ({ root, sql, run, rows }) => {
    const mesh = (...args: string[]) => runMeshHere(root, args, { MESH_ACTOR: "ana" });
    sql(
      "create table orders (id integer primary key, v text, at text)",
      "insert into orders values (1,'a','2024-01-01 05:00:00'),(2,'b','2024-01-02 05:00:00')",
    );
    await run();
    let mark = "";
    for (const how of [[], ["--fresh"]]) {
      mark += "!";
      sql("update orders set v = v || '!'", "alter table orders rename to hidden");
      expect(await mesh("backfill", "orders", ...RANGE, "--every", "3d")).toMatchObject({ code: 1 });
      sql("alter table hidden rename to orders");
      const shown = async () => JSON.parse((await mesh("backfills", "--json")).stdout)[0];
      const { id, ...failed } = await shown();
      expect(failed).toMatchObject({ status: "failed", progress: { failed: 1 } });
      const windows = async () => JSON.parse((await mesh("backfills", id, "--json")).stdout).windows;
      const [{ runId }] = await windows();
      expect(await mesh("resume", runId, ...how)).toMatchObject({ code: 0 });
      const values = (await rows("select v from {{ ref('orders') }} order by id")).map(([v]) => v);
      expect(values, how.join()).toEqual([`a${mark}`, `b${mark}`]);
      expect(await shown()).toMatchObject({ id, status: "success", progress: { done: 1 } });
      expect(await windows()).toMatchObject([{ status: "done", runId: expect.not.stringMatching(runId) }]);
    }
  });
});

test("a range with one end that failed is read again when its run is resumed here, afresh too", async () => {
  await withSqliteShop(CONFIG.replace(", schedule: nightly", ""), async ({ root, sql, run, rows }) => {
    const mesh = (...args: string[]) => runMeshHere(root, args, { MESH_ACTOR: "ana" });
    sql(
      "create table orders (id integer primary key, v text, at text)",
      "insert into orders values (1,'a','2024-01-01 05:00:00'),(2,'b','2024-01-02 05:00:00'),(3,'c','2024-01-03 05:00:00')",
    );
    await run();
    let mark = "";
    for (const how of [[], ["--fresh"]]) {
      mark += "!";
      sql("update orders set v = v || '!'", "alter table orders rename to hidden");
      expect(await mesh("backfill", "orders", "--to", "2024-01-03")).toMatchObject({ code: 1 });
      sql("alter table hidden rename to orders");
      const [failed] = JSON.parse((await mesh("runs", "--json")).stdout) as { id: string }[];
      expect(await mesh("resume", failed?.id ?? "", ...how)).toMatchObject({ code: 0 });
      const values = (await rows("select v from {{ ref('orders') }} order by id")).map(([v]) => v);
      expect(values, how.join()).toEqual([`a${mark}`, `b${mark}`, "c"]);
      expect(await mesh("resume", failed?.id ?? "", ...how)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("run/nothing-left"),
      });
    }
  });
});
