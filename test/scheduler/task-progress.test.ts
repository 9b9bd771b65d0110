// How often the progress of a task is told: at a bounded rate, the newest of each step, the last always.
import { expect, test } from "vitest";
import { type RunEvent, type StepProgress, throttle } from "../../core/execute/index.ts";
import { createTaskProgress } from "../../scheduler/worker/task-progress.ts";

const at = (step: string, rows: number) => ({ type: "step-progress", step: { id: step }, rows }) as RunEvent;
const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("ten thousand events of fifty steps in a second are at most a message an interval, and the last of every step comes", async () => {
  const told: (readonly StepProgress[])[] = [];
  const intervalMs = 50;
  const progress = createTaskProgress((steps) => told.push(steps), intervalMs);
  const started = performance.now();
  let events = 0;
  while (performance.now() - started < 1_000) {
    for (let burst = 0; burst < 500; burst++) progress.hear(at(`extract:a.t${events % 50}`, events++));
    await after(0);
  }
  const tookMs = performance.now() - started;
  const live = told.length;
  progress.end();
  expect(live).toBeGreaterThan(2);
  expect(told.length).toBeLessThanOrEqual(tookMs / intervalMs + 2);
  const last = new Map(told.flat().map(({ step, rows }) => [step, rows]));
  expect([...last.values()].sort((a = 0, b = 0) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, i) => events - 50 + i),
  );
  progress.hear(at("extract:a.t1", 1));
  await after(intervalMs * 2);
  expect(told.flat().at(-1)).not.toEqual({ step: "extract:a.t1", rows: 1 });
});

test("what is held back is told when its interval is over, though nothing else happens", async () => {
  const told: StepProgress[] = [];
  let heard: () => void = () => undefined;
  const second = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const progress = createTaskProgress((steps) => {
    told.push(...steps);
    if (told.length === 2) heard();
  }, 10);
  progress.hear(at("build:a.b", 1));
  progress.hear(at("build:a.b", 2));
  progress.hear(at("build:a.b", 3));
  await second;
  expect(told.map(({ rows }) => rows)).toEqual([1, 3]);
  progress.end();
  expect(told).toHaveLength(2);
});

test("only counts are told: no test result, no SQL", () => {
  const told: unknown[] = [];
  const progress = createTaskProgress((steps) => told.push(...steps), 10);
  progress.hear({ type: "step-finished", result: { tests: ["hunter22"] } } as unknown as RunEvent);
  progress.hear({ ...at("build:a.b", 1), step: { id: "build:a.b", sql: "hunter22" } } as unknown as RunEvent);
  progress.end();
  expect(told).toEqual([{ step: "build:a.b", rows: 1 }]);
});

test("a step's own throttle holds the newest back and lets it go at the end", () => {
  const told: number[] = [];
  let nowMs = 0;
  const tell = throttle(
    (rows: number) => told.push(rows),
    () => nowMs,
  );
  for (let rows = 1; rows <= 100; rows++) {
    tell(rows);
    nowMs += 10;
  }
  expect(told).toEqual([1, 21, 41, 61, 81]);
  tell.flush();
  tell.flush();
  expect(told).toEqual([1, 21, 41, 61, 81, 100]);
});
