// Streams of events: nothing is missed or told twice, across ends of the connection, restarts of the server, and changes that become
// visible out of their order.
import { createRequire } from "node:module";
import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import type { Client as PgClient } from "pg";
import { describe, expect, test } from "vitest";
import { createInProcessTransport, type Signal } from "../../core/execute/index.ts";
import type { StateStore, TaskRef } from "../../core/state/index.ts";
import { cursorText, readCursor } from "../../scheduler/api/event-cursor.ts";
import { createEventHub, type Listener, type Told } from "../../scheduler/api/event-hub.ts";
import { createApi, serveApi } from "../../scheduler/api/index.ts";
import { withApi } from "../support/api-bench.ts";
import { startPostgres } from "../support/database-servers.ts";
import { SOON_MS } from "../support/soon.ts";
import { readSse, type SseMessage } from "../support/sse.ts";
import { newTask, workersRun } from "../support/state-runs.ts";

const { Client } = createRequire(import.meta.url)("pg") as { Client: typeof PgClient };

const subjects = (messages: readonly SseMessage[]) => messages.map(({ data }) => `${data.subject} ${data.status}`);
/** Begins the run with one task, and takes it. */
const takeRun = async (state: StateStore, runId: string): Promise<TaskRef> => {
  await state.beginRun(runId, "{}", [newTask("t")]);
  const [ticket] = await state.admit({ runId }, ({ ready }) => ready.map(({ fence }) => ({ runId, task: "t", fence })));
  if (!ticket) throw new Error("the task was not admitted");
  const taken = await state.claimTask(ticket, { worker: "w", leaseMs: 60_000 });
  return { runId, task: "t", fence: taken?.fence ?? 0 };
};
const runSteps = async (state: StateStore, ref: TaskRef, steps: readonly string[]) => {
  for (const name of steps) {
    const step = { step: name, kind: "build", model: "a.b" };
    await state.beginStep(ref, { ...step, reason: "new" });
    await state.settleStep(ref, { step: { ...step, status: "success" }, fallen: [], releases: {} });
  }
};

test("a cursor says how far one has read, as text and back", () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 2 ** 49 }), numbers, (high, late) => {
      const cursor = { high, late: [...late].sort((a, b) => a - b) };
      expect(readCursor(cursorText(cursor))).toEqual(cursor);
    }),
  );
  for (const text of ["", "x", "-1", "1-", "1-2.", "1 2", "9".repeat(16)]) expect(readCursor(text)).toBeUndefined();
});

describe("a run's events", () => {
  test("come from its beginning to its end, then the stream closes; asked again it is 204", async () => {
    await withApi(async ({ state, call }) => {
      const run = workersRun();
      await state.recordRun(run);
      await state.recordRun(workersRun());
      const stream = readSse(await call("GET", `/v1/runs/${run.id}/events`, { as: "read" }));
      await stream.until((messages) => messages.length === 1);
      const ref = await takeRun(state, run.id);
      await runSteps(state, ref, ["build:a.b"]);
      await state.stopRun(run.id, { by: "x", reason: "enough", status: "cancelled" });
      await state.endTask(ref, { status: "cancelled" });
      await stream.ended;
      expect(subjects(stream.messages)).toEqual([
        `${run.id} waiting`,
        `${run.id} running`,
        "t running",
        "build:a.b running",
        "build:a.b success",
        `${run.id} running`,
        "t cancelled",
        `${run.id} cancelled`,
      ]);
      expect(stream.messages.every(({ data }) => data.runId === run.id)).toBe(true);
      const headers = { "last-event-id": stream.messages.at(-1)?.id ?? "" };
      expect((await call("GET", `/v1/runs/${run.id}/events`, { headers })).status).toBe(204);
    });
  });

  test("that are kept no more end with how the run ended", async () => {
    await withApi(
      async ({ state, call }) => {
        const run = workersRun();
        await state.recordRun(run);
        await state.endWaitingRun(run.id, "skipped", "another is under way");
        await wait(5);
        await state.removeEvents(1);
        const stream = readSse(await call("GET", `/v1/runs/${run.id}/events`));
        await stream.ended;
        expect(subjects(stream.messages)).toEqual([`${run.id} skipped`]);
      },
      { heartbeatMs: 20 },
    );
  });

  test("an unknown run is 404, a wrong id 400", async () => {
    await withApi(async ({ state, call }) => {
      expect((await call("GET", "/v1/runs/none/events")).status).toBe(404);
      const run = workersRun();
      await state.recordRun(run);
      const headers = { "last-event-id": "what" };
      expect((await call("GET", `/v1/runs/${run.id}/events`, { headers })).status).toBe(400);
      expect((await call("GET", "/v1/events?from=1")).status).toBe(400);
      expect((await call("GET", "/v1/events", { as: "nobody" })).status).toBe(401);
    });
  });
});

