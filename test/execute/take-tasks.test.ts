// A process's hold on its tasks: what stops the work, and why, and what becomes of a task whose work nobody knows the end of.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { problems } from "../../core/errors/index.ts";
import { stopKindOf } from "../../core/execute/stop-reason.ts";
import { createTaskTaker, type TaskTaker, type TaskTakerOptions } from "../../core/execute/take-tasks.ts";
import { openState, type StateStore, type TaskRecord } from "../../core/state/index.ts";
import { systemClock } from "../../core/util/index.ts";
import { ALL_TASKS, newRun, newTask, startedRun } from "../support/state-runs.ts";

let folder: string;
let state: StateStore;
const open: TaskTaker[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-take-"));
  state = await openState({ kind: "sqlite", path: join(folder, "state.db") });
  await state.migrate();
});
afterEach(() => {
  for (const taker of open.splice(0)) taker.close();
});
afterAll(async () => {
  await state.close();
  await rm(folder, { recursive: true, force: true });
});

const takerOf = (perform: TaskTakerOptions["perform"], more: Partial<TaskTakerOptions> = {}) => {
  const ends: string[] = [];
  const troubles: string[] = [];
  const taker = createTaskTaker({
    state,
    worker: "w",
    leaseMs: 60_000,
    clock: systemClock,
    perform,
    onEnd: (_, { kind }) => ends.push(kind),
    onTrouble: ({ what }) => troubles.push(what),
    redact: (text) => text.replaceAll("hunter22", "***"),
    ...more,
  });
  open.push(taker);
  return { taker, ends, troubles };
};
/** A ticket of a new run with one task. */
const ticketOf = async (more: Parameters<typeof newTask>[1] = {}, executor: "workers" | "process" = "workers") => {
  const runId = await startedRun(state, [newTask("task", more)], { executor });
  const [ticket] = await state.admit({ runId }, ALL_TASKS);
  if (!ticket) throw new Error("the task was not admitted");
  return ticket;
};
/** Work that goes on until it is told to stop; says why it was. */
const untilStopped = (why: (kind: string | undefined) => void) => (_: TaskRecord, signal: AbortSignal) =>
  new Promise<{ kind: "done" }>((resolve) => {
    signal.addEventListener("abort", () => {
      why(stopKindOf(signal));
      resolve({ kind: "done" });
    });
  });
const begun = async ({ held }: TaskTaker) => held.length > 0;
const waitFor = async (done: () => Promise<boolean>) => {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 2));
};

test("a ticket that somebody else has taken is nobody's work", async () => {
  const ticket = await ticketOf();
  await state.claimTask(ticket, { worker: "other", leaseMs: 60_000 });
  let performed = 0;
  const { taker, ends } = takerOf(async () => {
    performed++;
    return { kind: "done" };
  });
  await taker.take(ticket);
  expect([performed, ends, taker.held]).toEqual([0, [], []]);
});

test("work of a run that is cancelled is told so at the next look, and is held no more when it has ended", async () => {
  const ticket = await ticketOf();
  const kinds: unknown[] = [];
  const { taker, ends } = takerOf(untilStopped((kind) => kinds.push(kind)));
  const taking = taker.take(ticket);
  await waitFor(() => begun(taker));
  await taker.look();
  expect(kinds, "while its run goes on it is left in peace").toEqual([]);
  await state.stopRun(ticket.runId, { by: "ana", reason: "wrong", status: "cancelled" });
  await taker.look();
  await taking;
  expect([kinds, ends, taker.held]).toEqual([["cancelled"], ["done"], []]);
});

test("work whose task is somebody else's by now is told that it is lost", async () => {
  const ticket = await ticketOf();
  const kinds: unknown[] = [];
  const { taker } = takerOf(untilStopped((kind) => kinds.push(kind)));
  const taking = taker.take(ticket);
  await waitFor(() => begun(taker));
  const [mine] = taker.held;
  const error = { level: "error", code: "run/worker-lost", message: "gone", help: "none" } as const;
  const ref = { runId: ticket.runId, task: "task", fence: mine?.fence ?? 0 };
  await state.returnTask(ref, { kind: "lost", error, delayMs: 0, releases: {} });
  await taker.look();
  await taking;
  expect(kinds).toEqual(["lost"]);
});

