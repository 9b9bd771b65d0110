// Owns telling the state store that this process is there, and that it is gone. Leases of tasks are another matter.
import type { StateStore } from "../../core/state/index.ts";
import type { Log } from "../duty.ts";

export type Registration = Parameters<StateStore["keepWorker"]>[0];

export interface Heartbeat {
  /** From now on the process is alive and takes nothing: nobody counts on it for tasks. Does not wait for the state store. */
  drain(): void;
  stop(): Promise<void>;
}

const HEARTBEAT_MS = 10_000;

/** The first beat is made before it returns, so that a process whose state store is not there fails at its start. */
export async function startHeartbeat(
  state: Pick<StateStore, "keepWorker" | "dropWorker">,
  registration: Registration,
  log: Log,
): Promise<Heartbeat> {
  await state.keepWorker(registration);
  let current = registration;
  let failing = false;
  let beating: Promise<void> = Promise.resolve();
  const beat = async (): Promise<void> => {
    try {
      await state.keepWorker(current);
      if (failing) log.info({}, "the state store is reached again");
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ error }, "the state store could not be told that this process is alive");
      failing = true;
    }
  };
  const timer = setInterval(() => {
    beating = beat();
  }, HEARTBEAT_MS);
  return {
    drain() {
      current = { ...registration, classes: [], concurrency: 0 };
      // After a beat under way, which may say otherwise.
      beating = beating.then(beat);
    },
    async stop() {
      clearInterval(timer);
      await beating;
      await state.dropWorker(registration.id).catch((error: unknown) => {
        log.warn({ error }, "the state store could not be told that this process ends");
      });
    },
  };
}
