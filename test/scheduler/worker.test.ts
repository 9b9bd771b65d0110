// Real workers with a real scheduler and a real Redis: what a model does to its process costs only its own task, and no end of a process loses work.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { cancelRun } from "../../core/execute/index.ts";
import { effectModel, type MeshProcess, type ScheduledMesh, withScheduledMesh } from "../support/mesh-of-processes.ts";
import { processAlive } from "../support/process-alive.ts";
import { SOON_MS } from "../support/soon.ts";

// Processes start slowly on a machine that is busy.
vi.setConfig({ testTimeout: 240_000 });

const MODEL = (name: string) => `projects/shop/models/${name}.ts`;
const BUSY = (forMs: number) => `const end = Date.now() + ${forMs}; while (Date.now() < end);`;

const childrenOf = (pid: number | undefined): readonly number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => {
      try {
        const stat = readFileSync(`/proc/${child}/stat`, "utf8");
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === pid;
      } catch {
        return false;
      }
    });

/** Of models; tidying up is a task of its own. */
const attemptsOf = async (mesh: ScheduledMesh, run: string) =>
  (await mesh.state.listAttempts(run)).filter(({ task }) => !task.startsWith("prune"));

async function untilEffect(mesh: ScheduledMesh, name: string): Promise<void> {
  while (!(await mesh.effects()).includes(name)) await wait(20);
}

/** Every process below it that is mesh's own; the Redis of a development mesh ends in its own time. */
const descendantsOf = (pid: number | undefined): readonly number[] =>
  childrenOf(pid)
    .filter((child) => readFileSync(`/proc/${child}/cmdline`, "utf8").includes("node"))
    .flatMap((child) => [child, ...descendantsOf(child)]);

async function untilDead(pids: readonly number[]): Promise<number> {
  const begunMs = performance.now();
  while (pids.some(processAlive) && performance.now() - begunMs < 10_000) await wait(10);
  return performance.now() - begunMs;
}

const metric = async ({ url }: MeshProcess, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const values = text.split("\n").filter((line) => line.startsWith(name) && !line.startsWith("#"));
  return values.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
};

test("models that exit, abort, crash or eat all memory are quarantined with the cause; all others are built", async () => {
  const poison: Readonly<Record<string, readonly [body: string, cause: RegExp]>> = {
    exits: ["process.exit(3);", /exited with code 3/],
    aborts: ["process.abort();", /SIGABRT/],
    segfaults: [`process.kill(process.pid, "SIGSEGV"); await new Promise(() => undefined);`, /SIGSEGV/],
    hoards: ["const kept = []; for (;;) kept.push(new Array(100000).fill(Math.random()));", /ran out of memory/],
  };
  await withScheduledMesh(
    (root) => ({
      ...Object.fromEntries(
        Object.entries(poison).map(([name, [body]]) => [MODEL(name), effectModel(name, root, body)]),
      ),
      [MODEL("fine")]: effectModel("fine", root),
      "projects/shop/models/reads_fine.sql": "select count(*) as n from {{ ref('fine') }}\n",
      "projects/shop/models/reads_exits.sql": "select count(*) as n from {{ ref('exits') }}\n",
    }),
    async (mesh) => {
      await mesh.deploy();
      await mesh.start(["scheduler"]);
      await mesh.start(["worker", "--concurrency", "2", "--child-memory", "200MB"]);
      const run = await mesh.ask();
      const begunMs = performance.now();
      const ended = await mesh.untilEnded(run);
      // Nobody waited for a lease of ten minutes.
      expect(performance.now() - begunMs).toBeLessThan(300_000);
      expect(ended.status).toBe("failed");
      const tasks = new Map((await mesh.state.listTasks(run)).map((task) => [task.models.join(), task]));
      const attempts = await attemptsOf(mesh, run);
      const effects = await mesh.effects();
      for (const [name, [, cause]] of Object.entries(poison)) {
        expect([name, tasks.get(`shop.${name}`)?.status]).toEqual([name, "quarantined"]);
        const own = attempts.filter(({ task }) => task === tasks.get(`shop.${name}`)?.id);
        expect(own).toHaveLength(3);
        for (const { error } of own.slice(0, 2)) expect(error?.message).toMatch(cause);
        expect(effects.filter((line) => line === name)).toHaveLength(3);
      }
      expect(tasks.get("shop.fine")?.status).toBe("done");
      expect(tasks.get("shop.reads_fine")?.status).toBe("done");
      expect(tasks.get("shop.reads_exits")?.status).toBe("skipped");
      expect([...(await mesh.state.published()).keys()].sort()).toEqual(["shop.fine", "shop.reads_fine"]);
      console.log(`4 poison models killed ${attempts.length - 2} processes; each was quarantined after 3`);
    },
    "10m",
  );
});

