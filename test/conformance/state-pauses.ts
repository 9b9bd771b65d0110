// Owns what every state store must keep of pauses: who held what back, until when, and that several of them compose.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isPaused, openState, pausedSubjects, type StateStore } from "../../core/state/index.ts";
import type { StateUnderTest } from "./state.ts";

const ANA = { actor: "ana", via: "cli" } as const;
const BEN = { actor: "ben", via: "api" } as const;

export function testPauses(name: string, make: () => Promise<StateUnderTest>): void {
  describe(`pauses: ${name}`, () => {
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

    test("a pause says who, why, since and until when, and is in the audit log", async () => {
      const subject = { kind: "schedule", name: "said.hourly" } as const;
      const before = await state.now();
      const made = await state.pause({ ...subject, why: "the store moves", forMs: 3_600_000 }, ANA);
      expect(made).toMatchObject({ ...subject, by: "ana", why: "the store moves" });
      expect(made.since.getTime()).toBeGreaterThanOrEqual(before.getTime());
      expect(Math.abs((made.until?.getTime() ?? 0) - made.since.getTime() - 3_600_000)).toBeLessThan(50);
      expect(await state.listPauses()).toEqual([made]);
      expect(await state.listAudit({ subject: "said.hourly" })).toMatchObject([
        { ...ANA, action: "schedule.pause", detail: { why: "the store moves", until: made.until?.toISOString() } },
      ]);
      expect(await state.unpause(subject, BEN)).toMatchObject([{ id: made.id, endedBy: "ben" }]);
      expect(await state.listPauses()).toEqual([]);
      expect(await state.listAudit({ subject: "said.hourly", actor: "ben" })).toMatchObject([
        { action: "schedule.unpause" },
      ]);
    });

    test("what two people paused goes on when both pauses have ended", async () => {
      const subject = { kind: "model", name: "two.orders" } as const;
      await state.pause({ ...subject, forMs: 40 }, ANA);
      await state.pause(subject, BEN);
      const held = async () => pausedSubjects(await state.listPauses(), await state.now()).models.has("two.orders");
      expect(await held()).toBe(true);
      const [short] = await state.listPauses();
      while ((await state.now()) < (short?.until as Date));
      expect(await state.listPauses()).toMatchObject([{ by: "ben" }]);
      expect(await held()).toBe(true);
      await state.unpause(subject, ANA);
      expect(await held()).toBe(false);
    });

    test("a pause ends by itself, with nobody there to end it", async () => {
      const subject = { kind: "project", name: "short" } as const;
      const { until } = await state.pause({ ...subject, forMs: 30 }, ANA);
      const pauses = await state.listPauses();
      while ((await state.now()) < (until as Date));
      expect(isPaused(pauses, subject, await state.now()), "as a reader judges who read it before").toBe(false);
      expect(await state.listPauses()).toEqual([]);
      expect(await state.unpause(subject, ANA), "nothing is left to end").toEqual([]);
    });

    test("ending one subject's pause leaves every other's", async () => {
      const of = (kind: "project" | "pool") => ({ kind, name: "same" }) as const;
      await state.pause(of("project"), ANA);
      await state.pause(of("pool"), ANA);
      await state.pause({ kind: "system", name: "" }, ANA);
      await state.unpause(of("project"), ANA);
      expect((await state.listPauses()).map(({ kind }) => kind)).toEqual(["pool", "system"]);
      const over = await state.listPauses({ ended: true });
      expect(over.filter(({ name }) => name === "same")).toMatchObject([
        { kind: "project", endedBy: "ana" },
        { kind: "pool" },
      ]);
      expect(await state.listPauses({ ended: true, limit: 1 })).toEqual(over.slice(-1));
      await state.unpause(of("pool"), ANA);
      await state.unpause({ kind: "system", name: "" }, ANA);
    });
  });
}