describe("all events", () => {
  test("come from now on, to all who listen; a quiet stream is kept alive by comments", async () => {
    await withApi(
      async ({ state, call }) => {
        await state.recordRun(workersRun());
        const streams = await Promise.all(
          Array.from({ length: 20 }, async () => readSse(await call("GET", "/v1/events"))),
        );
        const run = workersRun();
        await wait(50);
        await state.recordRun(run);
        await Promise.all(streams.map((stream) => stream.until((messages) => messages.length === 1)));
        for (const stream of streams) {
          expect(subjects(stream.messages)).toEqual([`${run.id} waiting`]);
          expect(stream.comments).toBeGreaterThan(0);
          await stream.close();
        }
      },
      { heartbeatMs: 15 },
    );
  });

  test("progress comes by signal, at once, counts only, and is not kept", async () => {
    const transport = createInProcessTransport();
    await withApi(
      async ({ state, call }) => {
        const run = workersRun();
        await state.recordRun(run);
        const stream = readSse(await call("GET", `/v1/runs/${run.id}/events`));
        await stream.until((messages) => messages.length === 1);
        const told1 = { step: "build:a.b", rows: 7, sample: "hunter22" };
        await transport.signal({ topic: "progress", runId: "other", steps: [told1] });
        const odd = { sql: "hunter22" } as unknown as { readonly step: string };
        await transport.signal({ topic: "progress", runId: run.id, steps: [odd] });
        await transport.signal({ topic: "progress", runId: run.id, steps: [told1] });
        const [, told] = await stream.until((messages) => messages.length === 2);
        expect(told).toEqual({ event: "progress", data: { runId: run.id, step: "build:a.b", rows: 7 } });
        await stream.close();
      },
      { transport },
    );
  });

  test("a signal brings them sooner than the next look", async () => {
    const transport = createInProcessTransport();
    await withApi(
      async ({ state, call }) => {
        const stream = readSse(await call("GET", "/v1/events"));
        await wait(30);
        await state.recordRun(workersRun());
        const startedMs = performance.now();
        await transport.signal({ topic: "look", why: "test" } satisfies Signal);
        await stream.until((messages) => messages.length === 1);
        expect(performance.now() - startedMs).toBeLessThan(SOON_MS);
        await stream.close();
      },
      { transport, pollMs: 60_000 },
    );
  });

  test("without any signals they come all the same", async () => {
    const deaf = { ...createInProcessTransport(), onSignal: () => Promise.reject(new Error("redis is gone")) };
    await withApi(
      async ({ state, call }) => {
        const stream = readSse(await call("GET", "/v1/events"));
        await state.recordRun(workersRun());
        await stream.until((messages) => messages.length === 1);
        await stream.close();
      },
      { transport: deaf },
    );
  });

  test("one that has read further than there are events, of a state store that was put back, is told a reset and everything", async () => {
    await withApi(async ({ state, call }) => {
      const run = workersRun();
      await state.recordRun(run);
      const stream = readSse(await call("GET", "/v1/events", { headers: { "last-event-id": "4096-4000" } }));
      const messages = await stream.until((all) => all.some(({ data }) => data.runId === run.id));
      expect(messages[0]?.event).toBe("reset");
      const later = workersRun();
      await state.recordRun(later);
      const more = await stream.until((all) => all.some(({ data }) => data.runId === later.id));
      expect(Number(more.at(-1)?.id)).toBeLessThan(4_000);
      await stream.close();
    });
  });

  test("those removed meanwhile are told as a reset", async () => {
    await withApi(async ({ state, call }) => {
      const stream = readSse(await call("GET", "/v1/events"));
      await state.recordRun(workersRun());
      const [seen] = await stream.until((messages) => messages.length === 1);
      await stream.close();
      for (let n = 0; n < 3; n++) await state.recordRun(workersRun());
      await wait(5);
      await state.removeEvents(1);
      const run = workersRun();
      await state.recordRun(run);
      const again = readSse(await call("GET", "/v1/events", { headers: { "last-event-id": seen?.id ?? "" } }));
      const messages = await again.until(({ length }) => length === 2);
      expect(messages.map(({ event }) => event)).toEqual(["reset", "run"]);
      await again.close();
    });
  });
});