test("a model whose JavaScript is busy for longer than its lease is built once, and its lease is kept", async () => {
  await withScheduledMesh(
    (root) => ({ [MODEL("spins")]: effectModel("spins", root, BUSY(3_000)) }),
    async (mesh) => {
      await mesh.deploy();
      await mesh.start(["scheduler"]);
      const worker = await mesh.start(["worker", "--concurrency", "1"]);
      await mesh.start(["worker", "--concurrency", "1"]);
      const run = await mesh.ask();
      expect((await mesh.untilEnded(run)).status).toBe("success");
      expect(await mesh.effects()).toEqual(["spins"]);
      expect((await attemptsOf(mesh, run)).map(({ outcome }) => outcome)).toEqual(["done"]);
      expect(await metric(worker, "mesh_leases_lost_total")).toBe(0);
    },
    "1500ms",
  );
});

test("kill -9 of a worker takes its busy child with it at once; another worker does the task again, published once", async () => {
  await withScheduledMesh(
    (root) => ({ [MODEL("spins")]: effectModel("spins", root, `if (process.env.STAYS) { ${BUSY(600_000)} }`) }),
    async (mesh) => {
      await mesh.deploy();
      await mesh.start(["scheduler"]);
      const first = await mesh.start(["worker", "--concurrency", "1"], { STAYS: "1" });
      const run = await mesh.ask();
      await untilEffect(mesh, "spins");
      const children = descendantsOf(first.process.pid);
      expect(children.length).toBeGreaterThan(0);
      first.process.kill("SIGKILL");
      const deadMs = await untilDead(children);
      await mesh.start(["worker", "--concurrency", "1"]);
      expect((await mesh.untilEnded(run)).status).toBe("success");
      console.log(`killed 1 worker at work; its ${children.length} children were gone after ${Math.round(deadMs)} ms`);
      expect(deadMs).toBeLessThan(SOON_MS);
      expect((await attemptsOf(mesh, run)).map(({ outcome }) => outcome)).toEqual(["lost", "done"]);
      expect(await mesh.state.listPublications({ limit: 10 })).toHaveLength(1);
    },
    "3s",
  );
});

test("eight heavy queries at once on a short lease lose no lease, and the worker answers all the while", async () => {
  const names = Array.from({ length: 8 }, (_, i) => `heavy_${i}`);
  await withScheduledMesh(
    () =>
      Object.fromEntries(
        names.map((name) => [
          `projects/shop/models/${name}.sql`,
          "select sum(hash(a.range, b.range) % 1000) as n from range(24000) a, range(10000) b\n",
        ]),
      ),
    async (mesh) => {
      await mesh.deploy();
      await mesh.start(["scheduler"]);
      const worker = await mesh.start(["worker", "--concurrency", "8"]);
      const run = await mesh.ask();
      let ended = false;
      const ending = mesh.untilEnded(run, 120_000).finally(() => {
        ended = true;
      });
      const answersMs: number[] = [];
      while (!ended) {
        const askedMs = performance.now();
        await (await fetch(`${worker.url}/healthz`)).text();
        answersMs.push(performance.now() - askedMs);
        await wait(20);
      }
      expect((await ending).status).toBe("success");
      answersMs.sort((a, b) => a - b);
      const p99 = answersMs[Math.floor(answersMs.length * 0.99)] ?? 0;
      console.log(`8 queries at once; ${answersMs.length} answers, p99 ${Math.round(p99)} ms`);
      expect((await attemptsOf(mesh, run)).map(({ outcome }) => outcome)).toEqual(names.map(() => "done"));
      expect(await metric(worker, "mesh_leases_lost_total")).toBe(0);
      // Printed, and held to a bound that only a blocked process breaks: other tests share the processors.
      expect(p99).toBeLessThan(SOON_MS);
    },
    "2s",
  );
});

