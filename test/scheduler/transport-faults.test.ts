// What the transport does while Redis dies, forgets, is full, is slow or cannot be reached: nothing hangs, nothing spins, and what was lost can
// be offered again and arrives. The Redis is real and is killed by its pid.
import { afterEach, describe, expect, test } from "vitest";
import type { Transport } from "../../core/execute/index.ts";
import type { Ticket } from "../../core/state/index.ts";
import { openClient, type RedisAddress } from "../../scheduler/redis/index.ts";
import { createBullmqTransport, openQueues } from "../../scheduler/transport/index.ts";
import { keyOf, ticketsOf } from "../conformance/transport.ts";
import { LONG } from "../support/fault-checks.ts";
import { redisProgram, startTestRedis } from "../support/redis-server.ts";
import { keepLog } from "../support/scheduler-log.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const MESH = "faults";

function join(address: RedisAddress) {
  const { log, lines } = keepLog();
  const redis = { address, place: `127.0.0.1:${address.port}`, secrets: [address.password ?? ""] };
  const transport = createBullmqTransport({ redis, meshName: MESH, log });
  closers.push(() => transport.close());
  return { transport, lines };
}

/** Offers what has not arrived again and again, as the sweep does; how often offering failed. */
async function untilAllArrive(
  transport: Transport,
  tickets: readonly Ticket[],
  seen: ReadonlySet<string>,
  ms = 40_000,
) {
  let failed = 0;
  const until = Date.now() + ms;
  for (;;) {
    const missing = tickets.filter((ticket) => !seen.has(keyOf(ticket)));
    if (missing.length === 0) return failed;
    if (Date.now() > until) throw new Error(`${missing.length} of ${tickets.length} tickets never arrived`);
    const started = performance.now();
    await transport.offer(missing).catch(() => failed++);
    expect(performance.now() - started).toBeLessThan(6_000);
    await new Promise((done) => setTimeout(done, 250));
  }
}

