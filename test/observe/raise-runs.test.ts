// A promise that is about to be broken lets the runs that it waits for go before others: which, when, and how people learn of it.
import { afterEach, beforeEach, expect, test } from "vitest";
import { chooseTasks } from "../../core/execute/index.ts";
import type { NewRun, NewTask } from "../../core/state/index.ts";
import type { DutyContext } from "../../scheduler/duty.ts";
import { createServiceLevelDuties } from "../../scheduler/levels/index.ts";
import { openPromisedState, type PromisedState, promisedMesh, TO_OWNERS } from "../support/promised-mesh.ts";
import { NO_LOG } from "../support/scheduled-mesh.ts";
import { claimedTask, newRun, newTask, startedRun } from "../support/state-runs.ts";

const HOUR = 3_600_000;
const START = Date.parse("2026-11-26T12:00:00Z");
const at = (hours: number) => new Date(START + hours * HOUR);
/** Soon after the nightly tick, at 01:30Z. */
const NIGHT = 13.6;

let place: PromisedState;
let manifest = promisedMesh({});
beforeEach(async () => {
  manifest = promisedMesh({ "sales.daily": { available_by: "06:00" } });
  place = await openPromisedState(manifest);
  for (const model of Object.keys(manifest.models)) await place.publish(model, at(0), at(0));
  for (const model of ["shop.clean", "sales.daily"]) took(model, 5);
});
afterEach(() => place.remove());

/** Its last run, yesterday, took so long. */
const took = (model: string, hours: number) =>
  place.sql(
    `insert into step (run_id, step, kind, model, status, reason, started_at, finished_at) values ('old', 'build:${model}', 'build', '${model}', 'success', '', '${at(-10).toISOString()}', '${at(-10 + hours).toISOString()}')`,
  );
let keys = 0;
const of = (schedule: string, some: Partial<NewRun> = {}): Partial<NewRun> => ({
  executor: "workers",
  trigger: "schedule",
  schedule,
  scheduleKey: `key ${++keys}`,
  priority: 100,
  ...some,
});
const running = (schedule: string, tasks: readonly NewTask[], some: Partial<NewRun> = {}) =>
  startedRun(place.state, tasks, of(schedule, some));
const waiting = async (schedule: string, some: Partial<NewRun> = {}) => {
  const run = newRun(of(schedule, some));
  await place.state.recordRun(run);
  return run.id;
};
const build = (model: string) => newTask(`build:${model}`, { models: [model] });
const priorityOf = async (id: string) => (await place.state.getRun(id))?.priority;
/** As the scheduler looks. */
const look = async (hours: number) => {
  const [duty] = createServiceLevelDuties({ alerts: TO_OWNERS, root: "/", env: {}, hide: () => undefined });
  const context = {
    state: place.state,
    deployed: async () => ({ manifest }),
    scheduleTime: async () => at(hours),
    log: NO_LOG,
  } as unknown as DutyContext;
  await duty?.run(context);
};

test("the run that makes the table goes before others; the run of another schedule does not", async () => {
  const hourly = await running("shop.hourly", [build("shop.raw")], { priority: 50 });
  const nightly = await running("sales.nightly", [build("sales.daily"), build("sales.other")]);
  const admitted = () => {
    let first: string | undefined;
    return place.state
      .admit({ executor: "workers" }, (view) => {
        const rules = { limitOf: () => undefined, pausedModels: new Set<string>(), capacityOf: () => 1 };
        first = chooseTasks(view, rules)[0]?.runId;
        return [];
      })
      .then(() => first);
  };
  expect(await admitted()).toBe(hourly);
  await look(NIGHT);
  expect(await admitted()).toBe(nightly);
  expect(await priorityOf(hourly)).toBe(50);
  expect(await place.state.getRun(nightly)).toMatchObject({
    priority: 20,
    raisedFrom: 100,
    raisedBecause: "available_by of sales.daily is at risk, due 2026-11-27T05:00:00Z",
  });
});

test("a promise that will be kept raises nothing, and one that is broken no more than it did", async () => {
  manifest = promisedMesh({ "sales.daily": { available_by: "08:00" } });
  const run = await running("sales.nightly", [build("sales.daily")]);
  await look(NIGHT);
  expect(await priorityOf(run)).toBe(100);
  await look(NIGHT + 10);
  expect(await priorityOf(run)).toBe(100);
});

test("a run that is asked for while the promise is at risk is raised too, and keeps it when the risk is over", async () => {
  await look(NIGHT);
  const run = await waiting("sales.nightly");
  await look(NIGHT + 0.1);
  expect(await priorityOf(run)).toBe(20);
  await place.publish("sales.daily", at(NIGHT + 0.2), at(NIGHT + 0.2));
  await look(NIGHT + 0.3);
  const later = await waiting("sales.nightly");
  await look(NIGHT + 0.4);
  expect([await priorityOf(run), await priorityOf(later)]).toEqual([20, 100]);
});

test("a better priority is kept, and backfills stay behind", async () => {
  const asked = await running("sales.nightly", [build("sales.daily")], { priority: 10, trigger: "manual" });
  const backfill = await running("sales.nightly", [build("sales.daily")], { priority: 1_000, trigger: "backfill" });
  await look(NIGHT);
  expect([await priorityOf(asked), await priorityOf(backfill)]).toEqual([10, 1_000]);
});

test("a run that has made the table is raised only while the one that will make it again waits for it", async () => {
  const before = await running("sales.nightly", [newTask("task", { models: ["sales.daily"] }), build("sales.other")]);
  await place.state.endTask(await claimedTask(place.state, before), { status: "failed" });
  await look(NIGHT);
  expect(await priorityOf(before)).toBe(100);
  const [later, next] = [
    await waiting("sales.nightly", { logicalAt: at(20) }),
    await waiting("sales.nightly", { logicalAt: at(10) }),
  ];
  await look(NIGHT + 0.1);
  expect(await Promise.all([before, next, later].map(priorityOf))).toEqual([20, 20, 100]);
});

test("of a promise at risk because of what it reads, the runs all the way to the cause are raised, of others' schedules too", async () => {
  manifest = promisedMesh({ "sales.daily": { freshness: "16h" }, "board.totals": { freshness: "300h" } });
  const ids = await Promise.all(["shop", "sales", "board"].map((name) => waiting(`${name}.nightly`)));
  await look(NIGHT);
  expect(await Promise.all(ids.map(priorityOf))).toEqual([20, 20, 100]);
  expect((await place.state.getRun(ids[0] ?? ""))?.raisedBecause).toBe(
    "freshness of sales.daily is at risk, due 2026-11-27T04:00:00Z",
  );
});

test("a table that is older than its warning is at risk, whatever is expected; several promises are counted", async () => {
  const old = { freshness: "20h", warn: "13h" };
  manifest = promisedMesh({ "sales.daily": { ...old, freshness: "19h" }, "board.totals": old });
  const ids = await Promise.all(["sales", "board"].map((name) => waiting(`${name}.nightly`)));
  await look(NIGHT);
  expect(await Promise.all(ids.map(priorityOf))).toEqual([20, 20]);
  expect((await place.state.getRun(ids[0] ?? ""))?.raisedBecause).toMatch(/^freshness of sales\.daily .*; and 1 more$/);
});
