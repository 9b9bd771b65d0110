// What a transport is: the suite that every implementation passes. It may lose and double tickets; these are the promises it makes all the same.
import { afterEach, describe, expect, test } from "vitest";
import type { Consumer, Signal, Transport } from "../../core/execute/index.ts";
import type { Ticket, WorkerClass } from "../../core/state/index.ts";

/** One broker with the processes that share it; for a transport within one process, that process. */
export interface TransportBed {
  /** A process of the same mesh. What has one process only gives the same transport again. */
  open(): Promise<Transport>;
  /** Cuts everybody off from the broker. */
  breakBroker?(): Promise<void>;
  close(): Promise<void>;
}

export interface TransportSuite {
  readonly name: string;
  /** There is a broker that its processes can be cut off from. */
  readonly hasBroker: boolean;
  start(): Promise<TransportBed>;
}

let runs = 0;

export function ticketsOf(count: number, workerClass: WorkerClass = "duckdb"): readonly Ticket[] {
  const runId = `run-${process.pid}-${runs++}`;
  return Array.from({ length: count }, (_, i) => ({ runId, task: `build:shop.m${i}`, fence: 0, workerClass }));
}

export const keyOf = ({ runId, task, fence, workerClass }: Ticket) => `${workerClass} ${runId} ${task} ${fence}`;
const keysOf = (tickets: readonly Ticket[]) => tickets.map(keyOf).sort();

/** A door that opens once. */
function door() {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((done) => {
    open = done;
  });
  return { open, passed };
}

/** Long enough for a transport to do what it must not do; nothing else can be awaited for what does not happen. */
const quiet = () => new Promise((done) => setTimeout(done, 300));

