// From promises that are not kept to what people are told: one incident for one cause, each change told once, to the right owner.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ServiceLevel } from "../../core/manifest/index.ts";
import { evaluateServiceLevels } from "../../core/observe/index.ts";
import { openPromisedState, type PromisedState, promisedMesh, TO_OWNERS } from "../support/promised-mesh.ts";

const HOUR = 3_600_000;
const START = Date.parse("2026-11-26T12:00:00Z");
const at = (hours: number) => new Date(START + hours * HOUR);
const ana = { actor: "ana", via: "cli" } as const;
const two: ServiceLevel = { freshness: "2h", warn: "90m" };

let place: PromisedState;
let manifest = promisedMesh({});
/** Looks, and delivers what is due. */
const evaluate = async (hours: number, config = TO_OWNERS) => {
  const evaluation = await evaluateServiceLevels(place.state, manifest, at(hours), config);
  for (const delivery of await place.state.claimDeliveries(at(hours), { limit: 99, leaseMs: 60_000 }))
    await place.state.settleDelivery(delivery, { status: "delivered", at: at(hours) });
  return evaluation;
};
const told = async () =>
  (await place.state.listDeliveries({}))
    .filter(({ status }) => status !== "cancelled")
    .map(({ alert, recipient }) => `${alert.kind} ${alert.severity} ${recipient}`);
const publishAll = async (hours: number) => {
  for (const model of Object.keys(manifest.models))
    if (model === "shop.raw") await place.publish(model, at(hours), at(hours));
  for (const model of ["shop.clean", "sales.daily", "board.totals"]) await place.publish(model, at(hours), at(hours));
};
/** A step as a run leaves it. */
const step = (
  kind: string,
  model: string,
  hours: number,
  status: string,
  more: { reason?: string; code?: string } = {},
) =>
  place.sql(
    `insert or replace into step (run_id, step, kind, model, status, reason, started_at, finished_at, error) values ('r${hours}', '${kind}:${model}', '${kind}', '${model}', '${status}', '${more.reason ?? ""}', '${at(hours).toISOString()}', '${at(hours).toISOString()}', ${more.code ? `'{"code":"${more.code}","message":"secret 4111111111111111"}'` : "null"})`,
  );

beforeEach(async () => {
  manifest = promisedMesh({ "shop.raw": two, "sales.daily": two, "board.totals": two });
  place = await openPromisedState(manifest);
  await publishAll(0);
});
afterEach(() => place.remove());

test("three stale tables of one cause are one incident, told to the owner of the cause alone, and told to be over once", async () => {
  await evaluate(0.1);
  expect(await told()).toEqual([]);
  step("extract", "shop.raw", 1, "failed", { code: "store/unreachable" });
  await evaluate(1.7);
  expect(await told()).toEqual(["opened ticket #shop", "opened ticket shop@example.com"]);
  await evaluate(2.5);
  await evaluate(2.6);
  expect((await told()).slice(2)).toEqual(["escalated page #shop", "escalated page shop@example.com"]);
  const [incident, ...others] = await place.state.listIncidents();
  expect(others).toEqual([]);
  expect(incident).toMatchObject({
    status: "open",
    severity: "page",
    cause: { kind: "store", id: "shop.db", project: "shop", why: "its last extract failed [store/unreachable]" },
    affected: [
      { subject: "board.totals", state: "BREACH" },
      { subject: "sales.daily", state: "BREACH" },
      { subject: "shop.raw", state: "BREACH" },
    ],
  });
  await publishAll(3);
  await evaluate(3.01);
  await evaluate(3.02);
  expect((await told()).slice(4)).toEqual(["recovered page #shop", "recovered page shop@example.com"]);
  expect(await place.state.listIncidents()).toMatchObject([{ status: "resolved", resolution: "recovered" }]);
});