test("a listener that comes back after restarts of the server has every event once, in order", async () => {
  await withApi(async ({ state, context, tokens }) => {
    const run = workersRun();
    await state.recordRun(run);
    const ref = await takeRun(state, run.id);
    const steps = Array.from({ length: 120 }, (_, i) => `s${String(i).padStart(3, "0")}`);
    const working = (async () => {
      await runSteps(state, ref, steps);
      await state.endTask(ref, { status: "done" });
    })();
    const seen: SseMessage[] = [];
    let restarts = 0;
    let lastId = "";
    while (!seen.some(({ data }) => data.status === "success" && data.kind === "run")) {
      const server = await serveApi(context, { port: 0 });
      const response = await fetch(`${server.url}/v1/runs/${run.id}/events`, {
        headers: { authorization: `Bearer ${tokens.read}`, ...(lastId !== "" && { "last-event-id": lastId }) },
      });
      const stream = readSse(response);
      const enough = 15 + restarts;
      await Promise.race([stream.ended, stream.until(({ length }) => length >= enough).catch(() => undefined)]);
      await server.close();
      await stream.ended;
      // What came after that is lost with the connection, as far as this listener knows.
      const got = stream.messages.slice(0, enough);
      seen.push(...got);
      lastId = got.at(-1)?.id ?? lastId;
      restarts++;
    }
    await working;
    console.info(`${restarts - 1} restarts of the server during ${seen.length} events`);
    expect(restarts).toBeGreaterThan(3);
    const told = seen.filter(({ data }) => data.kind === "step").map(({ data }) => `${data.subject} ${data.status}`);
    expect(told).toEqual(steps.flatMap((step) => [`${step} running`, `${step} success`]));
    const ids = seen.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("on Postgres, where a transaction that began earlier may end later", () => {
  test("its events are told when it ends, also to a listener that comes back to another server", async () => {
    const server = await startPostgres({});
    const connection = server.url;
    const slow = new Client({ connectionString: connection });
    try {
      await withApi(
        async ({ state, context, call, tokens }) => {
          const first = workersRun();
          await state.recordRun(first);
          const stream = readSse(await call("GET", "/v1/events"));
          await wait(40);
          await slow.connect();
          await slow.query("begin");
          await slow.query(
            `insert into mesh.publication (sequence, model, project, build_id, action, published_at) values (9001, 'slow.a', 'slow', 'b', 'publish', now())`,
          );
          const second = workersRun();
          await state.recordRun(second);
          const before = await stream.until(({ length }) => length === 1);
          expect(subjects(before)).toEqual([`${second.id} waiting`]);
          expect(before[0]?.id).toMatch(/^\d+-\d+$/);
          await stream.close();

          const other = createApi(context);
          const back = readSse(
            await other.app.request("/v1/events", {
              headers: { authorization: `Bearer ${tokens.read}`, "last-event-id": before[0]?.id ?? "" },
            }),
          );
          await wait(40);
          await slow.query("commit");
          const third = workersRun();
          await state.recordRun(third);
          const after = await back.until(({ length }) => length === 2);
          expect(subjects(after).sort()).toEqual(["slow.a publish", `${third.id} waiting`].sort());
          expect(after.at(-1)?.id).toMatch(/^\d+$/);
          await other.close();
          await back.ended;
        },
        { location: { kind: "postgres", connection, schema: "mesh" } },
      );
    } finally {
      await slow.end().catch(() => undefined);
      await server.stop();
    }
  });

  test("of 8 writers at once with some that give up, every listener has every event once", async () => {
    const server = await startPostgres({});
    try {
      await withApi(
        async ({ state, call }) => {
          const listen = async () => readSse(await call("GET", "/v1/events"));
          const streams = [await listen(), await listen()];
          await wait(40);
          const made = new Set<string>();
          await Promise.all(
            Array.from({ length: 8 }, async (_, writer) => {
              for (let n = 0; n < 25; n++) {
                const schedule = `w${writer}`;
                const run = workersRun({ schedule, scheduleKey: `${n - (n % 3 === 0 ? 1 : 0)}` });
                // A key that is taken rolls nothing in, but takes a number.
                if (await state.recordRun(run)) made.add(`${run.id} waiting`);
              }
            }),
          );
          for (const stream of streams) {
            const got = subjects(await stream.until(({ length }) => length >= made.size));
            expect(got).toHaveLength(made.size);
            expect(new Set(got)).toEqual(made);
            await stream.close();
          }
        },
        { location: { kind: "postgres", connection: server.url, schema: "mesh" } },
      );
    } finally {
      await server.stop();
    }
  });
});

test("a listener that knows more than this server has read is told none of it again", async () => {
  const transport = createInProcessTransport();
  await withApi(
    async ({ state, context }) => {
      const hub = createEventHub(context);
      await state.recordRun(workersRun());
      const slow = await hub.listen({});
      await state.recordRun(workersRun());
      const { last } = await state.eventRange();
      // It was told by another server, which was faster.
      const ahead = await hub.listen({ from: { high: last, late: [] } });
      const run = workersRun();
      await state.recordRun(run);
      await transport.signal({ topic: "look", why: "test" });
      expect([await slow.next(5_000), await slow.next(5_000)]).toMatchObject([{ type: "event" }, { type: "event" }]);
      expect(await ahead.next(5_000)).toMatchObject({ type: "event", event: { subject: run.id } });
      expect(await ahead.next(20)).toBeUndefined();
      await hub.close();
    },
    { transport, pollMs: 60_000 },
  );
});

test("a listener that has seen all that was removed is not told to read anew", async () => {
  await withApi(async ({ state, context }) => {
    await state.recordRun(workersRun());
    const { last } = await state.eventRange();
    await wait(5);
    await state.removeEvents(1);
    const run = workersRun();
    await state.recordRun(run);
    const hub = createEventHub(context);
    const listener = await hub.listen({ from: { high: last, late: [] } });
    expect(await listener.next(5_000)).toMatchObject({ type: "event", event: { subject: run.id } });
    await hub.close();
  });
});

test("more listeners than a process can serve are refused, and told to come again", async () => {
  await withApi(
    async ({ call }) => {
      for (let n = 0; n < 500; n++) expect((await call("GET", "/v1/events")).status).toBe(200);
      const refused = await call("GET", "/v1/events");
      expect([refused.status, refused.headers.get("retry-after"), await refused.json()]).toMatchObject([
        503,
        "2",
        { code: "api/too-many-listeners" },
      ]);
    },
    { pollMs: 60_000 },
  );
});

test("a listener let go in the middle of the past is told nothing newer: its cursor leads to the rest", async () => {
  await withApi(async ({ state, context }) => {
    const all: string[] = [];
    const record = async () => {
      const run = workersRun();
      await state.recordRun(run);
      all.push(run.id);
    };
    for (let n = 0; n < 510; n++) await record();
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slow: StateStore = {
      ...state,
      async readEvents(query) {
        const events = await state.readEvents(query);
        if (query.after === 0 && query.limit === 500) await held;
        return events;
      },
    };
    const hub = createEventHub({ ...context, state: slow, queueLimit: 20 });
    const drain = async (listener: Listener) => {
      const told: Told[] = [];
      while (!listener.ended) {
        const next = await listener.next(100);
        if (next) told.push(next);
        else if (told.length > 0) break;
      }
      listener.close();
      return told.flatMap((one) => (one.type === "event" ? [one] : []));
    };
    const live = await hub.listen({});
    const behind = await hub.listen({ from: { high: 0, late: [] } });
    await record();
    expect((await live.next(5_000))?.type).toBe("event");
    live.close();
    goOn();
    const first = await drain(behind);
    const from = readCursor(first.at(-1)?.id ?? "");
    if (!from) throw new Error("the last event has no cursor");
    const rest = await drain(await hub.listen({ from }));
    await hub.close();
    expect(first.length).toBeLessThan(all.length);
    const runs = [...first, ...rest].filter(({ event }) => event.kind === "run");
    expect(runs.map(({ event }) => event.subject)).toEqual(all);
  });
});

test("closing the server ends every stream and frees its port at once", async () => {
  await withApi(async ({ context, tokens }) => {
    const server = await serveApi(context, { port: 0 });
    const headers = { authorization: `Bearer ${tokens.read}` };
    const streams = await Promise.all(
      [1, 2, 3].map(async () => readSse(await fetch(`${server.url}/v1/events`, { headers }))),
    );
    await expect(serveApi(context, { port: server.port })).rejects.toMatchObject({ code: "api/port-unusable" });
    const startedMs = performance.now();
    await server.close();
    await Promise.all(streams.map(({ ended }) => ended));
    expect(performance.now() - startedMs).toBeLessThan(SOON_MS);
    await (await serveApi(context, { port: server.port })).close();
  });
});
