// Owns what every state store must keep of the API's tokens: only hashes, one live token a name, an end in time, each change audited.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newToken, openState, readToken, type StateStore } from "../../core/state/index.ts";
import type { StateUnderTest } from "./state.ts";

const ana = { actor: "ana", via: "cli" } as const;

export function testTokens(name: string, make: () => Promise<StateUnderTest>): void {
  describe(`tokens: ${name}`, () => {
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

    const create = async (tokenName: string, more: { readonly expiresAfterMs?: number } = {}) => {
      const { text, id, hash } = newToken();
      const record = await state.createToken({ id, hash, name: tokenName, role: "read", ...more }, ana);
      return { text, record };
    };
    const use = async (text: string) => {
      const presented = readToken(text);
      return presented && state.useToken(presented);
    };

    test("a token is known again by its text, and who made it is audited; the text is nowhere", async () => {
      const { text, record } = await create("known");
      expect(record).toMatchObject({ name: "known", role: "read", createdBy: "ana", status: "live" });
      expect(await use(text)).toMatchObject({ id: record.id, status: "live" });
      const [entry] = await state.listAudit({ subject: "known" });
      expect(entry).toMatchObject({ ...ana, action: "token.create", detail: { id: record.id, role: "read" } });
      // It may hold the sign that parts the text.
      const secret = text.slice(-43);
      expect(JSON.stringify([entry, await state.listTokens()])).not.toContain(secret);
    });

    test.each([
      ["another secret", (text: string) => `${text.slice(0, -43)}${"A".repeat(43)}`],
      ["another id", (text: string) => text.replace(/_[0-9a-z]{26}_/, `_${"0".repeat(26)}_`)],
      ["a cut end", (text: string) => text.slice(0, -1)],
      ["nothing", () => ""],
    ])("%s is no token", async (what, change) => {
      const { text } = await create(`changed by ${what}`);
      expect(await use(change(text))).toBeUndefined();
      expect((await state.listTokens())[0]).not.toHaveProperty("lastUsedAt");
    });

    test("its last use is noted, at most once a minute", async () => {
      const { text, record } = await create("used");
      const noted = async () => (await state.listTokens()).find(({ id }) => id === record.id)?.lastUsedAt;
      expect(await noted()).toBeUndefined();
      await use(text);
      const first = await noted();
      expect(first).toBeInstanceOf(Date);
      await use(text);
      expect(await noted()).toEqual(first);
      await place.sql(`update {api_token} set last_used_at = '2020-01-01T00:00:00.000Z' where id = '${record.id}'`);
      await use(text);
      expect((await noted())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? 0);
    });

    test("it ends when its time is over, by the database's clock", async () => {
      const { text, record } = await create("ends", { expiresAfterMs: 3_600_000 });
      expect(record.expiresAt?.getTime()).toBe(record.createdAt.getTime() + 3_600_000);
      expect((await use(text))?.status).toBe("live");
      await place.sql(`update {api_token} set expires_at = '2020-01-01T00:00:00.000Z' where id = '${record.id}'`);
      const used = (await state.listTokens()).find(({ id }) => id === record.id)?.lastUsedAt;
      await place.sql(`update {api_token} set last_used_at = '2019-01-01T00:00:00.000Z' where id = '${record.id}'`);
      expect((await use(text))?.status).toBe("expired");
      const after = (await state.listTokens()).find(({ id }) => id === record.id)?.lastUsedAt;
      expect([used?.getFullYear(), after?.getFullYear()], "a dead token's uses are not noted").toEqual([
        record.createdAt.getFullYear(),
        2019,
      ]);
      expect(await state.revokeToken("ends", ana), "revoked after its time").toMatchObject({ status: "revoked" });
    });

    test("a revoked token is good for nothing, and its name is free again", async () => {
      const { text } = await create("again");
      await expect(create("again")).rejects.toMatchObject({ code: "token/name-taken" });
      expect(await state.revokeToken("again", ana)).toMatchObject({ status: "revoked", revokedBy: "ana" });
      expect((await use(text))?.status).toBe("revoked");
      expect(await state.revokeToken("again", ana)).toBeUndefined();
      const second = await create("again");
      expect(await state.revokeToken(second.record.id, ana)).toMatchObject({ id: second.record.id });
      expect((await state.listAudit({ subject: "again" })).map(({ action }) => action)).toEqual([
        "token.revoke",
        "token.create",
        "token.revoke",
        "token.create",
      ]);
    });

    test("of 6 who take one name at once, one has it", async () => {
      const made = await Promise.allSettled(Array.from({ length: 6 }, () => create("race")));
      expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });
  });
}