export function testTransport({ name, hasBroker, start }: TransportSuite): void {
  describe(`a transport: ${name}`, () => {
    let bed: TransportBed | undefined;
    const opened = new Set<Transport>();
    const consumers: Consumer[] = [];
    const open = async () => {
      bed ??= await start();
      const transport = await bed.open();
      opened.add(transport);
      return transport;
    };
    const consume = async (
      transport: Transport,
      classes: readonly WorkerClass[],
      concurrency: number,
      take: (ticket: Ticket) => Promise<void>,
    ) => {
      const consumer = await transport.consume(classes, concurrency, take);
      consumers.push(consumer);
      return consumer;
    };
    afterEach(async () => {
      await Promise.all(consumers.splice(0).map((consumer) => consumer.close()));
      for (const transport of opened) await transport.close();
      opened.clear();
      await bed?.close();
      bed = undefined;
    });

    test("brings every ticket, whole, to a consumer of its class and to no other", async () => {
      const transport = await open();
      const seen: Record<string, Ticket[]> = { ab: [], c: [] };
      await consume(transport, ["duckdb", "extract"], 4, async (ticket) => void seen.ab?.push(ticket));
      await consume(transport, ["ts"], 4, async (ticket) => void seen.c?.push(ticket));
      const offered = [ticketsOf(40, "duckdb"), ticketsOf(40, "extract"), ticketsOf(40, "ts")] as const;
      await transport.offer(offered.flat());
      await expect.poll(() => (seen.ab?.length ?? 0) + (seen.c?.length ?? 0), { timeout: 10_000 }).toBe(120);
      expect(keysOf(seen.ab ?? [])).toEqual(keysOf([...offered[0], ...offered[1]]));
      expect(keysOf(seen.c ?? [])).toEqual(keysOf(offered[2]));
      expect(Object.keys(seen.c?.[0] ?? {}).sort()).toEqual(["fence", "runId", "task", "workerClass"]);
    });

    test("keeps what is offered while nobody consumes", async () => {
      const transport = await open();
      const tickets = ticketsOf(20);
      await transport.offer(tickets);
      const seen: Ticket[] = [];
      await consume(transport, ["duckdb"], 2, async (ticket) => void seen.push(ticket));
      await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(20);
      expect(keysOf(seen)).toEqual(keysOf(tickets));
    });

    test("has never more than the concurrency at work, over all classes together, and uses it", async () => {
      const transport = await open();
      let [now, most, done] = [0, 0, 0];
      const full = door();
      await consume(transport, ["duckdb", "extract", "ts"], 3, async () => {
        most = Math.max(most, ++now);
        if (now === 3) full.open();
        await full.passed;
        await new Promise((end) => setTimeout(end, 2));
        now--;
        done++;
      });
      for (const workerClass of ["duckdb", "extract", "ts"] as const) await transport.offer(ticketsOf(20, workerClass));
      await expect.poll(() => done, { timeout: 10_000 }).toBe(60);
      expect(most).toBe(3);
    });

    test("a busy consumer leaves what it has no room for to others", async () => {
      const transport = await open();
      const busy = door();
      const started = door();
      await consume(transport, ["duckdb", "ts"], 1, async () => {
        started.open();
        await busy.passed;
      });
      await transport.offer(ticketsOf(1, "ts"));
      await started.passed;
      const seen: Ticket[] = [];
      const tickets = ticketsOf(10, "duckdb");
      await transport.offer(tickets);
      await consume(await open(), ["duckdb"], 2, async (ticket) => void seen.push(ticket));
      await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(10);
      busy.open();
    });

    test("the same ticket offered again while it waits is one delivery; a later fence is another", async () => {
      const transport = await open();
      const [ticket] = ticketsOf(1);
      for (let i = 0; i < 5; i++) await transport.offer([ticket!, ticket!]);
      await transport.offer([{ ...ticket!, fence: 1 }]);
      const seen: Ticket[] = [];
      await consume(transport, ["duckdb"], 4, async (one) => void seen.push(one));
      await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(2);
      await quiet();
      expect(seen.map(({ fence }) => fence).sort()).toEqual([0, 1]);
    });

    test("a ticket that was delivered can be offered again", async () => {
      const transport = await open();
      const [ticket] = ticketsOf(1);
      let seen = 0;
      await consume(transport, ["duckdb"], 1, async () => void seen++);
      for (let round = 1; round <= 3; round++) {
        // It may still be on its way out: the sweep, too, offers until it is taken.
        await expect
          .poll(
            async () => {
              await transport.offer([ticket!]);
              return seen;
            },
            { timeout: 10_000, interval: 20 },
          )
          .toBeGreaterThanOrEqual(round);
      }
    });

    test("a ticket offered again because nobody took it goes to another, though somebody was handed it and holds on to it", async () => {
      const [dead, other] = [await open(), await open()];
      const handed = door();
      const never = door();
      await consume(dead, ["duckdb"], 1, async () => {
        handed.open();
        await never.passed;
      });
      const [ticket] = ticketsOf(1);
      await dead.offer([ticket!]);
      await handed.passed;
      const seen: Ticket[] = [];
      await consume(other, ["duckdb"], 1, async (one) => void seen.push(one));
      for (let i = 0; i < 3; i++) await other.offer([ticket!], { again: true });
      await expect.poll(() => seen.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(1);
      expect(seen[0]).toEqual(ticket);
      never.open();
    });

    test("what a consumer throws harms neither the others nor itself", async () => {
      const transport = await open();
      const seen: Ticket[] = [];
      await consume(transport, ["duckdb"], 2, async (ticket) => {
        seen.push(ticket);
        if (seen.length % 2 === 1) throw new Error("a consumer's own failure");
      });
      const tickets = ticketsOf(30);
      await transport.offer(tickets);
      await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(30);
      await quiet();
      expect(keysOf(seen)).toEqual(keysOf(tickets));
    });

    test("closing a consumer waits for what is at work, takes no more, and leaves the rest to others", async () => {
      const transport = await open();
      const busy = door();
      const started = door();
      let [begun, ended] = [0, 0];
      const consumer = await consume(transport, ["duckdb"], 2, async () => {
        if (++begun === 2) started.open();
        await busy.passed;
        ended++;
      });
      const tickets = ticketsOf(10);
      await transport.offer(tickets);
      await started.passed;
      let closed = false;
      const closing = consumer.close().then(() => {
        closed = true;
      });
      await quiet();
      expect([closed, begun]).toEqual([false, 2]);
      busy.open();
      await closing;
      expect([begun, ended]).toEqual([2, 2]);
      const seen: Ticket[] = [];
      await consume(transport, ["duckdb"], 4, async (ticket) => void seen.push(ticket));
      await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(8);
    });

    test("several consumers share the tickets, none comes twice", async () => {
      const [first, second] = [await open(), await open()];
      const seen: Ticket[][] = [[], []];
      const takeAs = (who: number) => async (ticket: Ticket) => {
        seen[who]?.push(ticket);
        await new Promise((end) => setTimeout(end, 10));
      };
      await consume(first, ["duckdb"], 2, takeAs(0));
      await consume(second, ["duckdb"], 2, takeAs(1));
      const tickets = ticketsOf(60);
      await first.offer(tickets);
      await expect.poll(() => seen.flat().length, { timeout: 10_000 }).toBe(60);
      expect(keysOf(seen.flat())).toEqual(keysOf(tickets));
      expect(Math.min(...seen.map((own) => own.length))).toBeGreaterThan(5);
    });

    test("signals reach every listener until it ends", async () => {
      const [first, second] = [await open(), await open()];
      const heard: string[] = [];
      const listenAs = (who: string) => (signal: Signal) => void heard.push(`${who} ${JSON.stringify(signal)}`);
      const end = await first.onSignal(listenAs("a"));
      const looks: Signal[] = [];
      await second.onSignal((signal) => looks.push(signal), ["look"]);
      await second.onSignal(listenAs("b"));
      await first.onSignal(() => {
        throw new Error("a listener's own failure");
      });
      const stop: Signal = { topic: "stop", runId: "r1" };
      const progress: Signal = { topic: "progress", runId: "r1", steps: [{ step: "build:shop.m", rows: 2 }] };
      await second.signal(stop);
      await first.signal(progress);
      await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(4);
      const said = [stop, progress].map((signal) => JSON.stringify(signal));
      expect([...heard].sort()).toEqual(["a", "b"].flatMap((who) => said.map((text) => `${who} ${text}`)).sort());
      await end();
      await first.signal({ topic: "look", why: "a schedule is due" });
      await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(5);
      await quiet();
      expect(heard.length).toBe(5);
      expect(looks).toEqual([{ topic: "look", why: "a schedule is due" }]);
    });

    test("offering nothing is nothing, and closing twice is closing once", async () => {
      const transport = await open();
      await transport.offer([]);
      const consumer = await consume(transport, ["duckdb"], 1, async () => undefined);
      await Promise.all([consumer.close(), consumer.close()]);
      await transport.close();
      await transport.close();
    });

    if (hasBroker)
      test("without its broker an offer fails in bounded time, a signal is lost in silence, and closing ends", async () => {
        const transport = await open();
        await consume(transport, ["duckdb"], 1, async () => undefined);
        await bed?.breakBroker?.();
        const started = performance.now();
        await expect(transport.offer(ticketsOf(3))).rejects.toMatchObject({ code: "redis/no-answer", retryable: true });
        await transport.signal({ topic: "look", why: "nobody hears it" });
        await (await transport.onSignal(() => undefined))();
        await transport.close();
        expect(performance.now() - started).toBeLessThan(20_000);
      });
  });
}
