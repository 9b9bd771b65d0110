// What the metrics are told of a Redis that is gone: every failure, by what was being done. And what tickets leave in one.
import { expect, test } from "vitest";
import { openClient } from "../../scheduler/redis/index.ts";
import { createBullmqTransport } from "../../scheduler/transport/index.ts";
import { ticketsOf } from "../conformance/transport.ts";
import { redisProgram, startTestRedis } from "../support/redis-server.ts";
import { keepLog } from "../support/scheduler-log.ts";

test.skipIf(redisProgram === undefined)(
  "each failure is counted, signals included, and logged once together",
  async () => {
    const server = await startTestRedis();
    const { log, lines } = keepLog();
    const failures: string[] = [];
    const transport = createBullmqTransport({
      redis: { address: server.address, place: "the test's Redis", secrets: [] },
      meshName: "failures",
      log,
      onFailure: (doing) => failures.push(doing),
    });
    try {
      // Connected, when this arrives.
      await expect.poll(() => transport.offer(ticketsOf(1)).then(() => true)).toBe(true);
      await transport.signal({ topic: "look", why: "all is well" });
      expect(failures).not.toContain("signal");
      await server.stop();
      await expect.poll(() => failures, { timeout: 10_000 }).toContain("connect");
      const signals = () => failures.filter((doing) => doing === "signal").length;
      for (const nth of [1, 2, 3]) {
        await transport.signal({ topic: "progress", runId: "r", steps: [{ step: "build:a.b", rows: nth }] });
        expect(signals()).toBe(nth);
      }
      await expect(transport.offer(ticketsOf(1))).rejects.toMatchObject({ code: "redis/no-answer" });
      expect(failures).toContain("offer");
      expect(lines.filter(({ message }) => message === "signalling failed")).toHaveLength(1);
    } finally {
      await transport.close();
      await server.stop();
    }
  },
);

test.skipIf(redisProgram === undefined)(
  "a ticket that was taken leaves nothing behind, also when taking it failed",
  async () => {
    const server = await startTestRedis();
    const { log } = keepLog();
    const redis = { address: server.address, place: "the test's Redis", secrets: [] };
    const transport = createBullmqTransport({ redis, meshName: "nothing", log });
    const client = openClient(server.address, { name: "raw", use: "once" });
    try {
      const tickets = ticketsOf(6);
      const jobs = () => client.keys(`*:${tickets[0]?.runId}.*`);
      await expect.poll(() => transport.offer(tickets).then(() => true)).toBe(true);
      expect(await jobs()).toHaveLength(6);
      let taken = 0;
      await transport.consume(["duckdb"], 2, async () => {
        if (++taken % 2 === 0) throw new Error("the state store is away");
      });
      await expect.poll(jobs, { timeout: 20_000 }).toEqual([]);
      expect(taken).toBe(6);
    } finally {
      client.disconnect();
      await transport.close();
      await server.stop();
    }
  },
);