test("workers that are replaced one after another by SIGTERM burn no attempt and do nothing twice", async () => {
  const names = Array.from({ length: 12 }, (_, i) => `slow_${i}`);
  await withScheduledMesh(
    (root) =>
      Object.fromEntries(
        names.map((name) => [
          MODEL(name),
          effectModel(name, root, "await new Promise((resolve) => setTimeout(resolve, 400));"),
        ]),
      ),
    async (mesh) => {
      await mesh.deploy();
      await mesh.start(["scheduler"]);
      const workers = [await mesh.start(["worker", "--concurrency", "1"])];
      const run = await mesh.ask();
      for (const name of [0, 3, 6]) {
        while ((await mesh.effects()).length <= name) await wait(20);
        workers.push(await mesh.start(["worker", "--concurrency", "1"]));
        const old = workers.shift();
        old?.process.kill("SIGTERM");
        expect((await old?.process.done)?.code).toBe(0);
      }
      expect((await mesh.untilEnded(run)).status).toBe("success");
      console.log(`ended 3 workers by SIGTERM during ${names.length} tasks`);
      expect([...(await mesh.effects())].sort()).toEqual([...names].sort());
      const attempts = await attemptsOf(mesh, run);
      expect(attempts.map(({ attempt, outcome }) => [attempt, outcome])).toEqual(names.map(() => [1, "done"]));
    },
  );
});

test("what does not end within the grace is given back without counting, even when its JavaScript is busy", async () => {
  await withScheduledMesh(
    (root) => ({
      [MODEL("listens")]: effectModel(
        "listens",
        root,
        `if (process.env.STAYS) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));`,
      ),
      [MODEL("deaf")]: effectModel("deaf", root, `if (process.env.STAYS) { ${BUSY(600_000)} }`),
    }),
    async (mesh) => {
      await mesh.deploy();
      await mesh.start(["scheduler"]);
      const first = await mesh.start(["worker", "--concurrency", "2", "--grace", "3s"], { STAYS: "1" });
      const run = await mesh.ask();
      await untilEffect(mesh, "listens");
      await untilEffect(mesh, "deaf");
      first.process.kill("SIGTERM");
      const begunMs = performance.now();
      expect((await first.process.done).code).toBe(0);
      expect(performance.now() - begunMs).toBeLessThan(SOON_MS);
      await mesh.start(["worker", "--concurrency", "2"]);
      expect((await mesh.untilEnded(run)).status).toBe("success");
      const attempts = await attemptsOf(mesh, run);
      expect(attempts.map(({ outcome }) => outcome).sort()).toEqual(["done", "done", "returned", "returned"]);
      expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
      expect((await mesh.state.listTasks(run)).every(({ losses }) => losses === 0)).toBe(true);
    },
    "60s",
  );
});

test("a cancelled run ends its busy JavaScript, publishes nothing, and its time limit is kept the same way", async () => {
  await withScheduledMesh(
    (root) => ({
      [MODEL("endless")]: effectModel("endless", root, BUSY(600_000)),
      [MODEL("late")]: effectModel("late", root, BUSY(600_000)).replace(
        "columns:",
        `config: { timeout: "1s" },\n  columns:`,
      ),
    }),
    async (mesh) => {
      await mesh.deploy();
      await mesh.start(["scheduler"]);
      await mesh.start(["worker", "--concurrency", "2"]);
      const run = await mesh.ask();
      await untilEffect(mesh, "endless");
      while (!(await mesh.state.listTasks(run)).some(({ status }) => status === "failed")) await wait(50);
      const late = (await mesh.state.listTasks(run)).find(({ models }) => models.includes("shop.late"));
      expect(late).toMatchObject({ status: "failed", losses: 0, error: { code: "run/timed-out" } });
      const askedMs = performance.now();
      await cancelRun(run, "enough", { actor: "test", via: "cli" }, mesh.state);
      expect((await mesh.untilEnded(run)).status).toBe("cancelled");
      const tookMs = performance.now() - askedMs;
      console.log(`cancelled 1 run of busy JavaScript; it ended after ${Math.round(tookMs)} ms`);
      // Busy JavaScript does not even hear that it is to stop: nobody waits the whole grace of ten seconds for it.
      expect(tookMs).toBeLessThan(9_000);
      expect((await mesh.state.published()).size).toBe(0);
    },
    "3s",
  );
});

