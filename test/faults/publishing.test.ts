// F18, F19, F20, F25: workers that die around publishing, an old publisher after a new one, runs cancelled in every state, a disk that is full.
import { execFile } from "node:child_process";
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancelRun } from "../../core/execute/index.ts";
import type { TaskStatus } from "../../core/state/index.ts";
import { expectAllWell, expectRound, LONG, notedGraph, withFaults } from "../support/fault-checks.ts";
import { redisProgram, startTestRedis, type TestRedis } from "../support/redis-server.ts";
import { type ProcessBed, withProcesses } from "../support/scheduler-processes.ts";

const WITHIN_MS = LONG ? 900_000 : 240_000;
const run = promisify(execFile);
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
          const start = () => bed.start("worker", ["--concurrency", "2"]);
          let [worker, spare] = await Promise.all([start(), start()]);
          const runs: string[] = [];
          for (let i = 0; i < (LONG ? 25 : 4); i++) {
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
            expect((await bed.untilEnded(id, WITHIN_MS * 0.6)).status).toBe("success");
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
              expect(performance.now() - askedMs, `${model} ${state}`).toBeLessThan(15_000);
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

  const mounts = process.getuid?.() === 0 && process.platform === "linux";
  if (!mounts) console.log("F25 needs root to mount a small disk: skipped");
  test.skipIf(!mounts)(
    "F25: the warehouse's disk is full: the run fails with the reason, nothing is broken, and resuming does it when there is room",
    () =>
      withFaults("F25", (faults) =>
        withProcesses(
          {
            "projects/shop/project.yml": "name: shop\nowner: { team: Shop, email: shop@example.com }\n",
            "projects/shop/models/small.sql": "{{ config(materialized='table') }} select 1 as id",
            "projects/shop/models/large.sql":
              "{{ config(materialized='table') }} select hash(range) as a, hash(range + 1) as b from range(3000000), {{ ref('small') }}",
          },
          { redisUrl: broker.url, lease: "3s" },
          async (bed) => {
            const folder = join(bed.mesh.root, "wh");
            await mkdir(folder, { recursive: true });
            await run("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]);
            try {
              await bed.deploy();
              await Promise.all([bed.start("scheduler"), bed.start("worker", ["--concurrency", "1"])]);
              const first = await bed.begin();
              expect((await bed.untilEnded(first, WITHIN_MS * 0.6)).status).toBe("failed");
              const step = (await bed.state.listSteps(first)).find(({ step: id }) => id === "build:shop.large");
              console.log(`F25: ${step?.error?.code}: ${step?.error?.message}`);
              expect(step?.error?.message).toMatch(/space|disk|full/i);
              faults.did("disk full");
              expect([...(await bed.state.published()).keys()]).toEqual(["shop.small"]);
              await expectFilesOfPublished(bed);
              await run("mount", ["-o", "remount,size=400m", folder]);
              const second = await bed.resume(first);
              expect((await bed.untilEnded(second, WITHIN_MS * 0.6)).status).toBe("success");
              await expectAllWell(bed, [first, second]);
            } finally {
              for (const one of bed.started) one.signalAll("SIGKILL");
              await Promise.all(bed.started.map(({ ended }) => ended));
              await run("umount", ["-l", folder]);
            }
          },
        ),
      ),
    WITHIN_MS,
  );
});

async function expectFilesOfPublished({ state, mesh }: ProcessBed): Promise<void> {
  const shown = [...(await state.published()).values()].map(({ buildId }) => buildId);
  for (const build of (await state.getBuilds(shown)).values())
    for (const { path } of build.data?.kind === "files" ? build.data.files : [])
      await access(join(mesh.root, "wh", path));
}
