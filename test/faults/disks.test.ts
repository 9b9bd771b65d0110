// F25: the disk is full: the warehouse's, the state store's, and that of the logs.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, open, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import type Database from "libsql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
import { CLI } from "../support/temp-mesh.ts";

const Libsql = createRequire(import.meta.url)("libsql") as typeof Database;
const WITHIN_MS = LONG ? 900_000 : 240_000;
const run = promisify(execFile);
const MOUNTS = process.getuid?.() === 0 && process.platform === "linux";
if (!MOUNTS) console.log("F25 needs root to mount a small disk: skipped");
let broker: TestRedis;

describe.skipIf(redisProgram === undefined || !MOUNTS)("a full disk", () => {
  beforeAll(async () => {
    broker = await startTestRedis();
  });
  afterAll(() => broker?.stop());

  test(
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
              await bed.untilSucceeded(second, WITHIN_MS * 0.6);
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

  test(
    "F25: the state store's disk is full in the middle of a run: no process ends, no file is broken, and all goes on when there is room",
    () =>
      withFaults("F25, SQLite", async (faults) => {
        const shape = { layers: 3, width: 2, ms: 100 };
        const mounted: string[] = [];
        const options = {
          redisUrl: broker.url,
          lease: "2s",
          statePath: "small/state.db",
          async prepare(root: string) {
            const folder = join(root, "small");
            await mkdir(folder);
            await run("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", folder]);
            mounted.push(folder);
          },
        };
        await withProcesses(notedGraph(shape), options, async (bed) => {
          const folder = join(bed.mesh.root, "small");
          try {
            await bed.setRound(4);
            await bed.deploy();
            const processes = await Promise.all([bed.start("scheduler"), bed.start("worker", ["--concurrency", "1"])]);
            const id = await bed.begin();
            for (let i = 0; i < (LONG ? 3 : 1); i++) {
              while ((await bed.notes()).length <= i * 2) await wait(10);
              const filler = join(folder, "filler");
              await fill(filler);
              faults.did("disk full");
              // Past the lease: it cannot be renewed.
              await wait(3_000);
              await rm(filler);
            }
            const failures = processes.flatMap(({ lines }) =>
              lines.filter(({ level }) => level === "error" || level === "warn"),
            );
            faults.did("failures told", failures.length);
            expect(failures.length).toBeLessThan(100);
            expect(JSON.stringify(failures)).toContain("state/disk-full");
            expect(JSON.stringify(failures)).not.toMatch(/\\n +at /);
            await bed.untilSucceeded(id, WITHIN_MS * 0.6);
            expect(processes.map(({ alive }) => alive)).toEqual([true, true]);
            await expectRound(bed, shape, 4);
            await expectAllWell(bed, [id]);
            const file = new Libsql(join(folder, "state.db"));
            expect(file.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
            file.close();
          } finally {
            for (const one of bed.started) one.signalAll("SIGKILL");
            await Promise.all(bed.started.map(({ ended }) => ended));
            for (const path of mounted) await run("umount", ["-l", path]);
          }
        });
      }),
    WITHIN_MS,
  );

  test(
    "F25: the disk of the logs is full: work goes on, and lines are written again when there is room",
    () =>
      withFaults("F25, logs", (faults) => {
        const shape = { layers: 2, width: 2 };
        return withProcesses(notedGraph(shape), { redisUrl: broker.url, lease: "3s" }, async (bed) => {
          const folder = join(bed.mesh.root, "logs");
          await mkdir(folder);
          await run("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]);
          const start = async (kind: string, ...args: readonly string[]) => {
            const log = await open(join(folder, `${kind}.log`), "a");
            const child = spawn(process.execPath, [CLI, kind, "--log-level", "debug", "--grace", "5s", ...args], {
              cwd: bed.mesh.root,
              env: { ...process.env, ...bed.env },
              stdio: ["ignore", log.fd, log.fd],
            });
            await log.close();
            return child;
          };
          const logOf = (kind: string) => readFile(join(folder, `${kind}.log`), "utf8");
          let children: readonly Awaited<ReturnType<typeof start>>[] = [];
          try {
            await bed.deploy();
            children = await Promise.all([start("scheduler"), start("worker", "--concurrency", "1")]);
            for (const kind of ["scheduler", "worker"])
              while (!(await logOf(kind)).includes("health and metrics are served")) await wait(50);
            await fill(join(folder, "filler"));
            faults.did("disk full");
            // What is left of a page of the disk takes the lines of a few runs.
            const runs: string[] = [];
            const silent = async () => runs.length > 0 && !(await logOf("worker")).includes(runs.at(-1) as string);
            while (!(await silent())) {
              await bed.setRound(runs.length + 1);
              runs.push(await bed.begin());
              await bed.untilSucceeded(runs.at(-1) as string, WITHIN_MS * 0.6);
            }
            faults.did("runs whose lines did not go out");
            expect(children.map(({ exitCode, signalCode }) => exitCode ?? signalCode)).toEqual([null, null]);
            await run("mount", ["-o", "remount,size=8m", folder]);
            await bed.setRound(100);
            runs.push(await bed.begin());
            await bed.untilSucceeded(runs.at(-1) as string, WITHIN_MS * 0.6);
            await expectRound(bed, shape, 100);
            for (const child of children) child.kill("SIGTERM");
            await Promise.all(children.map((child) => child.exitCode ?? once(child, "exit")));
            expect(children.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
            // Also what was said while it was full.
            const lines = (await logOf("worker"))
              .trimEnd()
              .split("\n")
              .map((line) => JSON.parse(line) as object);
            for (const id of runs) expect(JSON.stringify(lines)).toContain(id);
            await expectAllWell(bed, runs);
          } finally {
            for (const child of children) child.kill("SIGKILL");
            await run("umount", ["-l", folder]);
          }
        });
      }),
    WITHIN_MS,
  );
});

/** Leaves no byte free on the disk. */
async function fill(file: string): Promise<void> {
  for (const bytes of [2 ** 20, 2 ** 16, 2 ** 12])
    for (;;) {
      const full = await appendFile(file, Buffer.alloc(bytes)).then(
        () => false,
        () => true,
      );
      if (full) break;
    }
}
