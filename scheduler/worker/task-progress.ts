// Owns how often a task tells those who watch how far its steps are: one message an interval however many steps it has and however
// fast they go, with the newest of each, and the last of it always. Knows no Redis.
import type { RunEvent, StepProgress } from "../../core/execute/index.ts";

export interface TaskProgress {
  hear(event: RunEvent): void;
  /** Tells what has not been told; nothing is told afterwards. */
  end(): void;
}

/** For the eye: twice a second is fluent, and a thousand tasks at once cost Redis two thousand messages a second at most. */
const PROGRESS_MS = 500;

export function createTaskProgress(
  tell: (steps: readonly StepProgress[]) => void,
  intervalMs = PROGRESS_MS,
): TaskProgress {
  const held = new Map<string, StepProgress>();
  let timer: NodeJS.Timeout | undefined;
  let ended = false;

  const pass = () => {
    if (held.size === 0) return;
    const steps = [...held.values()];
    held.clear();
    tell(steps);
  };
  const wait = () => {
    timer = setTimeout(() => {
      timer = undefined;
      if (held.size === 0) return;
      pass();
      wait();
    }, intervalMs);
    timer.unref();
  };

  return {
    hear(event) {
      if (ended || event.type !== "step-progress") return;
      const { step, rows, bytes } = event;
      held.set(step.id, { step: step.id, ...(rows !== undefined && { rows }), ...(bytes !== undefined && { bytes }) });
      if (timer !== undefined) return;
      pass();
      wait();
    },
    end() {
      ended = true;
      clearTimeout(timer);
      timer = undefined;
      pass();
    },
  };
}