async function withRaw<T>(
  address: RedisAddress,
  use: (client: ReturnType<typeof openClient>) => Promise<T>,
): Promise<T> {
  const client = openClient(address, { name: "raw", use: "once" });
  client.on("error", () => undefined);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

/** The share of one processor that this process used while `work` went on. */
async function cpuShare(work: () => Promise<unknown>): Promise<number> {
  const [cpu, started] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / 1_000 / (performance.now() - started);
}

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

describe.skipIf(redisProgram === undefined)("the transport, when", () => {
  test.each([
    ["keeps nothing", {}],
    ["keeps snapshots", { save: "1 1" }],
    ["keeps a log", { appendonly: "yes" }],
  ])(
    "F6: a Redis that %s is killed and started again",
    async (_, settings) => {
      const redis = await startTestRedis(settings);
      closers.push(redis.stop);
      const { transport, lines } = join(redis.address);
      const seen = new Set<string>();
      await transport.consume(["duckdb"], 4, async (ticket) => {
        await wait(5);
        seen.add(keyOf(ticket));
      });
      const tickets = ticketsOf(300);
      await transport.offer(tickets);
      await expect.poll(() => seen.size, { interval: 5 }).toBeGreaterThan(20);
      await redis.kill();
      const atKill = seen.size;
      await expect(transport.offer(tickets.slice(-1))).rejects.toMatchObject({ code: "redis/no-answer" });
      await redis.restart();
      await wait(500);
      const failed = await untilAllArrive(transport, tickets, seen);
      console.log(
        `injected: 1 kill -9 and restart, ${atKill} of 300 delivered before; offers that failed ${failed}; log lines ${lines.length}`,
      );
      expect(atKill).toBeLessThan(300);
      expect(lines.length).toBeLessThan(12);
    },
    90_000,
  );

  test("F7: everything, or one queue, is deleted in the middle", async () => {
    const redis = await startTestRedis();
    closers.push(redis.stop);
    const { transport, lines } = join(redis.address);
    const seen = new Set<string>();
    await transport.consume(["duckdb", "ts"], 4, async (ticket) => {
      await wait(5);
      seen.add(keyOf(ticket));
    });
    const tickets = [...ticketsOf(150, "duckdb"), ...ticketsOf(150, "ts")];
    await transport.offer(tickets);
    await expect.poll(() => seen.size, { interval: 5 }).toBeGreaterThan(20);
    await withRaw(redis.address, (client) => client.flushall());
    const atFlush = seen.size;
    await untilAllArrive(transport, tickets.slice(0, 100), seen);
    await transport.offer(tickets);
    await withRaw(redis.address, async (client) => {
      const queues = openQueues(client, MESH, { report: () => undefined, settle: () => undefined });
      await queues.queue("duckdb").obliterate({ force: true });
      await queues.close();
    });
    const atObliterate = seen.size;
    await untilAllArrive(transport, tickets, seen);
    console.log(
      `injected: 1 FLUSHALL at ${atFlush}, 1 obliterate at ${atObliterate} of 300; log lines ${lines.length}`,
    );
    expect(atFlush).toBeLessThan(300);
    expect(lines.length).toBeLessThan(12);
  }, 90_000);

  test("F8: Redis is away for a while: offers fail soon, the consumer idles, and comes back by itself", async () => {
    const redis = await startTestRedis();
    closers.push(redis.stop);
    const { transport, lines } = join(redis.address);
    const seen = new Set<string>();
    const heard: string[] = [];
    await transport.consume(["duckdb"], 4, async (ticket) => void seen.add(keyOf(ticket)));
    await transport.onSignal((signal) => void heard.push(signal.topic));
    await redis.kill();
    const downMs = LONG ? 60_000 : 5_000;
    const longest = { offer: 0, signal: 0 };
    const cpu = await cpuShare(async () => {
      for (const until = Date.now() + downMs; Date.now() < until; ) {
        for (const what of ["offer", "signal"] as const) {
          const started = performance.now();
          if (what === "offer") await expect(transport.offer(ticketsOf(5))).rejects.toMatchObject({ retryable: true });
          else await transport.signal({ topic: "look", why: "nobody hears" });
          longest[what] = Math.max(longest[what], performance.now() - started);
        }
        await wait(500);
      }
    });
    await redis.restart();
    const tickets = ticketsOf(50);
    await untilAllArrive(transport, tickets, seen);
    await expect
      .poll(
        async () => {
          await transport.signal({ topic: "look", why: "it is back" });
          return heard.length;
        },
        { timeout: 15_000 },
      )
      .toBeGreaterThan(0);
    console.log(
      `injected: ${downMs / 1_000} s without Redis; longest offer ${Math.round(longest.offer)} ms, signal ${Math.round(longest.signal)} ms; CPU ${Math.round(cpu * 100)} %; log lines ${lines.length}`,
    );
    expect(cpu).toBeLessThan(0.2);
    expect(lines.length).toBeLessThan(14 + downMs / 3_000);
    expect(JSON.stringify(lines)).not.toContain(redis.address.password);
  }, 180_000);

  test("F9: Redis is full: nothing spins, and what waits is done when there is room", async () => {
    const redis = await startTestRedis();
    closers.push(redis.stop);
    const { transport, lines } = join(redis.address);
    const seen = new Set<string>();
    const tickets = ticketsOf(200);
    await transport.offer(tickets);
    await withRaw(redis.address, (client) => client.config("SET", "maxmemory", "1mb"));
    await transport.consume(["duckdb"], 8, async (ticket) => void seen.add(keyOf(ticket)));
    const fullMs = LONG ? 30_000 : 6_000;
    let refused = 0;
    const cpu = await cpuShare(async () => {
      for (const until = Date.now() + fullMs; Date.now() < until; await wait(500))
        await transport.offer(ticketsOf(1)).catch(() => refused++);
    });
    const [whileFull, said] = [seen.size, lines.length];
    await withRaw(redis.address, (client) => client.config("SET", "maxmemory", "0"));
    await untilAllArrive(transport, tickets, seen);
    console.log(
      `injected: ${fullMs / 1_000} s of maxmemory; refused offers ${refused}; deliveries meanwhile ${whileFull}; CPU ${Math.round(cpu * 100)} %; log lines ${said}`,
    );
    expect(refused).toBeGreaterThan(0);
    expect(cpu).toBeLessThan(0.2);
    expect(said).toBeLessThan(6 + fullMs / 5_000);
  }, 120_000);

  test("F9: Redis becomes full while jobs are at work: they end, and nothing spins", async () => {
    const redis = await startTestRedis();
    closers.push(redis.stop);
    const { transport, lines } = join(redis.address);
    const seen = new Set<string>();
    let open: () => void = () => undefined;
    const gate = new Promise<void>((done) => {
      open = done;
    });
    await transport.consume(["duckdb"], 4, async (ticket) => {
      seen.add(keyOf(ticket));
      await gate;
    });
    const tickets = ticketsOf(40);
    await transport.offer(tickets);
    await expect.poll(() => seen.size).toBe(4);
    await withRaw(redis.address, (client) => client.config("SET", "maxmemory", "1mb"));
    const cpu = await cpuShare(async () => {
      open();
      await wait(4_000);
    });
    const said = lines.length;
    await withRaw(redis.address, (client) => client.config("SET", "maxmemory", "0"));
    await untilAllArrive(transport, tickets, seen);
    console.log(`injected: maxmemory under 4 jobs for 4 s; CPU ${Math.round(cpu * 100)} %; log lines ${said}`);
    expect(cpu).toBeLessThan(0.2);
    expect(said).toBeLessThan(8);
  }, 120_000);

  describe("F10: the network between it and Redis", () => {
    async function behindProxy() {
      const redis = await startTestRedis();
      closers.push(redis.stop);
      const proxy = await startTcpProxy(redis.address.port);
      closers.push(proxy.stop);
      const { transport, lines } = join({ ...redis.address, port: proxy.port });
      const seen = new Set<string>();
      const heard: string[] = [];
      await transport.consume(["duckdb"], 4, async (ticket) => void seen.add(keyOf(ticket)));
      await transport.onSignal((signal) => void heard.push(signal.topic));
      const first = ticketsOf(20);
      await untilAllArrive(transport, first, seen);
      /** Offers, takes and hears again. */
      const expectWhole = async (ms = 40_000) => {
        await untilAllArrive(transport, ticketsOf(50), seen, ms);
        const before = heard.length;
        await expect
          .poll(
            async () => {
              await transport.signal({ topic: "look", why: "whole again" });
              return heard.length;
            },
            { timeout: 30_000, interval: 300 },
          )
          .toBeGreaterThan(before);
      };
      const tell = () =>
        console.log(
          `injected: ${Object.entries(proxy.counts)
            .map(([what, n]) => `${what} ${n}`)
            .join(", ")}; log lines ${lines.length}`,
        );
      return { redis, proxy, transport, lines, seen, expectWhole, tell };
    }

    test("freezes", async () => {
      const { proxy, transport, lines, expectWhole, tell } = await behindProxy();
      proxy.freeze();
      const started = performance.now();
      await expect(transport.offer(ticketsOf(3))).rejects.toMatchObject({ code: "redis/no-answer" });
      await transport.signal({ topic: "look", why: "frozen" });
      expect(performance.now() - started).toBeLessThan(12_000);
      const frozenMs = LONG ? 180_000 : 3_000;
      const cpu = await cpuShare(() => wait(frozenMs));
      proxy.thaw();
      await expectWhole();
      tell();
      expect(cpu).toBeLessThan(0.2);
      expect(lines.length).toBeLessThan(14 + frozenMs / 3_000);
    }, 600_000);

    test.skipIf(!LONG)(
      "answers half a second late",
      async () => {
        const { proxy, lines, expectWhole, tell } = await behindProxy();
        proxy.delay(500);
        await expectWhole(90_000);
        tell();
        expect(proxy.counts.delayed).toBeGreaterThan(0);
        expect(lines.length).toBeLessThan(10);
      },
      150_000,
    );

    test("is cut again and again", async () => {
      const { proxy, transport, seen, lines, expectWhole, tell } = await behindProxy();
      const tickets = ticketsOf(200);
      const cutting = setInterval(() => proxy.cut(), 400);
      const arriving = untilAllArrive(transport, tickets, seen, 20_000).catch(() => undefined);
      await wait(5_000);
      clearInterval(cutting);
      await arriving;
      await untilAllArrive(transport, tickets, seen);
      await expectWhole();
      tell();
      expect(proxy.counts.cut).toBeGreaterThan(5);
      expect(lines.length).toBeLessThan(20);
    }, 120_000);

    test("is cut while it subscribes anew: it hears again", async () => {
      const { proxy, expectWhole, tell } = await behindProxy();
      proxy.cutAt("subscribe", 3);
      proxy.cut();
      const cut = proxy.counts.cut;
      await expect.poll(() => proxy.counts.cut, { timeout: 20_000 }).toBe(cut + 3);
      await expectWhole();
      tell();
    }, 120_000);

    test.skipIf(!LONG)(
      "loses its connections without a word",
      async () => {
        const { proxy, lines, expectWhole, tell } = await behindProxy();
        proxy.halfOpen();
        await expectWhole();
        tell();
        expect(proxy.counts.halfOpened).toBeGreaterThanOrEqual(2);
        expect(lines.length).toBeLessThan(15);
      },
      120_000,
    );
  });

  test("a stopped Redis that goes on again gives back what it gave to nobody", async () => {
    const redis = await startTestRedis();
    closers.push(redis.stop);
    const { transport } = join(redis.address);
    const seen = new Set<string>();
    await transport.consume(["duckdb"], 2, async (ticket) => void seen.add(keyOf(ticket)));
    const tickets = ticketsOf(30);
    // Put there by another, so that the consumer's fetch meets it when Redis goes on.
    const other = join(redis.address).transport;
    redis.signal("SIGSTOP");
    const offering = other.offer(tickets).catch(() => undefined);
    await wait(7_000);
    redis.signal("SIGCONT");
    await offering;
    console.log("injected: 7 s of SIGSTOP");
    await untilAllArrive(transport, tickets, seen, 20_000);
  }, 90_000);
});
