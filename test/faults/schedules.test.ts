// F22, F23: a backfill cancelled at half beside a schedule that goes by the clock, and bursts of publications that a schedule cannot follow.
import { writeFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunRecord } from "../../core/state/index.ts";
import { expectAllWell, LONG, withFaults } from "../support/fault-checks.ts";
import { redisProgram, startTestRedis, type TestRedis } from "../support/redis-server.ts";
import { type ProcessBed, withProcesses } from "../support/scheduler-processes.ts";
import { runMeshHere } from "../support/temp-mesh.ts";

const WITHIN_MS = LONG ? 1_800_000 : 240_000;
const BY = { actor: "ana", via: "cli" } as const;
let broker: TestRedis;

describe.skipIf(redisProgram === undefined)("schedules under load", () => {
  beforeAll(async () => {
    broker = await startTestRedis();
  });
  afterAll(() => broker?.stop());

  const DAYS = LONG ? 365 : 16;
  /** Real seconds for an hour of the schedule. */
  const HOUR_S = 2;
  /** The schedule begins so far from now that no catching up is due when its clock is put right again. */
  const START = "2040-01-01T00:00:00Z";
  const START_DELAY_MS = 30_000;

  test(
    "F22: a backfill beside an hourly schedule is cancelled at half: ticks begin in time, nothing of the backfill is left, what it published stays",
    () =>
      withFaults("F22", (faults) =>
        withProcesses(
          {
            "projects/shop/project.yml": `name: shop
owner: { team: Shop, email: shop@example.com }
stores: { shop_db: { client: sqlite, connection: shop.sqlite } }
schedules: { hourly: { cron: "0 * * * *", timezone: UTC, overlap: allow, catch_up: all } }
`,
            "projects/shop/models/snapshots.yml": `sources:
  - name: shop_db
    tables:
      - { name: orders, columns: [ { name: id, data_type: bigint }, { name: v, data_type: varchar }, { name: day, data_type: date } ] }
      - { name: customers, columns: [ { name: id, data_type: bigint } ] }
snapshots:
  - { name: orders, relation: "source('shop_db', 'orders')", config: { strategy: incremental, unique_key: id, cursor: day } }
  - { name: customers, relation: "source('shop_db', 'customers')", config: { strategy: full, schedule: hourly } }
`,
            "projects/shop/models/counted.sql":
              "{{ config(materialized='table', schedule='hourly') }} select count(*) as n from {{ ref('customers') }}",
          },
          { redisUrl: broker.url, lease: "3s", pools: { "store:shop.shop_db": 2 } },
          async (bed) => {
            const store = new Database(join(bed.mesh.root, "shop.sqlite"));
            const dayOf = (i: number) => new Date(Date.UTC(2025, 0, 1 + i)).toISOString().slice(0, 10);
            store.exec("pragma busy_timeout = 10000");
            store.exec("create table orders (id integer primary key, v text, day text)");
            store.exec("create table customers (id integer primary key)");
            for (let i = 0; i < DAYS; i++) store.exec(`insert into orders values (${i}, 'wrong', '${dayOf(i)}')`);
            store.exec("insert into customers values (1)");
            await bed.deploy();
            const first = await bed.begin(["orders"]);
            const speed = 3_600 / HOUR_S;
            await Promise.all([
              bed.start("scheduler", ["--clock", `${START}*${speed}`]),
              ...[1, 2].map(() => bed.start("worker", ["--concurrency", "1"])),
            ]);
            await bed.untilSucceeded(first);
            store.exec("update orders set v = 'right'");

            const range = ["--from", dayOf(0), "--to", dayOf(DAYS)];
            const command = ["backfill", "orders", ...range, "--every", "1d", "--detach", "--max-active", "2"];
            const asked = await runMeshHere(bed.mesh.root, command, { ...bed.env, MESH_ACTOR: "ana" });
            expect(asked.code, asked.stdout + asked.stderr).toBe(0);
            const [backfill] = await bed.state.listBackfills();
            const id = backfill?.id ?? "";
            const look = async () => (await bed.state.getBackfill(id)) as NonNullable<typeof backfill>;
            // At half, and while a window is being read.
            await until("half of the windows are done", async () => {
              const { done } = (await look()).progress;
              return done >= Math.floor(DAYS / 2) && (await tasksAtWork(bed, { backfill: id })) > 0;
            });
            const cancelledMs = performance.now();
            // What `mesh backfills cancel` writes down at once; the rest is the schedulers'.
            expect(await bed.state.cancelBackfill(id, "half is enough", BY)).toBeDefined();
            await until("the backfill is over", async () => (await look()).status !== "running");
            const endedMs = performance.now() - cancelledMs;
            const { status, progress } = await look();
            faults.did("windows cancelled", progress.cancelled);
            console.log(
              `F22: of ${DAYS} windows ${progress.done} done, ${progress.cancelled} cancelled, over ${Math.round(endedMs)} ms after it was asked`,
            );
            expect(status).toBe("cancelled");
            expect(progress).toMatchObject({ waiting: 0, running: 0, failed: 0 });
            expect(progress.cancelled).toBeGreaterThan(0);
            const published = (await bed.state.published()).get("shop.orders");

            // The schedule goes on for two more hours, and nothing of the backfill with it.
            const ticks = await ticksOf(bed);
            await until("two more ticks are done", async () => {
              const done = (await ticksOf(bed)).filter(({ status: how }) => how === "success");
              return done.length >= ticks.length + 2;
            });
            expect(await tasksAtWork(bed, { backfill: id })).toBe(0);
            const own = await bed.state.listRuns({ backfill: id, limit: 1_000 });
            expect(own.filter(({ status: how }) => how === "waiting" || how === "running")).toEqual([]);
            const windows = await bed.state.listWindows({ backfill: id });
            expect(windows.filter(({ status: how }) => how === "done").length).toBe(progress.done);
            expect((await bed.state.published()).get("shop.orders")).toEqual(published);
            await expectDays(
              bed,
              windows.map(({ from, status: how }) => [from, how === "done" ? "right" : "wrong"]),
            );

            const delays = await startDelaysOf(bed);
            await bed.state.setScheduleClock(undefined);
            const open = async () =>
              (await ticksOf(bed)).some(({ status: how }) => how === "waiting" || how === "running");
            await until("no tick has an open run", async () => !(await open()));
            expect(await busyChildren(bed), "children at work when no run goes on").toBe(0);
            faults.did("ticks beside it", delays.length);
            expect(delays.length).toBeGreaterThan(2);
            const load = ((loadavg()[0] ?? 0) / availableParallelism()).toFixed(1);
            console.log(
              `F22: ${delays.length} ticks, one each ${HOUR_S} s; from the tick to the first task: p50 ${percentile(delays, 0.5)} ms, p95 ${percentile(delays, 0.95)} ms, most ${Math.max(...delays)} ms; load ${load} a processor`,
            );
            expect(percentile(delays, 0.95)).toBeLessThan(START_DELAY_MS);
            store.close();
            const all = [first, ...own.map((run) => run.id), ...(await ticksOf(bed)).map((run) => run.id)];
            await expectAllWell(bed, all);
          },
        ),
      ),
    WITHIN_MS,
  );

  const VERSIONS = LONG ? 50 : 20;
  const BURST_MS = LONG ? 10_000 : 3_000;

  test(
    "F23: an upstream model is published again and again while its reader is busy, paused and deployed anew: the reader ends with the newest, in two runs at most",
    () =>
      withFaults("F23", (faults) =>
        withProcesses(
          { "projects/shop/project.yml": READER_PROJECT, ...FEED, ...reader("1") },
          { redisUrl: broker.url, lease: "3s" },
          async (bed) => {
            const gate = join(bed.mesh.root, "gate.txt");
            const shut = () => writeFile(gate, "shut");
            const open = () => writeFile(gate, "open");
            await open();
            await bed.deploy();
            const upstream = await openUpstream(bed);
            await Promise.all([bed.start("scheduler"), bed.start("worker", ["--concurrency", "1"])]);
            let round = 0;
            const publish = () => upstream.publish(++round);
            const burst = async (meanwhile: () => Promise<void> = async () => undefined) => {
              const doing = meanwhile();
              const startedMs = performance.now();
              for (let i = 1; i <= VERSIONS; i++) {
                await publish();
                await wait(Math.max(0, startedMs + (i * BURST_MS) / VERSIONS - performance.now()));
              }
              const tookS = ((performance.now() - startedMs) / 1_000).toFixed(1);
              await doing;
              faults.did("versions published", VERSIONS);
              return `${VERSIONS} versions in ${tookS} s`;
            };
            /** A run of the reader that waits behind the gate. */
            const busy = async () => {
              await untilRead(bed, round);
              await shut();
              const noted = (await bed.notes()).length;
              await publish();
              await until("the reader is at work", async () => (await bed.notes()).length > noted);
              return (await runsOfReader(bed)).length;
            };
            const judge = async (what: string, told: string, before: number) => {
              await untilRead(bed, round);
              const runs = (await runsOfReader(bed)).length - before;
              console.log(`F23: ${what}: ${told}; runs due to them ${runs}`);
              expect(runs, what).toBeLessThanOrEqual(2);
              expect(runs, what).toBeGreaterThan(0);
              faults.did(`bursts while ${what}`);
            };

            await publish();
            let before = await busy();
            let told = await burst();
            await open();
            await judge("busy", told, before);

            await bed.state.pause({ kind: "schedule", name: READER }, BY);
            before = (await runsOfReader(bed)).length;
            told = await burst();
            expect((await runsOfReader(bed)).length, "paused, it asks for nothing").toBe(before);
            await bed.state.unpause({ kind: "schedule", name: READER }, BY);
            await judge("paused", told, before);

            // Its schedule is taken away and comes back, with another model, while it is at work by the old one.
            before = await busy();
            told = await burst(async () => {
              await bed.mesh.write({ "projects/shop/project.yml": BARE_PROJECT, ...reader("2", false) });
              await bed.deploy();
              await bed.mesh.write({ "projects/shop/project.yml": READER_PROJECT, ...reader("2") });
              await bed.deploy();
            });
            await open();
            await judge("deployed anew", told, before);
            await upstream.close();
            const runs = (await bed.state.listRuns({ executor: "workers", limit: 1_000 })).filter(
              ({ status }) => status !== "skipped",
            );
            await expectAllWell(
              bed,
              runs.map(({ id }) => id),
            );
          },
        ),
      ),
    WITHIN_MS,
  );
});

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + WITHIN_MS / 3; !(await holds()); await wait(20))
    if (Date.now() > endMs) throw new Error(`waited in vain until ${what}`);
}

