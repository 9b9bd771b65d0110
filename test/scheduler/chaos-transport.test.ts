// The wrapper that tests put around transports does what it says, the same for the same seed.
import { expect, test } from "vitest";
import { createInProcessTransport } from "../../core/execute/index.ts";
import type { Ticket } from "../../core/state/index.ts";
import { keyOf, ticketsOf } from "../conformance/transport.ts";
import { describeChaos, withChaos } from "../support/chaos-transport.ts";

test("doubles, delays, reorders and drops a tenth each, by its seed", async () => {
  const tickets = ticketsOf(1_000);
  const tell = async (seed: number) => {
    const transport = withChaos(createInProcessTransport(), { seed, delayMs: 20 });
    const seen: Ticket[] = [];
    await transport.consume(["duckdb"], 1, async (ticket) => void seen.push(ticket));
    await transport.offer(tickets);
    const { dropped, doubled } = transport.counts;
    await expect.poll(() => seen.length).toBe(1_000 - dropped + doubled);
    expect(new Set(seen.map(keyOf)).size).toBe(1_000 - dropped);
    await transport.close();
    return { ...transport.counts };
  };
  const counts = await tell(7);
  console.log(describeChaos(7, counts));
  expect(await tell(7)).toEqual(counts);
  expect(await tell(8)).not.toEqual(counts);
  for (const what of ["doubled", "delayed", "reordered", "dropped"] as const) {
    expect(counts[what]).toBeGreaterThan(60);
    expect(counts[what]).toBeLessThan(140);
  }
});

test("what it dropped arrives when it is offered again and again, as the sweep does", async () => {
  const transport = withChaos(createInProcessTransport(), { seed: 3, delayMs: 10 });
  const tickets = ticketsOf(200);
  const seen = new Set<string>();
  await transport.consume(["duckdb"], 4, async (ticket) => void seen.add(keyOf(ticket)));
  await expect
    .poll(async () => {
      await transport.offer(tickets.filter((ticket) => !seen.has(keyOf(ticket))));
      return seen.size;
    })
    .toBe(200);
  expect(transport.counts.dropped).toBeGreaterThan(0);
  await transport.close();
});
