// A worker's child processes: reused, replaced, stopped, killed; how their deaths are told; and that none outlives its parent.
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { createLog, createMetrics } from "../../scheduler/process/index.ts";
import { type ChildPool, createChildPool, type Patience, type PoolOptions } from "../../scheduler/worker/child-pool.ts";
import { processAlive } from "../support/process-alive.ts";
import { SOON_MS } from "../support/soon.ts";
import { startTypeScript } from "../support/typescript-child.ts";
import type { TestWork } from "../support/worker-child.ts";
import { testProgram } from "../support/worker-program.ts";

const lines: string[] = [];
const secrets = new Set<string>();
const pools: ChildPool[] = [];
const NOW = AbortSignal.abort();
const NEVER = new AbortController().signal;

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close(NOW)));
  lines.length = 0;
});

function openPool(options: Partial<PoolOptions> = {}): ChildPool {
  const redact = (text: string) => [...secrets].reduce((out, secret) => out.replaceAll(secret, "***"), text);
  const pool = createChildPool({
    program: testProgram(["--max-old-space-size=100"]),
    size: 1,
    maxWorks: 100,
    maxRssBytes: 2 ** 40,
    log: createLog({ write: (text) => lines.push(text), redact }),
    metrics: createMetrics("worker"),
    redact,
    onSecret: (text) => secrets.add(text),
    ...options,
  });
  pools.push(pool);
  return pool;
}

const perform = (
  pool: ChildPool,
  work: TestWork,
  signal = NEVER,
  onEvent: (event: unknown) => void = () => undefined,
  patience: Patience = { graceMs: 300, deafMs: 300 },
) => pool.perform({ work, what: "build:shop.orders", signal, why: () => "enough", patience: () => patience, onEvent });

async function pidOf(pool: ChildPool): Promise<number> {
  const end = await perform(pool, { do: "echo", text: "" });
  return end.type === "ended" ? (end.result as { pid: number }).pid : Number.NaN;
}

test("a child is reused, and replaced after as many pieces of work as it may do", async () => {
  const pool = openPool({ maxWorks: 3 });
  const first = await pidOf(pool);
  expect(await pidOf(pool)).toBe(first);
  await expect.poll(() => pidOf(pool), { timeout: 20_000 }).not.toBe(first);
});

test("a worn child works on until another is ready in its place", async () => {
  const pool = openPool({ maxWorks: 1, size: 2 });
  const pids: number[] = [];
  const tookMs: number[] = [];
  for (let i = 0; i < 40 || new Set(pids).size < 4; i++) {
    const startedMs = performance.now();
    pids.push(await pidOf(pool));
    tookMs.push(performance.now() - startedMs);
  }
  // But for the first they did not wait for a process to start, as every one would that finds none ready.
  const startMs = tookMs.shift() ?? 0;
  expect(tookMs.filter((ms) => ms > startMs / 2).length).toBeLessThan(tookMs.length / 4);
  await expect.poll(() => [...new Set(pids)].filter(processAlive).length, { timeout: 20_000 }).toBeLessThanOrEqual(3);
});

test("a child that holds too much memory after its work is replaced", async () => {
  const pool = openPool({ maxRssBytes: 1 });
  expect(await pidOf(pool)).not.toBe(await pidOf(pool));
});

test("work beyond the number of children waits for one", async () => {
  const pool = openPool({ size: 2 });
  const pids = await Promise.all(Array.from({ length: 6 }, () => pidOf(pool)));
  expect(new Set(pids).size).toBe(2);
});

test("an error of the work comes back as it was thrown, and costs no child", async () => {
  const pool = openPool();
  const pid = await pidOf(pool);
  const end = await perform(pool, { do: "fail" });
  expect(end).toMatchObject({ type: "failed", error: { code: "internal/unexpected", retryable: false } });
  expect(await pidOf(pool)).toBe(pid);
});