test("work that takes longer than it may is told so", async () => {
  const kinds: unknown[] = [];
  const { taker } = takerOf(untilStopped((kind) => kinds.push(kind)));
  await taker.take(await ticketOf({ timeoutMs: 5 }));
  expect(kinds).toEqual(["timeout"]);
});

test("work gives itself up when its lease could not be renewed for long, unless the process does its own run", async () => {
  const away = { ...state, renewLeases: () => Promise.reject(new Error("the state store is away")) };
  const kinds: unknown[] = [];
  const { taker, troubles } = takerOf(
    untilStopped((kind) => kinds.push(kind)),
    { state: away, leaseMs: 60 },
  );
  await taker.take(await ticketOf());
  expect(kinds).toEqual(["lost"]);
  expect(new Set(troubles)).toEqual(new Set(["lease-not-renewed", "lease-given-up"]));

  const own = takerOf(
    untilStopped((kind) => kinds.push(kind)),
    { state: away, leaseMs: 60 },
  );
  const taking = own.taker.take(await ticketOf({}, "process"));
  await waitFor(async () => own.troubles.length >= 12);
  expect(new Set(own.troubles)).toEqual(new Set(["lease-not-renewed"]));
  own.taker.stopAll("returned");
  await taking;
  expect(kinds).toEqual(["lost", "returned"]);
});

/** A run whose work is kept: one task that builds one model. */
const workedRun = async (): Promise<string> => {
  const run = newRun({ executor: "workers" });
  await state.recordRun(run);
  const step = { id: "build:m", kind: "build", models: ["m"], reason: "", dependsOn: [] };
  const plan = { steps: [step], upToDate: [], pins: {}, blocked: [], drift: [] };
  const work = { plan, tasks: [{ id: "task", steps: ["build:m"] }], pins: {}, fingerprints: {}, deployments: {} };
  await state.beginRun(run.id, JSON.stringify(work), [newTask("task")]);
  return run.id;
};

test("work that ends nobody knows how is given to others, without secrets, and put aside the third time", async () => {
  const id = await workedRun();
  const { taker, ends, troubles } = takerOf(() => Promise.reject(new Error("the child died of hunter22.")));
  for (let loss = 1; loss <= 3; loss++) {
    const [ticket] = await state.admit({ runId: id }, ALL_TASKS);
    if (!ticket) throw new Error("the task was not admitted");
    await taker.take(ticket);
    const [task] = await state.listTasks(id);
    expect([loss, task?.status, task?.attempt]).toEqual([loss, loss === 3 ? "quarantined" : "ready", 0]);
  }
  expect(ends).toEqual(["returned", "returned", "failed"]);
  expect(troubles).toEqual(["task-lost", "task-lost", "task-lost"]);
  const told = JSON.stringify([await state.listTasks(id), await state.listAttempts(id), await state.listSteps(id)]);
  expect(told).toContain("the child died of ***");
  expect(told).not.toContain("hunter22");
  expect(await state.getRun(id)).toMatchObject({ status: "failed" });
});

test.each([
  ["no child process could be started for it", problems.childNotStarted({ how: "it is not there" })],
  ["mesh was replaced under it", problems.programReplaced({ kind: "worker" })],
])("a task is given back when %s, for a while and as no attempt and no loss", async (_, error) => {
  const id = await workedRun();
  const [ticket] = await state.admit({ runId: id }, ALL_TASKS);
  if (!ticket) throw new Error("the task was not admitted");
  const { taker, ends } = takerOf(async () => {
    throw error;
  });
  await taker.take(ticket);
  expect(ends).toEqual(["returned"]);
  expect(await state.listTasks(id)).toMatchObject([
    { status: "ready", attempt: 0, losses: 0, notBefore: expect.any(Date), error: { code: error.code } },
  ]);
});
