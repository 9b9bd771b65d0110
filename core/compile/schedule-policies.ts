// Owns a schedule in force: what was written, over the defaults. Checks nothing.
import type { CatchUp, Schedule } from "../manifest/index.ts";
import type { ScheduleDeclaration } from "../project/index.ts";
import { parseDurationMs } from "../util/index.ts";

/** `upstream`: ids of the models it waits for. */
export function scheduleOf(
  declared: ScheduleDeclaration,
  upstream: readonly string[],
  upstreamIsRead = false,
): Schedule {
  const { cron, timezone, max_wait, priority } = declared;
  const catchUp = catchUpOf(declared.catch_up ?? "latest");
  return {
    on: conditionOf(declared),
    ...(cron !== undefined && { cron }),
    timezone: timezone ?? "UTC",
    catchUp,
    overlap: declared.overlap ?? (catchUp.mode === "all" || catchUp.mode === "window" ? "buffer_all" : "buffer_one"),
    upstream,
    ...(upstreamIsRead && { upstreamIsRead }),
    settleMs: durationMs(declared.settle),
    minIntervalMs: durationMs(declared.min_interval),
    ...(max_wait !== undefined && { maxWaitMs: durationMs(max_wait) }),
    afterMaxWait: declared.then ?? "run",
    ...(priority !== undefined && { priority }),
  };
}

export function conditionOf({ on }: ScheduleDeclaration): Schedule["on"] {
  return on ?? "cron";
}

function catchUpOf(written: string): CatchUp {
  if (written === "none" || written === "latest" || written === "all") return { mode: written };
  return { mode: "window", windowMs: durationMs(written.replace(/^window /, "")) };
}

function durationMs(written: string | undefined): number {
  return written === undefined ? 0 : (parseDurationMs(written) ?? 0);
}
