// Owns how often a trouble that repeats is logged: at once, then twice a minute with how often it happened, and when it is over.
import type { Log } from "../duty.ts";

export interface Complaints {
  /** `what` names the trouble: `offering tickets`. */
  report(what: string, error: unknown): void;
  /** What was in trouble works again. */
  settle(what: string): void;
}

const REPEAT_MS = 30_000;

interface Trouble {
  readonly since: number;
  open: boolean;
  said: number;
  settled: number;
  silent: number;
}

/** `redact` takes secrets out of messages. */
export function createComplaints(
  log: Log,
  redact: (text: string) => string,
  now = () => performance.now(),
): Complaints {
  const troubles = new Map<string, Trouble>();
  return {
    report(what, error) {
      const known = troubles.get(what);
      if (known !== undefined && now() - known.said < REPEAT_MS) {
        known.open = true;
        known.silent++;
        return;
      }
      const reason = redact(error instanceof Error ? error.message || error.name : String(error));
      log.warn({ reason, repeated: known?.silent ?? 0 }, `${what} failed`);
      const since = known?.open === true ? known.since : now();
      troubles.set(what, { since, open: true, said: now(), settled: known?.settled ?? -REPEAT_MS, silent: 0 });
    },
    settle(what) {
      const known = troubles.get(what);
      if (known?.open !== true) return;
      known.open = false;
      // What comes and goes is not told each time.
      if (now() - known.settled < REPEAT_MS) return;
      known.settled = now();
      log.info({ troubledMs: Math.round(now() - known.since), repeated: known.silent }, `${what} works again`);
    },
  };
}
