// Owns what every state store must keep of the audit log: an unbroken chain under many writers, and a break that is found.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuditEntry, openState, type StateStore } from "../../core/state/index.ts";
import { hashOf } from "../../core/util/index.ts";
import type { StateUnderTest } from "./state.ts";

const entry = (change: Partial<AuditEntry> = {}): AuditEntry => ({
  actor: "ana",
  via: "cli",
  action: "schedule.pause",
  subject: "bookings.hourly",
  ...change,
});

export function testAudit(
  name: string,
  make: () => Promise<StateUnderTest>,
  /** Another, whose log the statements let a test change, as somebody with the database's own password could. */
  disarmed: { readonly make: () => Promise<StateUnderTest>; readonly statements: readonly string[] },
): void {
  describe(`audit log: ${name}`, () => {
    let place: StateUnderTest;
    let state: StateStore;
    /** What the log says of itself before anything is written, and what it holds. */
    let empty: readonly [object, readonly object[]];

    beforeAll(async () => {
      place = await make();
      state = await openState(place.location);
      await state.migrate();
      empty = [await state.verifyAudit(), await state.listAudit()];
      for (let n = 0; n < 2; n++) await state.appendAudit(entry({ detail: { n } }));
    });
    afterAll(async () => {
      await state.close();
      await place.remove();
    });

    test("an empty log is intact", () => {
      expect(empty).toEqual([{ intact: true, entries: 0 }, []]);
    });

    test("an entry comes back as it was given, with its number and the database's time", async () => {
      const before = await state.now();
      const { entries } = await state.verifyAudit();
      const detail = { reason: "naïve “quotes”", until: null, from: { cron: "5 * * * *" }, count: 3 };
      const written = await state.appendAudit(entry({ detail }));
      expect(written).toMatchObject({
        ...entry({ detail }),
        sequence: entries + 1,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect(written.at.getTime()).toBeGreaterThanOrEqual(before.getTime());
      expect(await state.listAudit({ limit: 1 })).toEqual([written]);
      expect((await state.appendAudit(entry())).detail).toEqual({});
    });

    test("passwords in URLs and values of keys named like a secret are not kept", async () => {
      const detail = {
        url: "postgres://u:hunter22@h/db",
        password: "hunter22",
        nested: [{ api_key: "hunter22", clientSecret: "kept", client_secret: "hunter22", name: "ci" }],
        AUTHORIZATION: "hunter22",
      };
      await state.appendAudit(entry({ subject: "redis://u:hunter22@h", detail }));
      const [kept] = await state.listAudit({ limit: 1 });
      expect(kept?.detail).toEqual({
        url: "postgres://u:***@h/db",
        password: "***",
        nested: [{ api_key: "***", clientSecret: "kept", client_secret: "***", name: "ci" }],
        AUTHORIZATION: "***",
      });
      expect(JSON.stringify(kept)).not.toContain("hunter22");
    });

    test("entries are found by subject, actor, action and time, newest first, page by page", async () => {
      for (const subject of ["find.a", "find.b", "find.a"])
        await state.appendAudit(
          entry({ actor: "find", subject, action: subject === "find.b" ? "run.cancel" : "run.ask" }),
        );
      const found = async (filter: Parameters<StateStore["listAudit"]>[0]) =>
        (await state.listAudit(filter)).map(({ subject }) => subject);
      expect(await found({ actor: "find" })).toEqual(["find.a", "find.b", "find.a"]);
      expect(await found({ subject: "find.a" })).toEqual(["find.a", "find.a"]);
      expect(await found({ actor: "find", action: "run.cancel" })).toEqual(["find.b"]);
      const [newest, middle] = await state.listAudit({ actor: "find", limit: 2 });
      expect(await found({ actor: "find", before: middle?.sequence ?? 0 })).toEqual(["find.a"]);
      expect(await state.listAudit({ actor: "find", since: newest?.at as Date, limit: 1 })).toEqual([newest]);
      expect(await found({ actor: "find", since: new Date((newest?.at.getTime() ?? 0) + 1) })).toEqual([]);
    });

    test("the chain holds under 8 writers at once, without a gap", async () => {
      const before = (await state.verifyAudit()).entries;
      const stores = await Promise.all(Array.from({ length: 8 }, () => openState(place.location)));
      try {
        await Promise.all(
          stores.map(async (store, i) => {
            for (let n = 0; n < 10; n++) await store.appendAudit(entry({ actor: `writer-${i}`, detail: { n } }));
          }),
        );
      } finally {
        await Promise.all(stores.map((store) => store.close()));
      }
      expect(await state.verifyAudit()).toEqual({ intact: true, entries: before + 80 });
      const times = (await state.listAudit()).map(({ at }) => at.getTime());
      expect(times).toEqual([...times].sort((a, b) => b - a));
    });

    test.each(["update {audit} set actor = 'nobody' where sequence = 2", "delete from {audit} where sequence = 2"])(
      "the database refuses: %s",
      async (statement) => {
        await expect(place.sql(statement)).rejects.toThrow("append-only");
        expect(await state.verifyAudit()).toMatchObject({ intact: true });
      },
    );

    describe("whoever gets round that is found out", () => {
      let place: StateUnderTest;
      let state: StateStore;
      beforeAll(async () => {
        place = await disarmed.make();
        state = await openState(place.location);
        await state.migrate();
        for (let n = 0; n < 4; n++) await state.appendAudit(entry({ detail: { n } }));
        for (const statement of disarmed.statements) await place.sql(statement);
      });
      afterAll(async () => {
        await state.close();
        await place.remove();
      });

      test.each([
        ["a changed actor", "actor = 'nobody'", 3],
        ["a changed way in", "via = 'api'", 3],
        ["a changed action", "action = 'run.ask'", 3],
        ["a changed subject", "subject = 'bookings.daily'", 3],
        ["a changed time", "at = '2020-01-01T00:00:00.000Z'", 3],
        ["a changed detail", `detail = '{"n":1000}'`, 3],
        ["a changed hash", "hash = 'abc'", 3],
      ])("%s", async (_, change, sequence) => {
        await place.sql(`create table saved_row as select * from {audit} where sequence = ${sequence}`);
        await place.sql(`update {audit} set ${change} where sequence = ${sequence}`);
        expect(await state.verifyAudit()).toMatchObject({
          intact: false,
          broken: { sequence, what: "it is not what was written" },
        });
        await place.sql(`delete from {audit} where sequence = ${sequence}`);
        expect(await state.verifyAudit()).toMatchObject({ broken: { sequence, what: "it is missing" } });
        await place.sql("insert into {audit} select * from saved_row");
        await place.sql("drop table saved_row");
        expect(await state.verifyAudit()).toMatchObject({ intact: true });
      });

      test("a last entry whose hash was computed anew", async () => {
        const [newest, before] = await state.listAudit({ limit: 2 });
        if (!newest || !before) throw new Error("the log is too short");
        const { sequence, at, via, action, subject, detail, hash } = newest;
        const forged = [
          before.hash,
          sequence,
          at.toISOString(),
          "nobody",
          via,
          action,
          subject,
          JSON.stringify(detail),
        ];
        const change = async (actor: string, kept: string) =>
          place.sql(`update {audit} set actor = '${actor}', hash = '${kept}' where sequence = ${sequence}`);
        await change("nobody", hashOf(forged));
        expect(await state.verifyAudit()).toMatchObject({
          intact: false,
          broken: { sequence, what: "it is not the one that was written last" },
        });
        await change(newest.actor, hash);
        expect(await state.verifyAudit()).toMatchObject({ intact: true });
      });

      test("entries cut off the end", async () => {
        const { entries } = await state.verifyAudit();
        await place.sql(`create table saved_row as select * from {audit} where sequence > ${entries - 2}`);
        await place.sql(`delete from {audit} where sequence > ${entries - 2}`);
        expect(await state.verifyAudit()).toEqual({
          intact: false,
          entries,
          broken: { sequence: entries - 1, what: "it and all after it are missing" },
        });
        await place.sql("insert into {audit} select * from saved_row");
        await place.sql("drop table saved_row");
      });
    });
  });
}