describe("a child that dies costs its own work only, and the cause is told:", () => {
  const deaths: readonly (readonly [string, TestWork, RegExp])[] = [
    ["exit", { do: "exit", code: 3 }, /^it exited with code 3$/],
    ["exit during SQL that lasts", { do: "exit-in-query" }, /^it exited with code 5$/],
    ["SIGSEGV", { do: "signal", name: "SIGSEGV" }, /^it was ended by SIGSEGV/],
    ["SIGKILL", { do: "signal", name: "SIGKILL" }, /^it was killed from outside \(SIGKILL\)/],
    ["abort", { do: "abort" }, /^it was ended by SIGABRT/],
    ["an exception nobody catches", { do: "throw" }, /^an exception that nobody caught: nobody catches me$/],
    ["memory", { do: "oom" }, /^it ran out of memory \(SIGABRT\); it last wrote: .*heap/],
  ];
  test.each(deaths)("%s", async (_, work, told) => {
    const pool = openPool({ size: 2 });
    const [end, other] = await Promise.all([perform(pool, work), perform(pool, { do: "busy", forMs: 200 })]);
    expect(end).toEqual({ type: "lost", how: expect.stringMatching(told) });
    expect(other).toMatchObject({ type: "ended", result: "done" });
    // And the pool is whole again.
    const pids = await Promise.all([pidOf(pool), pidOf(pool)]);
    expect(pids.every(processAlive)).toBe(true);
  });
});

test("what a dying child wrote is told without the secrets it knew", async () => {
  const end = await perform(openPool(), { do: "secret", text: "hunter2-from-the-child" });
  expect(end).toEqual({ type: "lost", how: "it exited with code 7; it last wrote: the password is ***" });
  expect(lines.join("")).toContain("the password is ***");
  expect(lines.join("")).not.toContain("hunter2");
});

test("a child that cannot start refuses its work with its last words, and is tried again", async () => {
  const pool = openPool({ program: { ...testProgram(), args: ["/no/such/file.ts"] } });
  await expect(perform(pool, { do: "fail" })).rejects.toMatchObject({ code: "process/child-not-started" });
});

describe("work that is to stop", () => {
  test("ends by itself when it listens, and its child is kept", async () => {
    const pool = openPool();
    const pid = await pidOf(pool);
    const abort = new AbortController();
    const stop = () => abort.abort(new Error("enough"));
    const end = await perform(pool, { do: "query", obeys: true }, abort.signal, stop, {
      graceMs: 30_000,
      deafMs: 10_000,
    });
    expect(end).toMatchObject({ type: "failed" });
    expect(await pidOf(pool)).toBe(pid);
  });

  const busyFor: TestWork = { do: "busy", forMs: 600_000 };
  const disobeys: TestWork = { do: "query", obeys: false };
  test.each([
    {
      work: busyFor,
      patience: { graceMs: 30_000, deafMs: 300 },
      how: "soon when its JavaScript is too busy to hear it",
    },
    { work: busyFor, patience: { graceMs: 300, deafMs: 30_000 }, how: "after the grace at the latest" },
    { work: disobeys, patience: { graceMs: 1_000, deafMs: 100 }, how: "after the grace when it heard it" },
  ])("and does not is killed $how", async ({ work, patience }) => {
    const pool = openPool();
    const abort = new AbortController();
    let stoppedMs = 0;
    const end = await perform(
      pool,
      work,
      abort.signal,
      () => {
        stoppedMs = performance.now();
        abort.abort(new Error("enough"));
      },
      patience,
    );
    if (work === disobeys) expect(performance.now() - stoppedMs).toBeGreaterThan(900);
    expect(end).toEqual({ type: "lost", how: "it did not stop when asked and was killed" });
    expect(performance.now() - stoppedMs).toBeLessThan(SOON_MS);
    expect(await pidOf(pool)).toBeGreaterThan(0);
  });
});

test("a pool that closes lets busy children end their work", async () => {
  const pool = openPool();
  await pidOf(pool);
  const working = perform(pool, { do: "busy", forMs: 500 });
  await pool.close(NEVER);
  expect(await working).toMatchObject({ type: "ended", result: "done" });
});

const busy: readonly TestWork[] = [
  { do: "busy", forMs: 600_000 },
  { do: "query", obeys: false },
];
test.each(busy)("a child dies at once with its parent's kill -9, whatever it does: $do", async (work) => {
  const parent = startTypeScript("worker-parent.ts", [JSON.stringify(work)]);
  await parent.untilLines(1);
  const pid = Number(parent.lines[0]?.split(" ")[0]);
  await wait(300);
  expect(processAlive(pid)).toBe(true);
  parent.process.kill("SIGKILL");
  const killedMs = performance.now();
  while (processAlive(pid) && performance.now() - killedMs < SOON_MS) await wait(10);
  const tookMs = performance.now() - killedMs;
  if (processAlive(pid)) process.kill(pid, "SIGKILL");
  console.log(`killed 1 parent of a child at work (${work.do}); the child was gone after ${Math.round(tookMs)} ms`);
  expect(tookMs).toBeLessThan(SOON_MS);
});
