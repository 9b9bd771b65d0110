// Owns calling duties: each at its own pace, at once when somebody asks for a look, never twice at a time. Knows no particular duty.
import type { Clock } from "../../core/util/index.ts";
import type { Duty, DutyContext } from "../duty.ts";
import type { Metrics } from "./metrics.ts";

export interface DutyStanding {
  readonly name: string;
  readonly failures: number;
  /** How long the present run has been going on; absent when there is none. */
  readonly runningMs?: number;
  /** It has been going on for much longer than its pace explains. */
  readonly stuck: boolean;
}

export interface DutyLoop {
  /** All duties run as soon as they can, except those that tidy up; those that keep failing wait for their turn. */
  look(): void;
  standings(): readonly DutyStanding[];
  /** Starts nothing more. Resolves when what runs has ended. */
  stop(): Promise<void>;
}

const LONGEST_PAUSE_MS = 30_000;
const STUCK_AFTER_MS = 120_000;

/** From the end of a run that took `tookMs` to the next: its pace, of which a slow run leaves at least a tenth; longer with each failure in a row. */
export function pauseMs(everyMs: number, tookMs: number, failures: number): number {
  const paced = Math.max(everyMs - tookMs, everyMs / 10);
  return failures === 0 ? paced : Math.max(paced, Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.min(failures, 10)));
}

interface Options {
  readonly duties: readonly Duty[];
  readonly context: DutyContext;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly stuckAfterMs?: number;
}

export function startDutyLoop({ duties, stuckAfterMs = STUCK_AFTER_MS, ...options }: Options): DutyLoop {
  const keepers = duties.map((duty) => keep(duty, options));
  return {
    look: () => {
      for (const keeper of keepers) keeper.look();
    },
    standings: () =>
      keepers.map(({ duty, standing }) => {
        const { failures, runningMs } = standing();
        const stuck = runningMs !== undefined && runningMs > Math.max(stuckAfterMs, 10 * duty.everyMs);
        return { name: duty.name, failures, ...(runningMs !== undefined && { runningMs }), stuck };
      }),
    stop: async () => void (await Promise.all(keepers.map((keeper) => keeper.stop()))),
  };
}

function keep(duty: Duty, { context, metrics, clock }: Pick<Options, "context" | "metrics" | "clock">) {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let startedMs = 0;
  let asked = false;
  let failures = 0;
  let stopped = false;

  const runOnce = async (): Promise<void> => {
    startedMs = clock.elapsedMs();
    try {
      await duty.run(context);
      metrics.dutyRuns.inc({ duty: duty.name, outcome: "ok" });
      metrics.dutyLastOk.set({ duty: duty.name }, clock.now().getTime() / 1000);
      if (failures > 0) context.log.info({ duty: duty.name, failures }, "the duty succeeds again");
      failures = 0;
    } catch (error) {
      // A duty that was interrupted by the end of the process has not failed.
      if (context.signal.aborted) return;
      failures++;
      metrics.dutyRuns.inc({ duty: duty.name, outcome: "error" });
      // The 1st, 2nd, 4th, 8th … failure in a row: an outage is told, not recited.
      if ((failures & (failures - 1)) === 0)
        context.log.error({ duty: duty.name, failures, error }, "the duty failed and will be tried again");
    } finally {
      metrics.dutySeconds.observe({ duty: duty.name }, (clock.elapsedMs() - startedMs) / 1000);
    }
  };
  const start = (): void => {
    clearTimeout(timer);
    if (stopped || running !== undefined) return;
    asked = false;
    running = runOnce().then(() => {
      running = undefined;
      if (stopped) return;
      if (asked && failures === 0) start();
      else timer = setTimeout(start, pauseMs(duty.everyMs, clock.elapsedMs() - startedMs, failures));
    });
  };
  start();
  return {
    duty,
    standing: () => ({ failures, ...(running !== undefined && { runningMs: clock.elapsedMs() - startedMs }) }),
    look: () => {
      if (duty.unhurried) return;
      if (running !== undefined) asked = true;
      else if (failures === 0) start();
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
