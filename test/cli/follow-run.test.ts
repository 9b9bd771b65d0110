// What `mesh watch` says of a run: a task that is done again is no failure, before it is one.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { showRun } from "../../core/catalog/index.ts";
import { followRun } from "../../core/cli/follow-run.ts";
import { createOutput } from "../../core/cli/output/output.ts";
import { openState, type RunRecord, type StateStore } from "../../core/state/index.ts";
import { claimedTask, newTask, settled, startedRun } from "../support/state-runs.ts";

let folder = "";
let state: StateStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-follow-"));
  state = await openState({ kind: "sqlite", path: join(folder, "state.db") });
  await state.migrate();
});
afterAll(async () => {
  await state.close();
  await rm(folder, { recursive: true });
});

test("a task that lost its worker, or is tried again, is told so, with which attempt comes; its last failure is one", async () => {
  const id = await startedRun(state, [newTask("build:a.b", { maxAttempts: 2 })]);
  const step = { step: "build:a.b", kind: "build", model: "a.b" };
  const error = { level: "error", code: "store/away", message: "nobody answers", help: "h" } as const;
  for (const kind of ["lost", "retried"] as const) {
    const ref = await claimedTask(state, id, "build:a.b");
    await state.beginStep(ref, { ...step, reason: "new" });
    await state.returnTask(ref, { kind, error, delayMs: 0, releases: { "build:a.b": [] } });
  }
  const ref = await claimedTask(state, id, "build:a.b");
  const failed = settled("build:a.b", { status: "failed", error });
  await state.settleStep(ref, { ...failed, end: "failed", endError: error });

  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const output = createOutput({ json: false, quiet: false, noColor: true, env: {}, stdout, stderr });
  const { signal } = new AbortController();
  expect(await followRun(showRun((await state.getRun(id)) as RunRecord), state, { output, signal })).toBe(1);
  stdout.end();
  const lines = (await text(stdout)).trimEnd().split("\n");
  expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d /, "").replace(id, "RUN"))).toEqual([
    "run RUN waiting",
    "run RUN running",
    "build:a.b will be done again (attempt 1 of 2, 1 lost)",
    "    store/away: nobody answers",
    "build:a.b will be done again (attempt 2 of 2, 1 lost)",
    "    store/away: nobody answers",
    "build:a.b failed",
    "    store/away: nobody answers",
    "run RUN failed",
  ]);
});