test("a scheduler with workers of its own does everything; killed, it takes all of them with it", async () => {
  await withScheduledMesh(
    (root) => ({ [MODEL("fine")]: effectModel("fine", root) }),
    async (mesh) => {
      await mesh.deploy();
      const scheduler = await mesh.start(["scheduler", "--with-workers", "2"]);
      const run = await mesh.ask();
      expect((await mesh.untilEnded(run)).status).toBe("success");
      const ready = await fetch(`${scheduler.url}/readyz`);
      expect([ready.status, await ready.json()]).toEqual([
        200,
        { status: "ready", checks: { state: "ok", redis: "ok", duties: "ok" } },
      ]);
      const all = descendantsOf(scheduler.process.pid);
      expect(all.length).toBeGreaterThanOrEqual(4);
      scheduler.process.kill("SIGKILL");
      const deadMs = await untilDead(all);
      console.log(`killed 1 scheduler; its ${all.length} descendants were gone after ${Math.round(deadMs)} ms`);
      expect(deadMs).toBeLessThan(SOON_MS);
    },
  );
});

test("a scheduler with workers drains by SIGTERM: work ends, every process is gone, the exit code is 0", async () => {
  await withScheduledMesh(
    (root) => ({
      [MODEL("slow")]: effectModel("slow", root, "await new Promise((resolve) => setTimeout(resolve, 3000));"),
    }),
    async (mesh) => {
      await mesh.deploy();
      const scheduler = await mesh.start(["scheduler", "--with-workers", "1"]);
      const run = await mesh.ask();
      await untilEffect(mesh, "slow");
      const all = descendantsOf(scheduler.process.pid);
      scheduler.process.kill("SIGTERM");
      // While its task goes on, nobody counts on it for another.
      const worker = async () => (await mesh.state.listWorkers(60_000)).find(({ kind }) => kind === "worker");
      while ((await worker())?.concurrency) await wait(20);
      expect(await worker()).toMatchObject({ classes: [], concurrency: 0 });
      expect((await scheduler.process.done).code).toBe(0);
      const ends = scheduler.lines.flatMap(({ clean }) => (clean === undefined ? [] : [clean]));
      expect(ends).toEqual([true, true]);
      expect(await untilDead(all)).toBeLessThan(SOON_MS);
      expect((await attemptsOf(mesh, run)).map(({ outcome }) => outcome)).toEqual(["done"]);
      expect([...(await mesh.state.published()).keys()]).toEqual(["shop.slow"]);
      expect(await mesh.state.listWorkers(60_000)).toEqual([]);
    },
  );
});

test("no line of a log holds a secret: of a store, or of what a model prints", async () => {
  await withScheduledMesh(
    (root) => ({
      "projects/shop/project.yml":
        "name: shop\nowner: { team: shop, email: shop@example.com }\nstores:\n  shop_db: { client: pg, connection: '${SHOP_DB_URL}' }\n",
      "projects/shop/models/_snapshots.yml":
        "version: 2\nsources:\n  - name: shop_db\n    tables:\n      - name: orders\n        columns: [ { name: id, data_type: bigint } ]\nsnapshots:\n  - name: orders\n    relation: source('shop_db', 'orders')\n    config: { strategy: full, unique_key: id, attempts: 1 }\n",
      [MODEL("prints")]: effectModel("prints", root, "console.log('it is', process.env.SHOP_DB_URL);"),
    }),
    async (mesh) => {
      const SHOP_DB_URL = "postgres://reader:open-sesame-7@127.0.0.1:1/shop";
      await mesh.deploy();
      await mesh.start(["scheduler"], { SHOP_DB_URL });
      const worker = await mesh.start(["worker", "--concurrency", "1"], { SHOP_DB_URL });
      const run = await mesh.ask();
      expect((await mesh.untilEnded(run)).status).toBe("failed");
      worker.process.kill("SIGTERM");
      const { stdout, stderr } = await worker.process.done;
      expect(stdout).toContain("it is");
      for (const text of [stdout, stderr, JSON.stringify(await mesh.state.listAttempts(run))])
        expect(text).not.toContain("open-sesame-7");
    },
  );
});
