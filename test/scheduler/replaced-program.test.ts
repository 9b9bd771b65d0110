// An upgrade in place, under schedulers and workers at work: they give back what they cannot do any more and end by themselves, and those that
// are started then do the rest. Nothing fails, nothing is lost, nothing is made twice.
import { cp, mkdtemp, rename, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt } from "../support/built-cli.ts";
import { notedModel } from "../support/fault-checks.ts";
import { redisProgram, startTestRedis, type TestRedis } from "../support/redis-server.ts";
import { withProcesses } from "../support/scheduler-processes.ts";

const ROOT = join(import.meta.dirname, "../..");
let redis: TestRedis;
let installed: string;

describe.skipIf(redisProgram === undefined)("mesh that is replaced where it runs", () => {
  beforeAll(async () => {
    await ensureBuilt();
    redis = await startTestRedis();
    installed = await mkdtemp(join(tmpdir(), "mesh-installed-"));
    await cp(join(ROOT, "dist/bin"), join(installed, "dist/bin"), { recursive: true });
    await cp(join(ROOT, "package.json"), join(installed, "package.json"));
    await symlink(join(ROOT, "node_modules"), join(installed, "node_modules"));
  });
  afterAll(async () => {
    await redis?.stop();
    if (installed) await rm(installed, { recursive: true, force: true });
  });

  test.each([
    ["while tasks are at work", 1],
    ["before the first task, of which the child processes have loaded nothing yet", 0],
  ])(
    "its schedulers and workers say so and end, %s; what cannot go on is given back, and the next processes do it",
    (_, begunNotes) => {
      const models = ["a", "b", "c", "d"];
      const files = Object.fromEntries(models.map((name) => [`projects/shop/models/${name}.ts`, notedModel(500)]));
      const cli = join(installed, "dist/bin/mesh.cjs");
      return withProcesses(files, { redisUrl: redis.url, cli }, async (bed) => {
        await bed.setRound(1);
        await bed.deploy();
        const start = () => Promise.all([bed.start("scheduler"), bed.start("worker", ["--concurrency", "2"])]);
        const before = await start();
        const run = await bed.begin();
        const notes = async () => (await bed.notes()).length;
        await expect.poll(notes, { timeout: 60_000 }).toBeGreaterThanOrEqual(begunNotes);
        await rename(join(installed, "dist/bin"), join(installed, "dist/removed"));

        expect(await Promise.all(before.map(({ ended }) => ended))).toEqual(["1", "1"]);
        for (const { lines, kind } of before) {
          const said = lines.filter(({ msg }) => msg === "mesh was replaced");
          expect(said, kind).toMatchObject([{ level: "error", error: { code: "process/replaced" } }]);
          expect(lines.at(-1)).toMatchObject({ msg: `the ${kind} has ended`, clean: true });
        }
        const returned = before.flatMap(({ lines }) => lines.filter(({ kind }) => kind === "returned")).length;
        console.log(`given back: ${returned}`);

        await rename(join(installed, "dist/removed"), join(installed, "dist/bin"));
        await start();
        expect(await bed.untilEnded(run)).toMatchObject({ status: "success" });
        const tasks = await bed.state.listTasks(run);
        expect(tasks.map(({ losses, attempt }) => [losses, attempt])).toEqual(tasks.map(() => [0, 0]));
        const made = (await bed.notes()).filter(({ what }) => what === "end").map(({ model }) => model);
        expect(new Set(made)).toEqual(new Set(models));
      });
    },
    240_000,
  );
});
