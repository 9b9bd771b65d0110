// What the metrics are told of a Redis that is gone: every failure, by what was being done.
import { expect, test } from "vitest";
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
