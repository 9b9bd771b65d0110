// Owns following a run on the terminal to its end, by the state store or over the API.
import { setTimeout as wait } from "node:timers/promises";
import { type ShownEvent, type ShownRun, showEvent, showRun } from "../catalog/index.ts";
import type { StateStore } from "../state/index.ts";
import type { CommandInput, ExitCode } from "./command.ts";
import { linesOf, printable } from "./output/display-width.ts";
import { formatCount } from "./output/format.ts";
import type { Colors } from "./output/output.ts";
import type { RemoteClient } from "./remote/remote-client.ts";

const LOOK_MS = 250;
/** Numbers of events that began together become visible in any order, but never so far apart. */
const OVERLAP = 2_000;
const PAGE = 10_000;

export async function followRun(
  run: ShownRun,
  from: StateStore | RemoteClient,
  { output, signal }: Pick<CommandInput, "output" | "signal">,
): Promise<ExitCode> {
  const events = "follow" in from ? from.follow(run.id, signal) : eventsOf(run.id, from, signal);
  let status: string = run.status;
  for await (const event of events) {
    if (event.kind === "run") status = event.status;
    output.jsonLine(event);
    const line = sayEvent(event, output.colors);
    if (line !== undefined) output.result(line);
  }
  if (signal.aborted) return 130;
  if (status === "success") return 0;
  return status === "cancelled" ? 130 : 1;
}

const hasEnded = (status: string) => status !== "waiting" && status !== "running";

async function* eventsOf(runId: string, state: StateStore, signal: AbortSignal): AsyncIterable<ShownEvent> {
  const seen = new Set<number>();
  let high = 0;
  while (!signal.aborted) {
    // Asked before the events: those of its end are among them when it has ended.
    const run = await state.getRun(runId);
    const events = await state.readEvents({ after: Math.max(0, high - OVERLAP), runId, limit: PAGE });
    for (const event of events) {
      if (seen.has(event.sequence)) continue;
      seen.add(event.sequence);
      high = Math.max(high, event.sequence);
      const shown = showEvent(event);
      yield shown;
      if (shown.kind === "run" && hasEnded(shown.status)) return;
    }
    if (events.length === PAGE) continue;
    if (run && hasEnded(run.status)) {
      // Its events are kept no more.
      const { id, status, startedAt, finishedAt, ...detail } = showRun(run);
      yield { kind: "run", at: finishedAt ?? startedAt, runId: id, subject: id, status, detail };
      return;
    }
    await wait(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** A line for people; nothing for what they need not be told. */
function sayEvent({ kind, at, subject, status, detail }: ShownEvent, colors: Colors): string | undefined {
  const when = colors.dim(new Date(at).toISOString().slice(11, 19));
  const error = detail.error as { readonly code?: string; readonly message?: string } | undefined;
  const because = error?.message === undefined ? "" : `\n    ${error.code}: ${linesOf(error.message, "      ")}`;
  switch (kind) {
    case "run":
      return `${when} run ${subject} ${paint(status, colors)}${sayReason(detail.cancelReason ?? (hasEnded(status) ? undefined : detail.raisedBecause) ?? detail.reason)}`;
    case "step": {
      // What will be done again is told of its task, in the same instant.
      if (status === "running" || detail.again === true) return undefined;
      const rows = typeof detail.rows === "number" ? `, ${formatCount(detail.rows)} rows` : "";
      return `${when} ${subject} ${paint(status, colors)}${rows}${because}`;
    }
    case "publication":
      return `${when} ${subject} ${colors.green(status === "rollback" ? "rolled back" : "published")}`;
    case "task":
      // Given back: it may have to wait for what it reads, which was given back too.
      if (status === "ready" || status === "waiting")
        return `${when} ${subject} ${colors.yellow(`will be done again${sayAttempt(detail)}`)}${because}`;
      return status === "quarantined" ? `${when} ${subject} ${paint(status, colors)}${because}` : undefined;
    default:
      return undefined;
  }
}

/** ` (attempt 2 of 3)`: the one that comes; one that lost its worker is the same once more. */
function sayAttempt({ attempt, maxAttempts, losses }: ShownEvent["detail"]): string {
  if (typeof attempt !== "number" || typeof maxAttempts !== "number") return "";
  const lost = typeof losses === "number" && losses > 0 ? `, ${losses} lost` : "";
  return ` (attempt ${attempt + 1} of ${maxAttempts}${lost})`;
}

function sayReason(reason: unknown): string {
  return typeof reason === "string" && reason !== "" ? ` (${printable(reason)})` : "";
}

function paint(status: string, colors: Colors): string {
  if (["success", "unchanged"].includes(status)) return colors.green(status);
  if (["failed", "crashed", "quarantined"].includes(status)) return colors.red(status);
  return ["cancelled", "held", "skipped", "warned"].includes(status) ? colors.yellow(status) : status;
}
