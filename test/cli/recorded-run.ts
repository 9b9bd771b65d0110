// A run as it was told: a snapshot of two tables, a build that fails its test, one that is held by it, one that is unchanged.
import type { RunEvent, RunResult, StepResult } from "../../core/execute/index.ts";
import type { Manifest } from "../../core/manifest/index.ts";
import type { Plan, Step, StepKind } from "../../core/plan/index.ts";

const step = (kind: StepKind, model: string, dependsOn: readonly string[] = [], store?: string): Step => ({
  id: `${kind}:${model}`,
  kind,
  models: [model],
  reason: "it was never published",
  dependsOn,
  ...(store !== undefined && { store }),
});

export const steps = {
  extractOrders: step("extract", "sales.orders", [], "sales.shop_db"),
  publishOrders: step("publish", "sales.orders", ["extract:sales.orders"]),
  buildDaily: step("build", "sales.daily", ["publish:sales.orders"]),
  testDaily: step("test", "sales.daily", ["build:sales.daily"]),
  publishDaily: step("publish", "sales.daily", ["test:sales.daily"]),
  buildReport: step("build", "finance.report", ["publish:sales.daily"]),
  publishReport: step("publish", "finance.report", ["build:finance.report"]),
  buildRoutes: step("build", "sales.routes"),
  publishRoutes: step("publish", "sales.routes", ["build:sales.routes"]),
} as const;

const failedTest = {
  runId: "r1",
  test: "sales.unique_daily_day",
  model: "sales.daily",
  buildId: "b1",
  status: "fail",
  failures: 7,
  sample: [
    { day: "2024-03-01", n: 2 },
    { day: "2024-03-02", n: 3 },
  ],
  durationMs: 4,
} as const;

const done = (which: Step, status: StepResult["status"], rest: Partial<StepResult> = {}): StepResult => ({
  step: which,
  status,
  durationMs: 100,
  ...rest,
});

const results: readonly StepResult[] = [
  done(steps.buildRoutes, "unchanged", { reason: "the inputs have the same rows" }),
  done(steps.publishRoutes, "unchanged"),
  done(steps.extractOrders, "success", { rows: 1_240_000, bytes: 86_000_000, durationMs: 3200 }),
  done(steps.publishOrders, "success", { rows: 1_240_000 }),
  done(steps.buildDaily, "success", { rows: 90, bytes: 4_000 }),
  done(steps.testDaily, "failed", { tests: [failedTest], reason: "1 test failed: sales.unique_daily_day" }),
  done(steps.publishDaily, "held", { reason: "test:sales.daily failed", durationMs: 0 }),
  done(steps.buildReport, "skipped", { reason: "publish:sales.daily did not run", durationMs: 0 }),
  done(steps.publishReport, "skipped", { reason: "build:finance.report did not run", durationMs: 0 }),
];

export const result: RunResult = {
  runId: "r1",
  status: "failed",
  steps: results,
  durationMs: 4321,
  served: { sales: "/mesh/.mesh/warehouse/serving/sales.duckdb" },
};

export const plan: Plan = {
  steps: Object.values(steps),
  upToDate: [{ model: "sales.old", reason: "nothing changed" }],
  pins: {},
  blocked: [{ model: "finance.lost", reason: "it reads sales.gone, which has never been published" }],
  drift: [],
};

/** The part of a manifest that summaries look at. */
export const manifest = {
  tests: {
    "sales.unique_daily_day": { location: { file: "projects/sales/models/marts/_marts.yml", line: 8, column: 40 } },
  },
} as unknown as Manifest;

const started = (which: Step): RunEvent => ({ type: "step-started", step: which });
const finished = (which: Step): RunEvent => ({
  type: "step-finished",
  result: results.find((one) => one.step === which) as StepResult,
});

export const events: readonly (readonly [atMs: number, event: RunEvent])[] = [
  [0, { type: "run-started", runId: "r1", steps: Object.values(steps) }],
  [0, started(steps.extractOrders)],
  [0, started(steps.buildRoutes)],
  [90, finished(steps.buildRoutes)],
  [90, finished(steps.publishRoutes)],
  [
    1000,
    {
      type: "step-progress",
      step: steps.extractOrders,
      rows: 400_000,
      bytes: 28_000_000,
      estimate: { rows: 1_240_000 },
    },
  ],
  [3200, finished(steps.extractOrders)],
  [3210, started(steps.publishOrders)],
  [3300, finished(steps.publishOrders)],
  [3300, started(steps.buildDaily)],
  [3400, finished(steps.buildDaily)],
  [3400, started(steps.testDaily)],
  [3500, finished(steps.testDaily)],
  [3500, finished(steps.publishDaily)],
  [3500, finished(steps.buildReport)],
  [3500, finished(steps.publishReport)],
  [4321, { type: "run-finished", result }],
];
