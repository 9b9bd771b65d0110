// Owns the port that shows a run while it goes on, and its plain form: one line for each model that ended, and now and then one for a step that takes long.
import type { RunEvent } from "../../execute/index.ts";
import type { Colors } from "../output/output.ts";
import { formatOutcome } from "./outcome-line.ts";
import { progressFacts } from "./progress-facts.ts";
import { createRunView } from "./run-view.ts";

export interface Renderer {
  onEvent(event: RunEvent): void;
  /** A line from elsewhere, shown without disturbing the picture. */
  tell(text: string): void;
  /** Leaves the terminal as it was found. May be called twice. */
  stop(): void;
}

export interface PlainRendererOptions {
  readonly write: (line: string) => void;
  readonly colors: Colors;
  readonly nowMs: () => number;
}

/** A log is read later: a step says so rarely how far it is. */
const PROGRESS_EVERY_MS = 15_000;

/** For logs and pipes: nothing is ever redrawn. */
export function createPlainRenderer({ write, colors, nowMs }: PlainRendererOptions): Renderer {
  const view = createRunView();
  const toldMs = new Map<string, number>();
  let nameWidth = 20;

  const tellProgress = (stepId: string, now: number): void => {
    const running = view.running().find(({ step }) => step.id === stepId);
    if (!running || now - (toldMs.get(stepId) ?? running.startedMs) < PROGRESS_EVERY_MS) return;
    toldMs.set(stepId, now);
    const { step } = running;
    write(colors.dim(`  ${step.kind.padEnd(8)}${step.models.join(", ")}  ${progressFacts(running, now).join("  ")}`));
  };

  return {
    onEvent(event) {
      const now = nowMs();
      if (event.type === "run-started") {
        nameWidth = Math.min(
          48,
          Math.max(20, ...event.steps.flatMap((step) => step.models.map((model) => model.length))),
        );
      }
      for (const outcome of view.apply(event, now)) write(formatOutcome(outcome, nameWidth, colors));
      if (event.type === "step-progress") tellProgress(event.step.id, now);
    },
    tell: write,
    stop: () => undefined,
  };
}
