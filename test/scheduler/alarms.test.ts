// Alarm clocks over a real Redis: what is set, kept and removed, when they ring, and that losing them is healed.
import { afterEach, describe, expect, test } from "vitest";
import type { Signal } from "../../core/execute/index.ts";
import { type Alarm, createAlarms } from "../../scheduler/alarms/index.ts";
import { openClient } from "../../scheduler/redis/index.ts";
import { redisProgram, startTestRedis, type TestRedis } from "../support/redis-server.ts";
import { keepLog } from "../support/scheduler-log.ts";
import { SOON_MS } from "../support/soon.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const EACH_SECOND = "* * * * * *";

interface Settings {
  readonly redis?: TestRedis;
  /** Why `look` cannot be signalled. */
  readonly failing?: string;
}

async function bed(settings: Settings = {}) {
  const redis = settings.redis ?? (await startTestRedis());
  if (settings.redis === undefined) closers.push(redis.stop);
  const signals: Signal[] = [];
  const rings: { readonly schedule: string; readonly lateMs: number }[] = [];
  const { log, lines } = keepLog();
  const alarms = createAlarms({
    redis: { address: redis.address, secrets: ["s3cret"] },
    meshName: "test",
    log,
    transport: {
      async signal(signal) {
        if (settings.failing !== undefined) throw new Error(settings.failing);
        signals.push(signal);
      },
    },
    onRing: (schedule, dueAt) => void rings.push({ schedule, lateMs: Date.now() - dueAt.getTime() }),
  });
  closers.push(alarms.close);
  return { redis, alarms, signals, rings, lines };
}

const alarmOf = (id: string, cron = EACH_SECOND, timezone = "UTC"): Alarm => ({ id, cron, timezone });

