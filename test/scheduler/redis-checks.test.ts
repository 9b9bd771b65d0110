// What `mesh doctor` says of Redis: of a real one as it is set, and of looks that no server of this machine gives.
import { afterEach, describe, expect, test } from "vitest";
import type { Config } from "../../core/config/index.ts";
import { judgeRedis, openClient, type RedisLook, redisChecks } from "../../scheduler/redis/index.ts";
import { freePort, redisProgram, startTestRedis } from "../support/redis-server.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const configOf = (state: "sqlite" | "postgres") =>
  ({ scheduler: { leaseMs: 30_000, pools: {} }, target: { name: "x", state: { kind: state } } }) as unknown as Config;
const now = async () => new Date();

test("nothing is said where no Redis is configured", async () => {
  expect(await redisChecks({ config: configOf("postgres"), env: {}, now })).toEqual([]);
});

test("one that does not answer is a finding with its fix, and shows no password", async () => {
  const env = { REDIS_URL: `redis://:hidden-words@127.0.0.1:${await freePort()}` };
  const [check, ...others] = await redisChecks({ config: configOf("postgres"), env, now });
  expect(others).toEqual([]);
  expect(check).toMatchObject({ ok: false, what: expect.stringContaining("nothing listens there") });
  expect(check?.help).toContain("Start it");
  expect(JSON.stringify(check)).not.toContain("hidden-words");
});

describe.skipIf(redisProgram === undefined)("a real one", () => {
  test("as it should be in production is in order", async () => {
    const redis = await startTestRedis({ appendonly: "yes", maxmemory: "200mb" });
    closers.push(redis.stop);
    const checks = await redisChecks({ config: configOf("postgres"), env: { REDIS_URL: redis.url }, now });
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.length).toBe(6);
  });

  test("as it comes is found wanting in production, not on one machine", async () => {
    const redis = await startTestRedis({ "maxmemory-policy": "allkeys-lru" });
    closers.push(redis.stop);
    const wrong = async (state: "sqlite" | "postgres") =>
      (await redisChecks({ config: configOf(state), env: { REDIS_URL: redis.url }, now })).flatMap(
        ({ ok, what, help }) => (ok ? [] : [`${what} -> ${help?.split(/[:(]/)[0]?.trim()}`]),
      );
    expect(await wrong("sqlite")).toEqual([
      "maxmemory-policy of Redis is allkeys-lru -> Set maxmemory-policy to noeviction",
    ]);
    expect(await wrong("postgres")).toEqual([
      "maxmemory-policy of Redis is allkeys-lru -> Set maxmemory-policy to noeviction",
      "Redis keeps no log (AOF) -> Set appendonly to yes",
    ]);
    const client = openClient(redis.address, { name: "t", use: "once" });
    await client.config("SET", "maxmemory", "1mb");
    client.disconnect();
    expect((await wrong("sqlite"))[1]).toMatch(/^Redis uses \d+ % of its maxmemory -> Raise maxmemory, or find/);
  });

  test("whose clock is not the state store's is a finding", async () => {
    const redis = await startTestRedis();
    closers.push(redis.stop);
    const later = async () => new Date(Date.now() + 90_000);
    const checks = await redisChecks({ config: configOf("sqlite"), env: { REDIS_URL: redis.url }, now: later });
    expect(checks.filter(({ ok }) => !ok)).toMatchObject([
      { what: expect.stringMatching(/^clock of Redis is (89|90)\d{3} ms/) },
    ]);
  });
});

test("a replica and a far Redis are findings", () => {
  const look: RedisLook = {
    product: "Valkey",
    version: "8.1.0",
    info: new Map([
      ["role", "slave"],
      ["maxmemory_policy", "noeviction"],
      ["aof_enabled", "1"],
    ]),
    latencyMs: 180,
    clockAheadMs: 0,
  };
  const wrong = judgeRedis(look, { place: "far:6379", production: true, storeAheadMs: 0 }).filter(({ ok }) => !ok);
  expect(wrong.map(({ what }) => what)).toEqual(["Valkey 8.1.0 at far:6379", "Redis answers in 180.0 ms"]);
});
