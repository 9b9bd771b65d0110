// A schedule that waits for data longer than it may, with `then: alert`: its owner is told once, and once more when the data is there.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Manifest, Schedule } from "../../core/manifest/index.ts";
import { evaluateServiceLevels } from "../../core/observe/index.ts";
import type { ConditionDecision } from "../../core/state/index.ts";
import { openPromisedState, type PromisedState, promisedMesh, TO_OWNERS } from "../support/promised-mesh.ts";

const START = Date.parse("2026-11-26T12:00:00Z");
const at = (minutes: number) => new Date(START + minutes * 60_000);

let place: PromisedState;
let manifest: Manifest;
const evaluate = async (minutes: number) => {
  await evaluateServiceLevels(place.state, manifest, at(minutes), TO_OWNERS);
  for (const delivery of await place.state.claimDeliveries(at(minutes), { limit: 99, leaseMs: 60_000 }))
    await place.state.settleDelivery(delivery, { status: "delivered", at: at(minutes) });
  return (await place.state.listDeliveries({}))
    .filter(({ channel }) => channel === "chat")
    .map(({ alert, recipient }) => `${alert.kind} ${alert.severity} ${recipient}: ${alert.message.title}`);
};
const decide = (schedule: string, some: Partial<ConditionDecision>) =>
  place.state.noteDecision(schedule, { due: false, late: false, why: "It waits.", fresh: [], awaited: [], ...some });
const waiting = { awaited: ["shop.clean"], tick: at(0).toISOString() };

beforeEach(async () => {
  manifest = promisedMesh({});
  const waits = (on: Schedule["on"], afterMaxWait: Schedule["afterMaxWait"]) => ({
    ...(manifest.projects.sales?.schedules.nightly as Schedule),
    on,
    upstream: ["shop.clean"],
    maxWaitMs: 60_000,
    afterMaxWait,
  });
  const { sales } = manifest.projects;
  if (!sales) throw new Error("no project");
  const schedules = {
    close: waits("cron_after_all_new", "alert"),
    both: waits("all_new", "alert"),
    patient: waits("all_new", "run"),
  };
  manifest = { ...manifest, projects: { ...manifest.projects, sales: { ...sales, schedules } } };
  place = await openPromisedState(manifest);
  await place.state.seeSchedules(["sales.close", "sales.both", "sales.patient"], at(-60));
});
afterEach(() => place.remove());

const OPENED = "opened ticket #sales: sales.close has waited too long";

test("its owner is told once, through the ticks that follow, and again when it waits no more", async () => {
  await decide("sales.close", waiting);
  expect(await evaluate(0.5)).toEqual([]);
  await decide("sales.close", { ...waiting, late: true, why: "Tick 12:00: waits for shop.clean, so it is late." });
  expect(await evaluate(1)).toEqual([OPENED]);
  expect(await evaluate(2)).toEqual([OPENED]);
  const [incident, ...others] = await place.state.listIncidents();
  expect(others).toEqual([]);
  expect(incident).toMatchObject({
    severity: "ticket",
    cause: {
      kind: "schedule",
      id: "sales.close",
      project: "sales",
      why: "Tick 12:00: waits for shop.clean, so it is late",
    },
    affected: [{ subject: "sales.close", kind: "max_wait", state: "WARN" }],
  });
  const [delivery] = await place.state.listDeliveries({});
  expect(delivery?.alert.message.lines).toContain("sales.close of sales waits for its data; it may for 1m00s.");

  await decide("sales.close", { ...waiting, tick: at(3).toISOString() });
  expect(await evaluate(3), "the next tick waits too, and may").toEqual([OPENED]);
  await decide("sales.close", { ...waiting, tick: at(3).toISOString(), late: true });
  expect(await evaluate(4)).toEqual([OPENED]);
  await decide("sales.close", { tick: at(3).toISOString(), fresh: ["shop.clean"], due: true });
  expect(await evaluate(5)).toEqual([OPENED, "recovered ticket #sales: Recovered: schedule sales.close"]);
  expect(await place.state.listIncidents()).toMatchObject([{ status: "resolved", resolution: "recovered" }]);
});

test("one that waits for all of several models is over when it has run, though nothing is new then", async () => {
  await decide("sales.both", { late: true, fresh: ["shop.raw"], awaited: ["shop.clean"] });
  expect(await evaluate(1)).toHaveLength(1);
  await decide("sales.both", { awaited: ["shop.raw", "shop.clean"], why: "Nothing new." });
  expect(await evaluate(2)).toEqual([
    "opened ticket #sales: sales.both has waited too long",
    "recovered ticket #sales: Recovered: schedule sales.both",
  ]);
});

test("one that is to run with what there is tells nobody", async () => {
  await decide("sales.patient", { late: true, ...waiting });
  expect(await evaluate(1)).toEqual([]);
});
