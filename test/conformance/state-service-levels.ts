// Owns what every state store must do with promises: one recorder at a time, slots, incidents, alerts told once, mutes.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type DeliveryRecord,
  type IncidentRecord,
  type LevelChanges,
  type NewAlert,
  openState,
  type StateStore,
} from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import type { StateUnderTest } from "./state.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-11-26T06:00:00.000Z");
const at = (minutes: number) => new Date(START + minutes * MINUTE);
const ana = { actor: "ana", via: "cli" } as const;

const nothing = (minutes: number): LevelChanges => ({
  at: at(minutes),
  levels: [],
  changes: [],
  slots: [],
  forgotten: [],
  incidents: [],
  alerts: [],
  silenced: [],
});
const incident = (id: string): IncidentRecord => ({
  id,
  status: "open",
  severity: "page",
  cause: { kind: "model", id: "shop.a", project: "shop", owner: { team: "Shop" }, why: "it failed" },
  affected: [{ subject: "shop.a", kind: "freshness", state: "BREACH", project: "shop" }],
  openedAt: at(1),
  lastSeenAt: at(1),
  reopened: 0,
});
const alert = (of: string, key: string, minutes = 1): NewAlert => ({
  id: createId(),
  key,
  incident: of,
  kind: "opened",
  severity: "page",
  at: at(minutes),
  message: { title: "shop.a is too old", lines: ["one", "two"] },
  deliveries: [
    { channel: "chat", recipient: "#shop" },
    { channel: "mail", recipient: "shop@example.com" },
  ],
});

