// The loop of duties: pace, looks, one at a time, failures apart and told sparingly, stuck ones seen, an end that waits.
import { EventEmitter, once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../core/util/index.ts";
import type { Duty, DutyContext } from "../../scheduler/duty.ts";
import { pauseMs } from "../../scheduler/process/duty-loop.ts";
import { createLog, createMetrics, type DutyLoop, startDutyLoop } from "../../scheduler/process/index.ts";

const loops: DutyLoop[] = [];
const lines: { readonly msg: string; readonly duty?: string; readonly failures?: number }[] = [];
afterEach(async () => {
  await Promise.all(loops.splice(0).map((loop) => loop.stop()));
  lines.length = 0;
});

function start(duties: readonly Duty[], signal = new AbortController().signal, stuckAfterMs = 50) {
  const metrics = createMetrics("scheduler");
  const log = createLog({ write: (text) => lines.push(JSON.parse(text)), redact: (text) => text });
  // What duties do with the rest of the context is theirs.
  const context = { signal, log } as Partial<DutyContext> as DutyContext;
  const loop = startDutyLoop({ duties, context, metrics, clock: systemClock, stuckAfterMs });
  loops.push(loop);
  return { loop, metrics };
}

/** A duty that counts its runs and can be held in one. */
function countedDuty(name: string, everyMs: number, work: () => Promise<void> = async () => undefined) {
  const events = new EventEmitter();
  let [runs, inside, most] = [0, 0, 0];
  const duty: Duty = {
    name,
    everyMs,
    async run() {
      runs++;
      inside++;
      most = Math.max(most, inside);
      try {
        await work();
      } finally {
        inside--;
        events.emit("ran");
      }
    },
  };
  const untilRuns = async (count: number) => {
    while (runs < count || inside > 0) await once(events, "ran");
  };
  return { duty, untilRuns, runs: () => runs, most: () => most };
}

test("a duty runs at once, then at its pace", async () => {
  const counted = countedDuty("tick", 20);
  const begunMs = performance.now();
  start([counted.duty]);
  await counted.untilRuns(6);
  expect(performance.now() - begunMs).toBeGreaterThanOrEqual(95);
});

test("a look runs duties before their time", async () => {
  const counted = countedDuty("tick", 3_600_000);
  const { loop } = start([counted.duty]);
  await counted.untilRuns(1);
  loop.look();
  await counted.untilRuns(2);
});

test("a look hurries no duty that tidies up", async () => {
  const [hurried, unhurried] = [countedDuty("tick", 3_600_000), countedDuty("tidy", 3_600_000)];
  const { loop } = start([{ ...unhurried.duty, unhurried: true }, hurried.duty]);
  await Promise.all([hurried.untilRuns(1), unhurried.untilRuns(1)]);
  for (let runs = 2; runs < 5; runs++) {
    loop.look();
    await hurried.untilRuns(runs);
  }
  expect(unhurried.runs()).toBe(1);
});

test("looks during a run lead to one more run, never to two at once", async () => {
  let release: () => void = () => undefined;
  const counted = countedDuty("tick", 3_600_000, () => new Promise((resolve) => (release = resolve)));
  const { loop } = start([counted.duty]);
  for (let i = 0; i < 10; i++) loop.look();
  release();
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(counted.runs()).toBe(2);
  release();
  await counted.untilRuns(2);
  expect(counted.most()).toBe(1);
});

test("a duty that fails leaves the others alone, waits longer each time, and is told at 1, 2, 4 … failures", async () => {
  let broken = true;
  const failing = countedDuty("failing", 1, async () => {
    if (broken) throw new Error("no such table");
  });
  const other = countedDuty("other", 1);
  const { loop } = start([failing.duty, other.duty]);
  await failing.untilRuns(1);
  for (let i = 0; i < 20; i++) loop.look();
  await other.untilRuns(20);
  expect(failing.runs()).toBe(1);
  expect(loop.standings()).toMatchObject([
    { name: "failing", failures: 1 },
    { name: "other", failures: 0 },
  ]);
  broken = false;
  await failing.untilRuns(3);
  expect(lines.map(({ msg, duty, failures }) => [duty, failures, msg])).toEqual([
    ["failing", 1, "the duty failed and will be tried again"],
    ["failing", 1, "the duty succeeds again"],
  ]);
});

test("pauses follow the pace, leave a slow duty a tenth of it, and double with failures up to half a minute", () => {
  expect(pauseMs(1_000, 200, 0)).toBe(800);
  expect(pauseMs(1_000, 5_000, 0)).toBe(100);
  expect([1, 2, 3, 20].map((failures) => pauseMs(1_000, 0, failures))).toEqual([1_000, 2_000, 4_000, 30_000]);
  expect(pauseMs(60_000, 0, 9)).toBe(60_000);
});

test("a duty that does not come back is stuck", async () => {
  let release: () => void = () => undefined;
  const counted = countedDuty("slow", 1, () => new Promise((resolve) => (release = resolve)));
  const { loop } = start([counted.duty], undefined, 30);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(loop.standings()).toMatchObject([{ name: "slow", stuck: true }]);
  release();
});

test("stopping waits for the run that goes on, and starts no other", async () => {
  let release: () => void = () => undefined;
  const counted = countedDuty("tick", 1, () => new Promise((resolve) => (release = resolve)));
  const { loop } = start([counted.duty]);
  let stopped = false;
  const stopping = loop.stop().then(() => {
    stopped = true;
  });
  loop.look();
  await new Promise(setImmediate);
  expect(stopped).toBe(false);
  release();
  await stopping;
  expect(counted.runs()).toBe(1);
});

test("runs are counted by outcome", async () => {
  const counted = countedDuty("tick", 1);
  const { metrics } = start([counted.duty]);
  await counted.untilRuns(3);
  const text = await metrics.registry.metrics();
  expect(text).toMatch(/mesh_duty_runs_total\{duty="tick",outcome="ok",process="scheduler"\} [2-9]/);
  expect(text).toContain("mesh_duty_duration_seconds_bucket");
});
