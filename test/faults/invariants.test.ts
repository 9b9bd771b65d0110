// What the fault tests check can fail: a run that is well, told otherwise in one thing after another. Breaks no process.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createInProcessTransport } from "../../core/execute/index.ts";
import type { AttemptRecord, StateStore } from "../../core/state/index.ts";
import { diamonds, type EngineRig, setRound, withEngine } from "../support/engine-rig.ts";
import { unexplainedStarts } from "../support/fault-checks.ts";
import { mostAtOnce, type PoolEvidence, type Span, spansOfPools } from "../support/fault-pools.ts";
import { expectInvariants } from "../support/run-invariants.ts";

const later = (at: Date | undefined, ms: number) => new Date((at?.getTime() ?? 0) + ms);

describe("what must hold of every run", () => {
  let rig: EngineRig;
  let run: string;
  let end: () => void = () => undefined;
  let ended: Promise<void>;
  beforeAll(async () => {
    const shared = createInProcessTransport();
    const state = `{ kind: "sqlite", path: "state.db" }`;
    const bed = { state, openTransport: async () => ({ ...shared, close: async () => undefined }) };
    await new Promise<void>((ready, fail) => {
      ended = withEngine(diamonds(2, 2), bed, {}, async (made) => {
        rig = made;
        await setRound(rig.mesh, 1);
        run = await rig.begin();
        await rig.ended(run);
        ready();
        await new Promise<void>((done) => {
          end = done;
        });
      });
      ended.catch(fail);
    });
  });
  afterAll(async () => {
    end();
    await ended;
  });

  const CHILD = "build:shop.m1_0";
  const ofChild = (attempts: readonly AttemptRecord[], change: (one: AttemptRecord) => AttemptRecord[]) =>
    attempts.flatMap((one) => (one.task === CHILD ? change(one) : [one]));

  const LIES: Readonly<Record<string, (state: StateStore) => Partial<StateStore>>> = {
    "a task is still open": (state) => ({
      listTasks: async (id) => (await state.listTasks(id)).map((one) => ({ ...one, status: "queued" as const })),
    }),
    "a step is still under way": (state) => ({
      listSteps: async (id) => (await state.listSteps(id)).map((one) => ({ ...one, status: "running" as const })),
    }),
    "a model was published twice": (state) => ({
      listPublications: async (of) => (await state.listPublications(of)).flatMap((one) => [one, one]),
    }),
    "a step began before the one it waits for had ended": (state) => ({
      listSteps: async (id) =>
        (await state.listSteps(id)).map((one) =>
          one.step === CHILD ? { ...one, startedAt: later(one.startedAt, -60_000) } : one,
        ),
    }),
    "a step ran although the one it waits for had failed": (state) => ({
      listSteps: async (id) =>
        (await state.listSteps(id)).map((one) =>
          one.step === "publish:shop.m0_0" ? { ...one, status: "failed" as const } : one,
        ),
    }),
    "a child began before its parent was published": (state) => ({
      listPublications: async (of) =>
        (await state.listPublications(of)).map((one) =>
          one.model === "shop.m0_0" ? { ...one, publishedAt: later(one.publishedAt, 60_000) } : one,
        ),
    }),
    "an earlier attempt at the child began before its parent was published": (state) => ({
      listAttempts: async (id) =>
        ofChild(await state.listAttempts(id), (one) => [
          {
            ...one,
            startedAt: later(one.startedAt, -60_000),
            finishedAt: later(one.startedAt, -50_000),
            outcome: "lost",
          },
          { ...one, fence: one.fence + 2 },
        ]),
      listTasks: async (id) =>
        (await state.listTasks(id)).map((one) =>
          one.id === CHILD ? { ...one, fence: one.fence + 2, losses: 1 } : one,
        ),
    }),
    "an attempt has no outcome": (state) => ({
      listAttempts: async (id) => ofChild(await state.listAttempts(id), ({ outcome: _, ...one }) => [one]),
    }),
    "an attempt is missing": (state) => ({
      listAttempts: async (id) => ofChild(await state.listAttempts(id), () => []),
    }),
    "a task was begun again for no reason": (state) => ({
      listAttempts: async (id) =>
        ofChild(await state.listAttempts(id), (one) => [
          one,
          { ...one, fence: one.fence + 2, startedAt: one.finishedAt as Date },
        ]),
    }),
    "two were at one task": (state) => ({
      listAttempts: async (id) =>
        ofChild(await state.listAttempts(id), (one) => [
          { ...one, outcome: "lost" },
          { ...one, fence: one.fence + 2 },
        ]),
      listTasks: async (id) =>
        (await state.listTasks(id)).map((one) =>
          one.id === CHILD ? { ...one, fence: one.fence + 2, losses: 1 } : one,
        ),
    }),
    "somebody cancelled it and left no trace": (state) => ({
      getRun: async (id) => {
        const found = await state.getRun(id);
        return found && { ...found, cancelRequestedAt: new Date(), cancelledBy: "nobody" };
      },
    }),
  };

  test("holds of one that is well", () => expectInvariants(rig.state, run));

  test.each(Object.entries(LIES))("is not fulfilled when %s", async (_, lie) => {
    await expect(expectInvariants({ ...rig.state, ...lie(rig.state) }, run)).rejects.toThrow();
  });
});

