// Owns what became of a model in a run: its steps' results told as one outcome for people.
import type { Diagnostic } from "../../errors/index.ts";
import type { StepResult } from "../../execute/index.ts";
import type { TestRecord } from "../../state/index.ts";

export type OutcomeStatus = "published" | "warned" | "unchanged" | "failed" | "held" | "skipped" | "cancelled";

export interface ModelOutcome {
  readonly model: string;
  readonly status: OutcomeStatus;
  /** Why it was not published. */
  readonly reason?: string;
  readonly rows?: number;
  readonly bytes?: number;
  /** Of its own steps; what a publish group waits for is not counted. */
  readonly durationMs: number;
  readonly tests: readonly TestRecord[];
  readonly error?: Diagnostic;
}

/** `results` are those of the steps about this model, in the order they ended. */
export function outcomeOf(model: string, results: readonly StepResult[]): ModelOutcome {
  const make = results.find(({ step }) => step.kind === "extract" || step.kind === "build");
  const test = results.find(({ step }) => step.kind === "test");
  const publish = results.find(({ step }) => step.kind === "publish");
  const tests = test?.tests ?? [];
  const failedTests = tests.filter(isFailure);
  const error = make?.error ?? test?.error ?? publish?.error;
  const status = statusOf(make, test, publish);
  const reason =
    failedTests.length > 0
      ? `${failedTests.length === 1 ? "test" : "tests"} failed: ${failedTests.map(({ test: id }) => id).join(", ")}`
      : reasonOf(status, results);
  return {
    model,
    status,
    ...(reason !== undefined && status !== "published" && status !== "warned" && { reason }),
    ...(make?.rows !== undefined && { rows: make.rows }),
    ...(make?.bytes !== undefined && { bytes: make.bytes }),
    durationMs: results.reduce(
      (sum, result) => sum + (result.step.kind === "publish" && result.step.models.length > 1 ? 0 : result.durationMs),
      0,
    ),
    tests,
    ...(error && { error }),
  };
}

export function isFailure(record: TestRecord): boolean {
  return record.status === "fail" || record.status === "error";
}

function statusOf(
  make: StepResult | undefined,
  test: StepResult | undefined,
  publish: StepResult | undefined,
): OutcomeStatus {
  const all = [make, test, publish].flatMap((result) => result?.status ?? []);
  if (all.includes("failed") || all.includes("crashed")) return "failed";
  if (all.includes("cancelled")) return "cancelled";
  if (make?.status === "skipped") return "skipped";
  if (all.includes("held") || all.includes("skipped")) return "held";
  if (make?.status === "unchanged") return "unchanged";
  return all.includes("warned") ? "warned" : "published";
}

function reasonOf(status: OutcomeStatus, results: readonly StepResult[]): string | undefined {
  const telling =
    status === "failed"
      ? results.find((result) => result.error)
      : results.find((result) => result.status === status && result.reason);
  return telling?.error ? withoutName(telling.error.message, results[0]?.step.models ?? []) : telling?.reason;
}

/** Messages name their model first; where it stands beside them anyway, once is enough. */
export function withoutName(message: string, models: readonly string[]): string {
  const prefix = models
    .flatMap((model) => [`${model}: `, `building ${model}: `])
    .find((name) => message.startsWith(name));
  return prefix === undefined ? message : message.slice(prefix.length);
}

/** Outcomes of every model of a run, in plan order of their first step. */
export function outcomesOf(results: readonly StepResult[], order: readonly string[]): readonly ModelOutcome[] {
  const byModel = new Map<string, StepResult[]>(order.map((model) => [model, []]));
  for (const result of results) {
    if (result.step.kind === "prune") continue;
    for (const model of result.step.models) {
      const own = byModel.get(model);
      if (own) own.push(result);
      else byModel.set(model, [result]);
    }
  }
  return [...byModel].filter(([, own]) => own.length > 0).map(([model, own]) => outcomeOf(model, own));
}
