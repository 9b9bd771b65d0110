// Runs a plan: starts steps, makes builds, judges them, says what happens. May not parse projects, render templates or decide what to run.
export { evaluateTests } from "./evaluate-tests.ts";
export type * from "./events.ts";
export { type RunRequest, runPlan } from "./run-plan.ts";
export { testsOf } from "./tests-of.ts";
export type { Consumer, Signal, Transport } from "./transport.ts";