test("what was at work at once is counted to the instant", () => {
  const span = (fromMs: number, toMs: number): Span => ({ fromMs, toMs });
  expect(mostAtOnce([])).toBe(0);
  expect(mostAtOnce([span(0, 10), span(10, 20)])).toBe(1);
  expect(mostAtOnce([span(0, 11), span(10, 20)])).toBe(2);
  expect(mostAtOnce([span(0, 30), span(5, 10), span(8, 12), span(9, 20)])).toBe(4);
});

const NOTE = { model: "m", pid: 11, parent: 10 } as const;
const at = (ms: number) => new Date(ms);

test("a model that began more often than its worker had attempts at it is told", () => {
  const attempts = [{ task: "build:shop.m", worker: "host.10.abc" }];
  const begin = { ...NOTE, what: "begin", atMs: 1 } as const;
  expect(unexplainedStarts(attempts, [begin])).toEqual([]);
  expect(unexplainedStarts(attempts, [begin, begin])).toEqual(["m in 10: 1 times too often"]);
  expect(unexplainedStarts(attempts, [{ ...begin, parent: 12 }])).toEqual(["m in 12: 1 times too often"]);
});

describe("a model of a pool is at work", () => {
  const spansOf = (
    notes: readonly (readonly ["begin" | "end", number])[],
    attempt: { readonly endMs: number; readonly outcome: string },
    broken: readonly number[] = [],
  ) => {
    const evidence: PoolEvidence = {
      tasks: [{ id: "build:shop.m", models: ["shop.m"], pools: ["one"] }],
      attempts: [
        {
          task: "build:shop.m",
          worker: "host.10.abc",
          startedAt: at(1_000),
          finishedAt: at(attempt.endMs),
          outcome: attempt.outcome,
        },
      ],
      notes: notes.map(([what, atMs]) => ({ ...NOTE, what, atMs })),
      workers: [{ pid: 10, broken }],
    };
    const { spans, zombies } = spansOfPools(evidence);
    return { spans: spans.get("one") ?? [], zombies };
  };
  const begin = ["begin", 1_100] as const;

  test("from its first note to its last", () =>
    expect(spansOf([begin, ["end", 1_900]], { endMs: 2_000, outcome: "done" })).toEqual({
      spans: [{ fromMs: 1_100, toMs: 1_900 }],
      zombies: 0,
    }));
  test("for a second after its worker was killed, when nobody knows better", () =>
    expect(spansOf([begin], { endMs: 4_000, outcome: "lost" }, [1_500])).toEqual({
      spans: [{ fromMs: 1_100, toMs: 2_500 }],
      zombies: 0,
    }));
  test("not when it wakes up after its slot was given to another: then it is a zombie", () =>
    expect(spansOf([begin, ["end", 5_000]], { endMs: 4_000, outcome: "lost" }, [1_500])).toEqual({
      spans: [{ fromMs: 1_100, toMs: 2_500 }],
      zombies: 1,
    }));
  test("to the end of its attempt, when its process was ended without a fault of the test's", () =>
    expect(spansOf([begin], { endMs: 4_000, outcome: "lost" }).spans).toEqual([{ fromMs: 1_100, toMs: 4_000 }]));
});
