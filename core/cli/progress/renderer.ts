// Owns the port that shows a run while it goes on, and its plain form: one line for each model that ended.
import type { RunEvent } from "../../execute/index.ts";
import type { Colors } from "../output/output.ts";
import { formatOutcome } from "./outcome-line.ts";
import { createRunView } from "./run-view.ts";

export interface Renderer {
  onEvent(event: RunEvent): void;
  /** A line from elsewhere, shown without disturbing the picture. */
  tell(text: string): void;
  /** Leaves the terminal as it was found. May be called twice. */
  stop(): void;
}

/** For logs and pipes: nothing is ever redrawn. */
export function createPlainRenderer(write: (line: string) => void, colors: Colors): Renderer {
  const view = createRunView();
  let nameWidth = 20;
  return {
    onEvent(event) {
      if (event.type === "run-started") {
        nameWidth = Math.min(
          48,
          Math.max(20, ...event.steps.flatMap((step) => step.models.map((model) => model.length))),
        );
      }
      for (const outcome of view.apply(event, 0)) write(formatOutcome(outcome, nameWidth, colors));
    },
    tell: write,
    stop: () => undefined,
  };
}