test("an alert names cause, owner, affected promises and readers, and no text of an error", async () => {
  manifest = {
    ...manifest,
    reports: {
      "board.pack": {
        id: "board.pack",
        project: "board",
        name: "pack",
        type: "dashboard",
        owner: { name: "The board" },
        dependsOn: ["board.totals"],
        location: { file: "x" },
      },
    },
  };
  step("extract", "shop.raw", 1, "failed", { code: "store/unreachable" });
  await evaluate(0.1);
  await evaluate(2.5);
  const [first] = await place.state.listDeliveries({});
  expect(first?.alert.message.title).toBe("board.totals breaks its promise because of store shop.db");
  const text = first?.alert.message.lines.join("\n") ?? "";
  expect(text).toContain(
    "Cause: store shop.db of shop (shop@example.com): its last extract failed [store/unreachable].",
  );
  expect(text).toContain(
    "BREACH: sales.daily of sales: data as of 2026-11-26T12:00:00Z, 2h30m old; promised at most 2h00m, due 2026-11-26T14:00:00Z.",
  );
  expect(text).toContain("report board.pack of The board");
  expect(JSON.stringify(first)).not.toContain("4111");
});

test("a table held by a test is told at once, with the tests' names", async () => {
  step("build", "sales.daily", 0.5, "success");
  step("test", "sales.daily", 0.5, "failed", { reason: "1 test failed: unique_id" });
  place.sql("update step set run_id = 'same'");
  await evaluate(0.1);
  await evaluate(0.6);
  expect(await place.state.listIncidents()).toMatchObject([
    { severity: "page", cause: { id: "sales.daily", project: "sales", why: "1 test failed: unique_id" } },
  ]);
  expect(await told()).toEqual(["opened page #sales", "opened page sales@example.com"]);
});

test("an incident whose cause turns out to be another domain's is told to that one, and not said to be over", async () => {
  await evaluate(0.1);
  await evaluate(2.5);
  expect(await told()).toEqual(["opened page #shop", "opened page shop@example.com"]);
  await place.publish("shop.raw", at(2.4), at(2.4));
  await place.publish("shop.clean", at(2.4), at(2.4));
  await evaluate(2.6);
  expect((await told()).slice(2)).toEqual(["opened page #sales", "opened page sales@example.com"]);
  expect((await place.state.listIncidents()).map(({ status, resolution }) => [status, resolution])).toEqual([
    ["open", undefined],
    ["resolved", "cause moved"],
  ]);
});

test("the same cause within the hour opens the incident again, and says so", async () => {
  await evaluate(0.1);
  await evaluate(2.5);
  await publishAll(1.3);
  await evaluate(2.7);
  await evaluate(2.9);
  expect(await place.state.listIncidents()).toMatchObject([{ status: "open", reopened: 1 }]);
  expect((await told()).filter((text) => text.endsWith("#shop"))).toEqual([
    "opened page #shop",
    "recovered page #shop",
    "reopened ticket #shop",
  ]);
});

test("what is muted is not told until the mute ends, and never when it is over before", async () => {
  await evaluate(0.1);
  await place.state.mute({ subject: "shop", why: "a move", until: at(9), now: at(2) }, ana);
  await evaluate(2.5);
  expect(await place.state.listIncidents()).toHaveLength(1);
  expect(await place.state.claimDeliveries(at(3), { limit: 9, leaseMs: 1 })).toEqual([]);
  await publishAll(3);
  await evaluate(3.1);
  expect(await place.state.claimDeliveries(at(99), { limit: 9, leaseMs: 1 })).toEqual([]);
  expect(await told()).toEqual([]);
});

test("a mute that ends while it is still broken lets the alert go", async () => {
  await evaluate(0.1);
  await place.state.mute({ subject: "shop", why: "a move", until: at(5), now: at(2) }, ana);
  await evaluate(2.5);
  await evaluate(4.9);
  expect(await place.state.claimDeliveries(at(4.9), { limit: 9, leaseMs: 1 })).toEqual([]);
  expect(await place.state.claimDeliveries(at(5), { limit: 9, leaseMs: 60_000 })).toHaveLength(2);
});

test("alerts of a project with a route go there; of an owner without a channel to the default", async () => {
  const config = {
    ...TO_OWNERS,
    channels: { ...TO_OWNERS.channels, pager: { kind: "command" as const, command: ["true"], timeoutMs: 1_000 } },
  };
  await evaluate(0.1, config);
  await evaluate(2.5, { ...config, owners: {}, default: ["pager"] });
  expect((await place.state.listDeliveries({})).map(({ channel }) => channel)).toEqual(["pager"]);
  await publishAll(2.6);
  await evaluate(2.7, config);
  await evaluate(5, { ...config, routes: { shop: ["mail"] } });
  const [last] = (await place.state.listDeliveries({})).slice(-1);
  expect(last).toMatchObject({ channel: "mail", recipient: "shop@example.com", alert: { kind: "opened" } });
});

