// Owns handing the session of a build to the test of that build, so that it is not opened a second time.
import type { Step } from "../plan/index.ts";
import type { WarehouseSession } from "../warehouse/index.ts";

export interface SessionHandover {
  /** Keeps the session for the test of the model's new build; false when no test will come for it, and the caller closes it. */
  give(model: string, session: WarehouseSession): boolean;
  /** The caller closes it. */
  take(model: string): WarehouseSession | undefined;
  /** Closes those nobody took. */
  closeAll(): Promise<void>;
}

export function createSessionHandover(steps: readonly Step[]): SessionHandover {
  // A test that waits for other builds would keep the session open for as long; all others run right after their build.
  const wanted = new Set(
    steps.flatMap((step) => (step.kind === "test" && step.dependsOn.length === 1 ? step.models : [])),
  );
  const kept = new Map<string, WarehouseSession>();
  return {
    give(model, session) {
      if (!wanted.has(model)) return false;
      kept.set(model, session);
      return true;
    },
    take(model) {
      const session = kept.get(model);
      kept.delete(model);
      return session;
    },
    async closeAll() {
      const left = [...kept.values()];
      kept.clear();
      await Promise.allSettled(left.map((session) => session.close()));
    },
  };
}
