// Owns the present picture of a run, kept from its events. Draws nothing and knows no terminal.
import type { RunEvent, StepResult } from "../../execute/index.ts";
import type { Step } from "../../plan/index.ts";
import { type ModelOutcome, outcomeOf } from "./model-outcome.ts";

export interface RunningStep {
  readonly step: Step;
  readonly startedMs: number;
  readonly rows?: number;
  readonly bytes?: number;
  /** About how much there will be. */
  readonly estimate?: { readonly rows?: number; readonly bytes?: number };
  /** How many models of the run cannot begin before it is done. */
  readonly heldUp: number;
}

export interface WaitingModel {
  readonly model: string;
  /** Steps it waits for that are running or have yet to run. */
  readonly waitsFor: readonly string[];
}

export interface RunView {
  /** Takes an event in; gives the models that came to their end with it. */
  apply(event: RunEvent, nowMs: number): readonly ModelOutcome[];
  readonly models: number;
  readonly finished: number;
  readonly failed: number;
  running(): readonly RunningStep[];
  /** The first `most` models that have not begun and wait for something, and how many there are. */
  waiting(most: number): { readonly models: readonly WaitingModel[]; readonly count: number };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export function createRunView(): RunView {
  let steps: readonly Step[] = [];
  let modelSteps = new Map<string, readonly Step[]>();
  let readers = new Map<string, readonly Step[]>();
  const results = new Map<string, StepResult>();
  const running = new Map<string, Writable<RunningStep>>();
  let finished = 0;
  let failed = 0;

  /** Models behind a step, found once when it starts: linear in what is behind it. */
  const countBehind = (step: Step): number => {
    const seen = new Set([step.id]);
    const models = new Set<string>();
    const open = [step];
    for (let next = open.pop(); next; next = open.pop()) {
      for (const reader of readers.get(next.id) ?? []) {
        if (seen.has(reader.id)) continue;
        seen.add(reader.id);
        open.push(reader);
        if (reader.kind === "extract" || reader.kind === "build") for (const model of reader.models) models.add(model);
      }
    }
    return models.size;
  };

  const settle = (result: StepResult): readonly ModelOutcome[] => {
    results.set(result.step.id, result);
    running.delete(result.step.id);
    if (result.step.kind === "prune") return [];
    const ended: ModelOutcome[] = [];
    for (const model of result.step.models) {
      const own = modelSteps.get(model) ?? [];
      const done = own.flatMap((step) => results.get(step.id) ?? []);
      if (done.length < own.length) continue;
      const outcome = outcomeOf(model, done);
      finished++;
      if (outcome.status === "failed") failed++;
      ended.push(outcome);
    }
    return ended;
  };

  return {
    apply(event, nowMs) {
      switch (event.type) {
        case "run-started": {
          steps = event.steps;
          modelSteps = groupBy(
            steps.filter((step) => step.kind !== "prune"),
            (step) => step.models,
          );
          readers = groupBy(steps, (step) => step.dependsOn);
          return [];
        }
        case "step-started":
          running.set(event.step.id, { step: event.step, startedMs: nowMs, heldUp: countBehind(event.step) });
          return [];
        case "step-progress": {
          const own = running.get(event.step.id);
          if (own && event.rows !== undefined) own.rows = event.rows;
          if (own && event.bytes !== undefined) own.bytes = event.bytes;
          if (own && event.estimate !== undefined) own.estimate = event.estimate;
          return [];
        }
        case "step-finished":
          return settle(event.result);
        case "run-finished":
          return [];
      }
    },
    get models() {
      return modelSteps.size;
    },
    get finished() {
      return finished;
    },
    get failed() {
      return failed;
    },
    running: () => [...running.values()],
    waiting(most) {
      const models: WaitingModel[] = [];
      let count = 0;
      for (const step of steps) {
        if ((step.kind !== "extract" && step.kind !== "build") || running.has(step.id) || results.has(step.id))
          continue;
        const waitsFor = step.dependsOn.filter((id) => !results.has(id));
        if (waitsFor.length === 0) continue;
        count++;
        if (models.length < most) models.push({ model: step.models[0] ?? step.id, waitsFor });
      }
      return { models, count };
    },
  };
}

function groupBy(steps: readonly Step[], keysOf: (step: Step) => readonly string[]): Map<string, readonly Step[]> {
  const groups = new Map<string, Step[]>();
  for (const step of steps) {
    for (const key of keysOf(step)) {
      const group = groups.get(key);
      if (group) group.push(step);
      else groups.set(key, [step]);
    }
  }
  return groups;
}