export function testServiceLevels(name: string, make: () => Promise<StateUnderTest>): void {
  describe(`service levels in the state store: ${name}`, () => {
    let place: StateUnderTest;
    let state: StateStore;

    beforeAll(async () => {
      place = await make();
      state = await openState(place.location);
      await state.migrate();
    });
    afterAll(async () => {
      await state.close();
      await place.remove();
    });
    beforeEach(async () => {
      for (const table of [
        "service_level",
        "service_level_change",
        "service_slot",
        "incident",
        "alert",
        "alert_delivery",
        "mute",
      ])
        await place.sql(`delete from {${table}}`);
    });
    const record = async (changes: LevelChanges) =>
      state.recordServiceLevels((await state.readServiceLevels(at(-60))).version, changes);

    test("of any number of evaluations that read the same, one is recorded", async () => {
      const others = await Promise.all(Array.from({ length: 3 }, () => openState(place.location)));
      const { version } = await state.readServiceLevels(at(0));
      const done = await Promise.all(
        [state, ...others].map((store, i) =>
          store.recordServiceLevels(version, { ...nothing(1), incidents: [incident(`i${i}`)] }),
        ),
      );
      await Promise.all(others.map((store) => store.close()));
      expect(done.filter(Boolean)).toHaveLength(1);
      expect(await state.listIncidents()).toHaveLength(1);
      expect((await state.readServiceLevels(at(0))).evaluatedAt).toEqual(at(1));
    });

    test("how a promise stands and stood is read back, with what was in force at the start of a range", async () => {
      const level = { subject: "shop.a", kind: "freshness", promisedSince: at(0) };
      const key = { subject: "shop.a", kind: "freshness" };
      await record({
        ...nothing(1),
        levels: [{ ...level, state: "UNKNOWN", since: at(1) }],
        changes: [{ ...key, at: at(1), state: "UNKNOWN" }],
      });
      await record({
        ...nothing(5),
        levels: [{ ...level, state: "BREACH", good: false, since: at(5) }],
        changes: [{ ...key, at: at(5), state: "BREACH", good: false }],
      });
      expect((await state.readServiceLevels(at(0))).levels).toEqual([
        { ...level, state: "BREACH", good: false, since: at(5) },
      ]);
      expect(await state.listLevelChanges({ from: at(3), to: at(9) })).toEqual([
        { ...key, at: at(1), state: "UNKNOWN" },
        { ...key, at: at(5), state: "BREACH", good: false },
      ]);
      expect(await state.listLevelChanges({ from: at(6), to: at(9) })).toMatchObject([{ good: false }]);
      await record({ ...nothing(7), forgotten: [key] });
      expect((await state.readServiceLevels(at(0))).levels).toEqual([]);
      expect(await state.listLevelChanges({ from: at(0), to: at(9) })).toHaveLength(2);
    });

    test("a slot has one row; those open and the newest met are remembered", async () => {
      const slot = (due: number, met?: number) => ({
        subject: "shop.a",
        kind: "available_by",
        dueAt: at(due),
        sinceAt: at(due - 100),
        ...(met !== undefined && { metAt: at(met) }),
      });
      await record({ ...nothing(0), slots: [slot(10), slot(20), slot(30), slot(40)] });
      await record({ ...nothing(1), slots: [slot(10, 9), slot(20, 25)] });
      expect((await state.readServiceLevels(at(0))).slots).toEqual([slot(20, 25), slot(30), slot(40)]);
      expect(await state.listSlots({ from: at(10), to: at(40) })).toEqual([slot(10, 9), slot(20, 25), slot(30)]);
    });

    test("an alert of a key is told once, to each recipient, by whoever takes it first", async () => {
      await record({ ...nothing(1), incidents: [incident("i")], alerts: [alert("i", "i:opened")] });
      await record({ ...nothing(2), alerts: [alert("i", "i:opened")] });
      expect(await state.claimDeliveries(at(0), { limit: 9, leaseMs: 60_000 })).toEqual([]);
      const other = await openState(place.location);
      const taken = (
        await Promise.all([state, other].map((store) => store.claimDeliveries(at(3), { limit: 9, leaseMs: 60_000 })))
      ).flat();
      await other.close();
      expect(taken.map(({ recipient }) => recipient).sort()).toEqual(["#shop", "shop@example.com"]);
      expect(taken[0]).toMatchObject({ attempts: 1, alert: { key: "i:opened", message: { lines: ["one", "two"] } } });
      const [first, second] = taken as [DeliveryRecord, DeliveryRecord];
      await state.settleDelivery(first, { status: "delivered", at: at(4) });
      await state.settleDelivery(second, { status: "pending", error: "refused", notBefore: at(9) });
      expect(await state.claimDeliveries(at(8), { limit: 9, leaseMs: 60_000 })).toEqual([]);
      expect(await state.claimDeliveries(at(9), { limit: 9, leaseMs: 1 })).toMatchObject([
        { id: second.id, attempts: 2 },
      ]);
      expect(await state.listDeliveries({ incident: "i", status: "delivered" })).toMatchObject([
        { deliveredAt: at(4) },
      ]);
    });

    test("a delivery whose process died is taken again when its lease is over", async () => {
      await record({ ...nothing(1), incidents: [incident("i")], alerts: [alert("i", "k")] });
      expect(await state.claimDeliveries(at(2), { limit: 1, leaseMs: -1_000 })).toHaveLength(1);
      expect(await state.claimDeliveries(at(2), { limit: 9, leaseMs: 60_000 })).toHaveLength(2);
      expect(await state.claimDeliveries(at(2), { limit: 9, leaseMs: 60_000 })).toEqual([]);
    });

    test("a sender that outlasts its lease takes nothing from whoever delivers now, and says nothing against what was delivered", async () => {
      await record({ ...nothing(1), incidents: [incident("i")], alerts: [alert("i", "k")] });
      const [slow] = (await state.claimDeliveries(at(2), { limit: 1, leaseMs: -1_000 })) as [DeliveryRecord];
      const now = (await state.claimDeliveries(at(2), { limit: 9, leaseMs: 60_000 })).find(({ id }) => id === slow.id);
      const deliveryOf = async (id: string) => (await state.listDeliveries({})).find((delivery) => delivery.id === id);
      await state.settleDelivery(slow, { status: "pending", error: "timed out", notBefore: at(2) });
      expect(await state.claimDeliveries(at(3), { limit: 9, leaseMs: 60_000 }), "it is still taken").toEqual([]);
      await state.settleDelivery(slow, { status: "failed", error: "timed out" });
      expect(await deliveryOf(slow.id)).toMatchObject({ status: "pending", attempts: 2 });
      await state.settleDelivery(now as DeliveryRecord, { status: "failed", error: "refused" });
      // It was told after all.
      await state.settleDelivery(slow, { status: "delivered", at: at(4) });
      expect(await deliveryOf(slow.id)).toMatchObject({ status: "delivered", deliveredAt: at(4) });
      await state.settleDelivery(now as DeliveryRecord, { status: "failed", error: "refused" });
      expect(await deliveryOf(slow.id)).toMatchObject({ status: "delivered" });
    });

    test("what was not told of an incident is told no more once it is silenced", async () => {
      await record({ ...nothing(1), incidents: [incident("i")], alerts: [alert("i", "k")] });
      await record({ ...nothing(2), silenced: ["i"] });
      expect(await state.claimDeliveries(at(9), { limit: 9, leaseMs: 60_000 })).toEqual([]);
    });

    test("acknowledging and resolving say who and why, are audited, and make an evaluation under way useless", async () => {
      await record({ ...nothing(1), incidents: [incident("i")] });
      const { version } = await state.readServiceLevels(at(0));
      expect(await state.settleIncident("i", "acknowledged", "looking", ana)).toMatchObject({
        status: "acknowledged",
        acknowledgedBy: "ana",
        why: "looking",
      });
      expect(await state.recordServiceLevels(version, nothing(2))).toBe(false);
      expect(await state.settleIncident("i", "acknowledged", "again", ana)).toBeUndefined();
      expect(await state.settleIncident("i", "resolved", "false alarm", ana)).toMatchObject({ resolution: "ana" });
      expect(await state.settleIncident("i", "resolved", "again", ana)).toBeUndefined();
      expect(await state.settleIncident("none", "resolved", "x", ana)).toBeUndefined();
      expect(await state.listIncidents({ open: true })).toEqual([]);
      expect((await state.listAudit({ subject: "i" })).map(({ action }) => action)).toEqual([
        "incident.resolve",
        "incident.acknowledge",
      ]);
    });

    test("a mute is in force until its time or its end, and its end lets go what it kept back", async () => {
      await state.mute({ subject: "shop", why: "a move", until: at(60), now: at(0) }, ana);
      await record({
        ...nothing(1),
        incidents: [incident("i")],
        alerts: [{ ...alert("i", "k"), notBefore: at(60) }],
      });
      expect((await state.readServiceLevels(at(0))).mutes).toMatchObject([
        { subject: "shop", by: "ana", why: "a move" },
      ]);
      expect(await state.claimDeliveries(at(5), { limit: 9, leaseMs: 60_000 })).toEqual([]);
      expect(await state.unmute("shop", at(6), ana)).toMatchObject([{ endedBy: "ana", endedAt: at(6) }]);
      expect(await state.unmute("shop", at(6), ana)).toEqual([]);
      expect(await state.claimDeliveries(at(6), { limit: 9, leaseMs: 60_000 })).toHaveLength(2);
      expect(await state.listMutes({ now: at(7) })).toEqual([]);
      expect(await state.listMutes({ now: at(7), ended: true })).toHaveLength(1);
    });

    test("how long a model's runs took is known from their steps, newest first", async () => {
      const run = (id: string, hour: number, status: string) =>
        ["build", "test"].map(
          (kind, i) =>
            `insert into {step} (run_id, step, kind, model, status, reason, started_at, finished_at) values ('${id}', '${kind}:shop.t', '${kind}', 'shop.t', '${status}', '', '2026-11-26T0${hour}:0${i}:00.000Z', '2026-11-26T0${hour}:0${i + hour}:00.000Z')`,
        );
      const steps = [...run("r1", 1, "success"), ...run("r2", 2, "failed"), ...run("r3", 3, "success")];
      for (const step of steps) await place.sql(step);
      const found = await state.modelDurations(["shop.t", "shop.other"], 5);
      expect([...found.keys()]).toEqual(["shop.t"]);
      expect(found.get("shop.t")).toEqual([4 * MINUTE, 2 * MINUTE]);
      expect((await state.modelDurations(["shop.t"], 1)).get("shop.t")).toEqual([4 * MINUTE]);
    });
  });
}