test("two evaluations at once record and tell a change once", async () => {
  await evaluate(0.1);
  const both = await Promise.all([evaluate(2.5), evaluate(2.5)]);
  expect(both.filter(({ recorded }) => recorded)).toHaveLength(1);
  expect(await told()).toEqual(["opened page #shop", "opened page shop@example.com"]);
});

test("a promise taken back ends its incident without a word", async () => {
  await evaluate(0.1);
  await evaluate(2.5);
  manifest = promisedMesh({});
  await evaluate(2.6);
  expect(await place.state.listIncidents()).toMatchObject([{ status: "resolved", resolution: "no longer promised" }]);
  expect((await place.state.readServiceLevels(at(0))).levels).toEqual([]);
  expect(await told()).toEqual(["opened page #shop", "opened page shop@example.com"]);
});

test("a run that takes longer than promised is told while it goes on, and is a missed slot", async () => {
  manifest = promisedMesh({ "shop.clean": { max_duration: "30m" } });
  await evaluate(0.1);
  await place.state.recordRun({
    id: "r1",
    command: "run",
    selection: "",
    executor: "workers",
    trigger: "manual",
    priority: 10,
    host: "h",
    pid: 1,
  });
  place.sql(
    `insert into step (run_id, step, kind, model, status, reason, started_at) values ('r1', 'build:shop.clean', 'build', 'shop.clean', 'running', '', '${at(1).toISOString()}')`,
  );
  await evaluate(1.2);
  expect(await told()).toEqual([]);
  await evaluate(1.6);
  expect(await told()).toEqual(["opened page #shop", "opened page shop@example.com"]);
  place.sql(`update step set status = 'success', finished_at = '${at(1.7).toISOString()}' where run_id = 'r1'`);
  await place.publish("shop.clean", at(1), at(1.7));
  await evaluate(1.8);
  expect((await told()).slice(2)).toEqual(["recovered page #shop", "recovered page shop@example.com"]);
  expect(await place.state.listSlots({ from: at(0), to: at(9) })).toMatchObject([{ dueAt: at(1.5), metAt: at(1.7) }]);
  expect(await place.state.listIncidents()).toMatchObject([{ status: "resolved", resolution: "recovered" }]);
});

test("an instant is judged once, and none before it: a clock that is behind takes nothing back", async () => {
  await evaluate(0.1);
  await evaluate(2.5);
  for (const hours of [2.5, 1]) expect(await evaluate(hours)).toMatchObject({ recorded: false, judgements: [] });
  expect(await place.state.listIncidents()).toMatchObject([{ status: "open" }]);
});

test("times that came while nobody looked are written down and missed all the same", async () => {
  manifest = promisedMesh({ "shop.clean": { available_by: "06:00" } });
  await evaluate(0);
  await evaluate(80);
  const slots = await place.state.listSlots({ from: at(0), to: at(200) });
  expect(slots.map(({ dueAt, metAt }) => [dueAt.toISOString(), metAt])).toEqual(
    ["27", "28", "29", "30"].map((day) => [`2026-11-${day}T05:00:00.000Z`, undefined]),
  );
  expect(await place.state.listIncidents()).toHaveLength(1);
});

test("a model that was not begun because of another breaks no promise about how long it takes", async () => {
  manifest = promisedMesh({ "shop.clean": { max_duration: "30m" } });
  await evaluate(0.1);
  step("build", "shop.clean", 1, "skipped");
  await evaluate(1.9);
  expect(await place.state.listSlots({ from: at(0), to: at(9) })).toEqual([]);
  expect(await place.state.listIncidents()).toEqual([]);
});

test.each(["store/unreachable", "files/changed", "http/status"])(
  "an extract that fails with %s is the store's fault; with another it is the table's",
  async (code) => {
    await evaluate(0.1);
    step("extract", "shop.raw", 1, "failed", { code });
    await evaluate(2.5);
    expect(await place.state.listIncidents()).toMatchObject([{ cause: { kind: "store", id: "shop.db" } }]);
    step("extract", "shop.raw", 1, "failed", { code: "extract/rows-lost" });
    await evaluate(2.6);
    expect(await place.state.listIncidents()).toMatchObject([{ cause: { kind: "model", id: "shop.raw" } }]);
  },
);
