// Owns letting ready tasks go: admits what the rules allow and offers the tickets. Coalesces: many calls at once look once more.
import type { StateStore } from "../state/index.ts";
import { type AdmissionRules, chooseTasks } from "./admission.ts";
import type { Transport } from "./transport.ts";

export interface DispatcherOptions {
  readonly state: StateStore;
  readonly transport: Transport;
  readonly scope: Parameters<StateStore["admit"]>[0];
  readonly rules: () => Promise<AdmissionRules> | AdmissionRules;
}

export interface Dispatcher {
  /** Resolves when everything that was ready at the call has been looked at. Throws what the state store or the transport throws. */
  dispatch(): Promise<void>;
  /** The last look left tasks that wait for others to end: for a slot of a pool, or for a model that somebody makes. */
  readonly blocked: boolean;
}

export function createDispatcher({ state, transport, scope, rules }: DispatcherOptions): Dispatcher {
  let going: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  let blocked = false;
  const once = async (): Promise<void> => {
    const now = await rules();
    blocked = false;
    const tickets = await state.admit(scope, (view) => {
      const chosen = chooseTasks(view, now);
      blocked = chosen.length < view.ready.length;
      return chosen;
    });
    if (tickets.length > 0) await transport.offer(tickets);
  };
  const start = (): Promise<void> => {
    const turn = once();
    going = turn
      .catch(() => undefined)
      .finally(() => {
        going = undefined;
      });
    return turn;
  };
  return {
    get blocked() {
      return blocked;
    },
    dispatch() {
      if (!going) return start();
      // What became ready after the look under way had begun is seen by the next.
      next ??= going.then(() => {
        next = undefined;
        return start();
      });
      return next;
    },
  };
}