describe.skipIf(redisProgram === undefined)("alarms", () => {
  test("ring each time their cron is due, only say: look, and leave nothing of it in Redis, nor a connection when closed", async () => {
    const { redis, alarms, signals, rings } = await bed();
    const wanted = [alarmOf("shop.often"), alarmOf("shop.nightly", "30 2 * * *", "Europe/Madrid")];
    await alarms.reconcile(wanted);
    await expect.poll(() => rings.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
    expect(new Set(rings.map(({ schedule }) => schedule))).toEqual(new Set(["shop.often"]));
    await expect.poll(() => signals.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
    expect(signals.slice(0, 2)).toEqual(Array(2).fill({ topic: "look", why: "the clock: shop.often" }));
    expect(await alarms.reconcile(wanted)).toEqual({ set: 0, removed: 0, kept: 2 });
    const client = openClient(redis.address, { name: "t", use: "once" });
    expect(await client.exists("{mesh-test}:ticks:completed", "{mesh-test}:ticks:failed")).toBe(0);
    await alarms.close();
    const connections = async () =>
      String(await client.client("LIST"))
        .trim()
        .split("\n").length;
    await expect.poll(connections, { timeout: 5_000 }).toBe(1);
    client.disconnect();
  });

  test("are set once, kept as they are, changed with their cron or zone, and removed with their schedule", async () => {
    const { alarms } = await bed();
    const nightly = alarmOf("shop.nightly", "30 2 * * *", "Europe/Madrid");
    const hourly = alarmOf("shop.hourly", "5 * * * *");
    expect(await alarms.reconcile([nightly, hourly])).toEqual({ set: 2, removed: 0, kept: 0 });
    expect(await alarms.reconcile([nightly, hourly])).toEqual({ set: 0, removed: 0, kept: 2 });
    const changed = [
      { ...nightly, timezone: "Europe/Paris" },
      { ...hourly, cron: "6 * * * *" },
    ];
    expect(await alarms.reconcile(changed)).toEqual({ set: 2, removed: 0, kept: 0 });
    expect(await alarms.reconcile([nightly])).toEqual({ set: 1, removed: 1, kept: 0 });
    expect(await alarms.reconcile([])).toEqual({ set: 0, removed: 1, kept: 0 });
    await expect(alarms.reconcile([alarmOf("shop.never", "no cron")])).rejects.toThrow();
  });

  test("two schedulers that set the same alarms share them", async () => {
    const first = await bed();
    const second = await bed({ redis: first.redis });
    const wanted = Array.from({ length: 40 }, (_, i) => alarmOf(`shop.s${i}`, "0 3 * * *"));
    await Promise.all([first.alarms.reconcile(wanted), second.alarms.reconcile(wanted)]);
    expect(await first.alarms.reconcile(wanted)).toEqual({ set: 0, removed: 0, kept: 40 });
  });

  test("are set again after Redis forgot everything; that nobody can be told is logged without a secret", async () => {
    const { redis, alarms, rings, lines } = await bed({ failing: "no s3cret" });
    await alarms.reconcile([alarmOf("shop.often")]);
    await expect.poll(() => rings.length, { timeout: 10_000 }).toBeGreaterThan(0);
    const client = openClient(redis.address, { name: "t", use: "once" });
    await client.flushall();
    client.disconnect();
    console.log("injected: 1 FLUSHALL");
    expect(await alarms.reconcile([alarmOf("shop.often")])).toEqual({ set: 1, removed: 0, kept: 0 });
    const before = rings.length;
    await expect.poll(() => rings.length, { timeout: 10_000 }).toBeGreaterThan(before);
    expect(lines).toContainEqual({
      level: "warn",
      fields: { reason: "no ***", repeated: 0 },
      message: "signalling failed",
    });
  });

  test("a chain whose next job was lost is noticed and set again", async () => {
    const { redis, alarms } = await bed();
    const nightly = alarmOf("shop.nightly", "30 2 * * *");
    await alarms.reconcile([nightly]);
    const client = openClient(redis.address, { name: "t", use: "once" });
    closers.push(async () => client.disconnect());
    const queue = "{mesh-test}:ticks";
    const job = String((await client.zrange(`${queue}:delayed`, "0", "-1"))[0]);
    expect(job).toMatch(/^repeat:shop\.nightly:\d+$/);
    await client.del(`${queue}:${job}`);
    await client.zrem(`${queue}:delayed`, job);
    await client.zadd(`${queue}:repeat`, String(Date.now() - 3_600_000), "shop.nightly");
    console.log("injected: 1 lost job of a job scheduler");
    expect(await alarms.reconcile([nightly])).toEqual({ set: 1, removed: 0, kept: 0 });
    expect(await client.zcard(`${queue}:delayed`)).toBe(1);
    expect(await alarms.reconcile([nightly])).toEqual({ set: 0, removed: 0, kept: 1 });
  });

  test("without Redis reconciling fails in bounded time and closing ends", async () => {
    const { redis, alarms } = await bed();
    await alarms.reconcile([alarmOf("shop.nightly", "30 2 * * *")]);
    await redis.kill();
    console.log("injected: 1 kill -9 of Redis");
    const started = performance.now();
    await expect(alarms.reconcile([])).rejects.toThrow();
    await alarms.close();
    expect(performance.now() - started).toBeLessThan(SOON_MS);
  });

  test("500 schedules on one tick ring within seconds and are few looks", async () => {
    const { alarms, signals, rings } = await bed();
    const second = new Date(Date.now() + 6_000).getUTCSeconds();
    const wanted = Array.from({ length: 500 }, (_, i) => alarmOf(`shop.s${i}`, `${second} * * * * *`));
    const started = performance.now();
    expect(await alarms.reconcile(wanted)).toMatchObject({ set: 500 });
    const setMs = performance.now() - started;
    await expect.poll(() => new Set(rings.map(({ schedule }) => schedule)).size, { timeout: 80_000 }).toBe(500);
    const late = rings.map(({ lateMs }) => lateMs).sort((a, b) => a - b);
    console.log(
      `500 alarms: set in ${Math.round(setMs)} ms; late p50 ${late[250]} ms, p99 ${late[495]} ms; ${signals.length} looks`,
    );
    expect(late[495]).toBeLessThan(SOON_MS);
    expect(signals.length).toBeLessThan(100);
    expect(await alarms.reconcile(wanted)).toEqual({ set: 0, removed: 0, kept: 500 });
    expect(await alarms.reconcile([])).toEqual({ set: 0, removed: 500, kept: 0 });
    expect(await alarms.reconcile([])).toEqual({ set: 0, removed: 0, kept: 0 });
  }, 120_000);
});
