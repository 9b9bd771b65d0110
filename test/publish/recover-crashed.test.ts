// Which runs and backfills are taken for those of dead processes: by what is seen of the process, else by how long nobody has heard of it.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAbandoned } from "../../core/cut-backfill.ts";
import { recoverCrashed } from "../../core/publish/index.ts";
import { type BackfillRecord, openState, type StateStore } from "../../core/state/index.ts";
import { identityOf, type ProcessIdentity } from "../../core/util/index.ts";
import { newRun, recordedBackfill, startedRun } from "../support/state-runs.ts";

const Libsql = createRequire(import.meta.url)("libsql") as new (
  path: string,
) => { exec(sql: string): void; close(): void };

const own = identityOf();
const dead: ProcessIdentity = { host: own.host, pid: spawnSync(process.execPath, ["-e", ""]).pid };
/** Of this host, but not among the processes that this one sees, where nobody has its number or somebody has. */
const hidden: ProcessIdentity = { ...dead, process: "0123456789ab.5k" };
const hiddenTwin: ProcessIdentity = { ...own, process: "0123456789ab.5k" };
const elsewhere: ProcessIdentity = { host: "elsewhere", pid: process.pid };

describe("a run of a process", () => {
  let folder: string;
  let state: StateStore;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mesh-recover-"));
    state = await openState({ kind: "sqlite", path: join(folder, "state.db") });
    await state.migrate();
  });
  afterAll(async () => {
    await state.close();
    await rm(folder, { recursive: true });
  });
  const startRun = async (identity: ProcessIdentity, silentS: number) => {
    const id = await startedRun(state, undefined, { ...identity });
    const at = new Date((await state.now()).getTime() - silentS * 1_000).toISOString();
    const database = new Libsql(join(folder, "state.db"));
    database.exec(`update "run" set heartbeat_at = '${at}' where id = '${id}'`);
    database.close();
    return id;
  };

  test.each<[string, ProcessIdentity, number, "crashed" | "running"]>([
    ["that computes for long is silent and goes on", own, 3_600, "running"],
    ["that is gone has crashed, however fresh its last word", dead, 0, "crashed"],
    ["of this host that cannot be seen from here goes on as long as it is heard of", hidden, 50, "running"],
    ["of this host that cannot be seen from here has crashed after a minute of silence", hidden, 61, "crashed"],
    ["is not taken for alive because another here has its number", hiddenTwin, 61, "crashed"],
    ["of another host goes on as long as it is heard of", elsewhere, 50, "running"],
    ["of another host has crashed after a minute of silence", elsewhere, 61, "crashed"],
    [
      "that an older version recorded goes on as long as somebody has its number",
      { host: own.host, pid: own.pid },
      3_600,
      "running",
    ],
  ])("%s", async (_, identity, silentS, status) => {
    const id = await startRun(identity, silentS);
    const crashed = (await recoverCrashed(state)).map((run) => run.id);
    expect(crashed).toEqual(status === "crashed" ? [id] : []);
    expect((await state.getRun(id))?.status).toBe(status);
    await state.markCrashed(id);
  });

  test.runIf(own.process !== undefined)("whose number was given to another has crashed", async () => {
    const [place] = own.process?.split(".") ?? [];
    const id = await startRun({ ...own, process: `${place}.1` }, 0);
    expect((await recoverCrashed(state)).map((run) => run.id)).toEqual([id]);
  });

  test("that waits has crashed when its process is gone; one for workers has none that could be", async () => {
    const [waiting, forWorkers] = [newRun({ ...dead }), newRun({ ...dead, executor: "workers" })];
    for (const run of [waiting, forWorkers]) await state.recordRun(run);
    expect((await recoverCrashed(state)).map((run) => run.id)).toEqual([waiting.id]);
  });

  test("records what tells it from others, and so does a backfill", async () => {
    const { process: recorded } = own;
    expect(recorded !== undefined || process.platform !== "linux").toBe(true);
    const run = await startRun(own, 0);
    expect(await state.getRun(run)).toMatchObject(own);
    expect(await recordedBackfill(state, 1, { ...own, executor: "process" })).toMatchObject(own);
    await state.markCrashed(run);
  });
});

test.each<[string, ProcessIdentity, { running: number; silentMin: number }, boolean]>([
  ["whose process lives is not, however silent", own, { running: 0, silentMin: 600 }, false],
  ["whose process is gone is, at once", dead, { running: 0, silentMin: 0 }, true],
  [
    "of a process that cannot be seen from here is not while it goes from window to window",
    hidden,
    { running: 0, silentMin: 4 },
    false,
  ],
  [
    "of a process that cannot be seen from here is after five minutes without a run",
    hiddenTwin,
    { running: 0, silentMin: 6 },
    true,
  ],
  [
    "of a process that cannot be seen from here is not while a run of it goes on",
    hidden,
    { running: 1, silentMin: 600 },
    false,
  ],
  ["of another host is after five minutes without a run", elsewhere, { running: 0, silentMin: 6 }, true],
])("abandoned: a backfill %s", (_, identity, { running, silentMin }, expected) => {
  const now = new Date("2030-01-01T12:00:00Z");
  const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  const backfill = {
    executor: "process",
    status: "running",
    progress: { waiting: 1, running, done: 1, failed: 0, cancelled: 0 },
    createdAt: ago(900),
    lastHeartbeatAt: ago(silentMin),
  } as const;
  expect(isAbandoned({ ...backfill, ...identity } as BackfillRecord, now)).toBe(expected);
  expect(isAbandoned({ ...backfill, ...identity, executor: "workers" } as BackfillRecord, now)).toBe(false);
});
