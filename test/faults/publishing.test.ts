// F18, F20: workers that die around publishing, and runs cancelled in every state, publishing too.
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type Database from "libsql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancelRun } from "../../core/execute/index.ts";
import type { TaskStatus } from "../../core/state/index.ts";
import {
  expectAllWell,
  expectFilesOfPublished,
  expectRound,
  LONG,
  notedGraph,
  withFaults,
} from "../support/fault-checks.ts";
import { redisProgram, startTestRedis, type TestRedis } from "../support/redis-server.ts";
import { withProcesses } from "../support/scheduler-processes.ts";
import { SOON_MS } from "../support/soon.ts";

const WITHIN_MS = LONG ? 1_800_000 : 240_000;
const Libsql = createRequire(import.meta.url)("libsql") as typeof Database;
let broker: TestRedis;

describe.skipIf(redisProgram === undefined)("publishing", () => {
  beforeAll(async () => {
    broker = await startTestRedis();
  });
  afterAll(() => broker?.stop());

  test(
    "F18: a worker is killed while it builds, tests, publishes and shows: what is shown is what was published, and its files are there",
    () =>
      withFaults("F18", (faults) => {
        const shape = { layers: 2, width: 2, notedEvery: 2 };
        return withProcesses(notedGraph(shape), { redisUrl: broker.url, lease: "1s" }, async (bed) => {
          await bed.deploy();
          await bed.start("scheduler");
          const start = () => bed.start("worker", ["--concurrency", LONG ? "2" : "1"]);
          let [worker, spare] = await Promise.all([start(), start()]);
          const runs: string[] = [];
          for (let i = 0; i < (LONG ? 25 : 3); i++) {
            await bed.setRound(i * 10);
            const id = await bed.begin();
            runs.push(id);
            // From the first claim to a little after the last publication.
            while ((await bed.state.listAttempts(id)).length === 0) await wait(5);
            await wait(faults.between(0, 1_500));
            worker.signal("SIGKILL");
            spare.signal("SIGKILL");
            faults.did("workers killed", 2);
            const published = (await bed.state.listPublications({ runId: id })).length;
            faults.did(
              published === 0 ? "before publishing" : published < 4 ? "between publications" : "after publishing",
            );
            await expectFilesOfPublished(bed);
            [worker, spare] = await Promise.all([start(), start()]);
            await bed.untilSucceeded(id, WITHIN_MS * 0.6);
            await expectRound(bed, shape, i * 10);
          }
          await expectAllWell(bed, runs);
        });
      }),
    WITHIN_MS,
  );

  test(
    "F20: a run is cancelled while its tasks are ready, queued, running SQL and busy in JavaScript: it ends soon and publishes nothing more",
    () =>
      withFaults("F20", (faults) =>
        withProcesses(
          {
            "projects/shop/project.yml": "name: shop\nowner: { team: Shop, email: shop@example.com }\n",
            "projects/shop/models/sql.sql":
              "{{ config(materialized='table') }} select count(*) as n from range(20000000) a, range(20000) b",
            "projects/shop/models/busy.ts": `import { defineModel } from "mesh-elt";
export default defineModel({ columns: { id: "integer" }, async *rows() { for (;;); } });
`,
          },
          { redisUrl: broker.url, lease: "3s" },
          async (bed) => {
            await bed.deploy();
            const cancelIn = async (state: TaskStatus, model: string) => {
              const id = await bed.begin([model]);
              const until = async () =>
                (await bed.state.listTasks(id)).find(({ models }) => models.includes(`shop.${model}`));
              while ((await until())?.status !== state) await wait(20);
              if (state === "running") await wait(500);
              const askedMs = performance.now();
              await cancelRun(id, "enough", { actor: "test", via: "cli" }, bed.state);
              expect((await bed.untilEnded(id, 30_000)).status, `${model} ${state}`).toBe("cancelled");
              expect(performance.now() - askedMs, `${model} ${state}`).toBeLessThan(SOON_MS);
              expect((await bed.state.listTasks(id)).filter(({ status }) => status === "running")).toEqual([]);
              faults.did(`cancelled ${state} ${model}`);
              return id;
            };
            const runs = [await cancelIn("ready", "sql")];
            await bed.start("scheduler");
            // A worker that takes nothing of the kind: the task is admitted and waits in its queue.
            const idle = await bed.start("worker", ["--class", "duckdb,ts", "--concurrency", "1"]);
            idle.signalAll("SIGSTOP");
            runs.push(await cancelIn("queued", "sql"));
            idle.signalAll("SIGCONT");
            runs.push(await cancelIn("running", "sql"), await cancelIn("running", "busy"));
            // Every slot is free again.
            const after = await bed.begin(["busy"]);
            while ((await bed.state.listTasks(after)).every(({ status }) => status !== "running")) await wait(20);
            await cancelRun(after, "enough", { actor: "test", via: "cli" }, bed.state);
            await bed.untilEnded(after, 30_000);
            await wait(1_000);
            expect((await bed.state.published()).size).toBe(0);
            await expectAllWell(bed, [...runs, after]);
          },
        ),
      ),
    WITHIN_MS,
  );

  test(
    "F20: a run is cancelled while it publishes: it published before that, or never",
    () =>
      withFaults("F20, publishing", (faults) => {
        const shape = { layers: 1, width: 1 };
        return withProcesses(notedGraph(shape), { redisUrl: broker.url, lease: "5s" }, async (bed) => {
          await bed.deploy();
          await Promise.all([bed.start("scheduler"), bed.start("worker", ["--concurrency", "1"])]);
          const runs: string[] = [];
          let shown: number | undefined;
          const sides = ["cancelled before", "published before"] as const;
          const onlyOneSide = () => sides.some((side) => faults.count(side) === 0);
          // Closes in on the publication from both sides, however busy the machine is.
          let latestMs = 200;
          for (let i = 0; i < (LONG ? 60 : 4) || (onlyOneSide() && i < 100); i++) {
            await bed.setRound(i);
            const id = await bed.begin();
            runs.push(id);
            const made = (await bed.notes()).length + 2;
            while ((await bed.notes()).length < made) await wait(5);
            // The rows are there; what is left is to test, to publish and to show them.
            await wait(faults.between(0, latestMs));
            // Every second time, whoever comes to the state store now waits for this lock.
            const lock = new Libsql(join(bed.mesh.root, "state.db"));
            lock.exec("PRAGMA busy_timeout = 5000");
            if (i % 2 === 1) lock.exec("BEGIN IMMEDIATE");
            // Refused when the run has ended by then.
            const asked = cancelRun(id, "enough", { actor: "test", via: "cli" }, bed.state).then(
              () => true,
              (error: { code?: string }) => expect(error.code).toBe("run/already-ended"),
            );
            if (i % 2 === 1) {
              await wait(150);
              lock.exec("ROLLBACK");
            }
            lock.close();
            const cancelled = (await asked) === true;
            const askedMs = performance.now();
            const { status, cancelRequestedAt } = await bed.untilEnded(id, 30_000);
            expect(performance.now() - askedMs).toBeLessThan(SOON_MS);
            const [publication] = await bed.state.listPublications({ runId: id });
            faults.did(publication ? "published before" : "cancelled before");
            if (publication && !cancelled) faults.did("ended before");
            latestMs = publication ? latestMs / 2 : latestMs * 1.5 + 10;
            if (publication) {
              shown = i;
              if (cancelRequestedAt) expect(publication.publishedAt <= cancelRequestedAt).toBe(true);
            } else expect([cancelled, status]).toEqual([true, "cancelled"]);
            if (shown !== undefined) await expectRound(bed, shape, shown);
            expect((await bed.state.listTasks(id)).filter((task) => task.status === "running")).toEqual([]);
          }
          for (const side of sides) expect(faults.count(side), side).toBeGreaterThan(0);
          await expectAllWell(bed, runs);
          if (shown !== undefined) await expectRound(bed, shape, shown);
        });
      }),
    WITHIN_MS,
  );
});
