// Owns the end of a long-lived process: what is closed in which order, and for how long anything is waited for.
import type { Log } from "../duty.ts";

export interface DrainStep {
  readonly name: string;
  run(): Promise<void>;
}

/**
 * Closes one thing after the other. What fails or outlasts the time that is left is logged, and the next step begins all the same:
 * a broken connection must not keep what comes after it open.
 */
export async function drain(steps: readonly DrainStep[], graceMs: number, log: Log): Promise<boolean> {
  const endMs = performance.now() + graceMs;
  let clean = true;
  for (const { name, run } of steps) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      // Closing what holds no work is given a moment even when the work took all the time there was.
      timer = setTimeout(() => resolve("late"), Math.max(2_000, endMs - performance.now()));
    });
    try {
      if ((await Promise.race([run(), late])) === "late") {
        clean = false;
        log.warn({ step: name }, "gave up waiting");
      }
    } catch (error) {
      clean = false;
      log.warn({ step: name, error }, "could not be ended properly");
    } finally {
      clearTimeout(timer);
    }
  }
  return clean;
}