async function tasksAtWork({ state }: ProcessBed, of: { readonly backfill: string }): Promise<number> {
  const runs = await state.listRuns({ ...of, status: "running" });
  const tasks = (await Promise.all(runs.map(({ id }) => state.listTasks(id)))).flat();
  return tasks.filter(({ status }) => status === "running").length;
}

/** Child processes that are at work, as the workers tell it. */
async function busyChildren({ started }: ProcessBed): Promise<number> {
  const counts = started.map(async ({ kind, alive, lines }) => {
    const port = lines.find(({ msg }) => msg === "health and metrics are served")?.port;
    if (kind !== "worker" || !alive) return 0;
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^mesh_children\{[^}]*state="busy"[^}]*\} (\d+)/m.exec(text)?.[1] ?? Number.NaN);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** Runs of the hourly schedule, oldest first. */
const ticksOf = async ({ state }: ProcessBed): Promise<readonly RunRecord[]> =>
  [...(await state.listRuns({ schedule: "shop.hourly", limit: 10_000 }))].reverse();

/** Of each tick that has begun: real milliseconds from when the rehearsed clock showed it to the claim of its first task. */
async function startDelaysOf(bed: ProcessBed): Promise<readonly number[]> {
  const clock = await bed.state.scheduleClock();
  if (!clock) throw new Error("the clock is not rehearsed");
  const runs = (await ticksOf(bed)).filter(({ logicalAt, status }) => logicalAt && status !== "waiting");
  const delays = await Promise.all(
    runs.map(async ({ id, logicalAt = clock.rehearsedStart }) => {
      const [claimed] = await bed.state.listAttempts(id);
      const rehearsedMs = logicalAt.getTime() - clock.rehearsedStart.getTime();
      return claimed ? [claimed.startedAt.getTime() - (clock.realStart.getTime() + rehearsedMs / clock.speed)] : [];
    }),
  );
  return delays.flat().map(Math.round);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Every day shows what its window was read as. */
async function expectDays({ mesh, env }: ProcessBed, days: readonly (readonly [string, string])[]): Promise<void> {
  const opened = await mesh.open({ env: { ...process.env, ...env } });
  try {
    const inline = "select cast(day as varchar), v from {{ ref('shop', 'orders') }}";
    const { rows } = await opened.show({ inline }, 1_000);
    expect(rows.map((row) => row.map(String)).sort()).toEqual(days.map((day) => [...day]).sort());
  } finally {
    await opened.close();
  }
}

const READER = "shop.on_feed";
const BARE_PROJECT = "name: shop\nowner: { team: Shop, email: shop@example.com }\n";
const READER_PROJECT = `${BARE_PROJECT}schedules: { on_feed: { on: any_new, upstream: [shop.feed], overlap: buffer_one } }\n`;

const FEED = {
  "projects/shop/models/feed.ts": `import { readFileSync } from "node:fs";
import { defineModel } from "mesh-elt";
export default defineModel({
  columns: { v: "bigint" },
  async *rows() {
    yield { v: BigInt(readFileSync(process.env.MESH_TEST_ROUND ?? "", "utf8")) };
  },
});
`,
};

/** Reads the feed once its gate is open. */
const reader = (edition: string, scheduled = true) => ({
  "projects/shop/models/reader.ts": `import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { defineModel, ref } from "mesh-elt";
const note = (what: string) =>
  appendFileSync(process.env.MESH_TEST_NOTES ?? "", ["reader", what, process.pid, process.env.MESH_PARENT_PID, Date.now()].join(" ") + "\\n");
const gate = (process.env.MESH_TEST_NOTES ?? "").replace("notes.txt", "gate.txt");
export default defineModel({
  columns: { v: "bigint", edition: "varchar" },
  deps: { feed: ref("feed") },
  async *rows({ feed }) {
    note("begin");
    while (existsSync(gate) && readFileSync(gate, "utf8") === "shut") await new Promise((done) => setTimeout(done, 20));
    for await (const { v } of feed) yield { v, edition: "${edition}" };
    note("end");
  },
});
`,
  "projects/shop/models/reader.yml": `models: [{ name: reader, ${scheduled ? "config: { schedule: on_feed }, " : ""}description: Edition ${edition}. }]\n`,
});

/** Publishes the feed by runs of this process. */
async function openUpstream(bed: ProcessBed) {
  process.env.MESH_TEST_ROUND = bed.env.MESH_TEST_ROUND;
  const mesh = await bed.mesh.open({ env: { ...process.env, ...bed.env } });
  return {
    async publish(round: number) {
      await bed.setRound(round);
      const { status } = await mesh.run({ select: ["feed"] });
      expect(status, "publishing the feed").toBe("success");
    },
    close: () => mesh.close(),
  };
}

const runsOfReader = ({ state }: ProcessBed) => state.listRuns({ schedule: READER, limit: 1_000 });

/** Until a scheduler has decided that there is nothing new and no run goes on; the reader shows the newest then. */
async function untilRead(bed: ProcessBed, round: number): Promise<void> {
  const newestOf = async (model: string) => (await bed.state.published()).get(model);
  for (const endMs = Date.now() + WITHIN_MS / 3; ; await wait(50)) {
    const [decision] = await bed.state.listDecisions(READER);
    const going = (await runsOfReader(bed)).filter(({ status }) => status === "waiting" || status === "running");
    if (decision?.why.startsWith("Nothing new") && going.length === 0 && (await newestOf("shop.reader"))) break;
    if (Date.now() > endMs)
      throw new Error(`the reader never read everything: ${decision?.why}; ${going.length} runs go on`);
  }
  const [feed, shown] = [await newestOf("shop.feed"), await newestOf("shop.reader")];
  const [build] = (await bed.state.getBuilds([shown?.buildId ?? ""])).values();
  expect(build?.inputs["shop.feed"], "what the reader's published build was made from").toMatchObject({
    buildId: feed?.buildId,
  });
  const opened = await bed.mesh.open({ env: { ...process.env, ...bed.env } });
  const { rows } = await opened.show({ inline: "select v from {{ ref('shop', 'reader') }}" }, 2);
  await opened.close();
  expect(rows.map(String)).toEqual([String(round)]);
}
