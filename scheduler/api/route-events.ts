// Owns the streams of events (SSE): of one run until it ends, and of everything. What happened is read by the hub.
import { createRoute, type z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { eventShape, nothingQuery, type ShownEvent, showEvent, showRun } from "../../core/catalog/index.ts";
import { problems } from "../../core/errors/index.ts";
import type { StepProgress } from "../../core/execute/index.ts";
import type { RunRecord } from "../../core/state/index.ts";
import type { ApiApp, ApiEnv, RouteContext } from "./api-context.ts";
import { idParam, notFound, refusals } from "./describe-route.ts";
import { type EventCursor, readCursor } from "./event-cursor.ts";
import type { Listener } from "./event-hub.ts";
import { runOf } from "./route-runs.ts";

const HEARTBEAT_MS = 15_000;
const RETRY_MS = 2_000;
const MAX_LISTENERS = 500;

const stream = {
  description:
    "`text/event-stream`. Each event's `event` is the kind of its data, its `id` says how far one has read: a listener that comes back with it in `Last-Event-ID` misses nothing. Events named `progress` carry no id and are not kept. `reset`: what came before is no longer kept, read it anew. Comments keep the connection alive",
  content: { "text/event-stream": { schema: eventShape as z.ZodType<ShownEvent> } },
};

export function addEventRoutes(app: ApiApp, context: RouteContext): void {
  const { state, hub } = context;

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/events",
      operationId: "followEvents",
      summary: "Everything that happens, from now or from Last-Event-ID on",
      request: { query: nothingQuery },
      responses: { 200: stream, ...refusals },
    }),
    async (c) => {
      refuseCrowd(hub.listeners);
      const from = cursorOf(c);
      const listener = await hub.listen(from ? { from } : {});
      return send(c, context, listener, undefined);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/runs/{id}/events",
      operationId: "followRun",
      summary: "What happens to one run, from its beginning or from Last-Event-ID on, to its end",
      request: { params: idParam("A run's id"), query: nothingQuery },
      responses: {
        200: stream,
        204: { description: "The run has ended and all of it was told" },
        ...refusals,
        ...notFound,
      },
    }),
    async (c) => {
      const run = await runOf(state, c.req.valid("param").id);
      refuseCrowd(hub.listeners);
      const from = cursorOf(c);
      // A browser asks again after every end until it is told 204.
      if (from && hasEnded(run.status)) {
        const left = await state.readEvents({ after: from.high, late: from.late, runId: run.id, limit: 1 });
        if (left.length === 0) return c.body(null, 204);
      }
      const listener = await hub.listen({ runId: run.id, from: from ?? { high: 0, late: [] } });
      return send(c, context, listener, run.id);
    },
  );
}

const hasEnded = (status: string) => status !== "waiting" && status !== "running";

function refuseCrowd(listeners: number): void {
  if (listeners >= MAX_LISTENERS) throw problems.apiTooManyListeners({ limit: MAX_LISTENERS });
}

function cursorOf(c: Context): EventCursor | undefined {
  const text = c.req.header("last-event-id");
  if (text === undefined || text === "") return undefined;
  const cursor = readCursor(text);
  if (!cursor) throw problems.apiBadRequest({ where: "header Last-Event-ID", faults: ["it is no id of an event"] });
  return cursor;
}

function send(c: Context<ApiEnv>, context: RouteContext, listener: Listener, runId: string | undefined): Response {
  const { state, log, heartbeatMs = HEARTBEAT_MS } = context;
  return streamSSE(
    c,
    async (sse) => {
      sse.onAbort(() => listener.close());
      try {
        await sse.write(`retry: ${RETRY_MS}\n\n`);
        while (!listener.ended) {
          const told = await listener.next(heartbeatMs);
          if (told?.type === "event") {
            const shown = showEvent(told.event);
            await sse.writeSSE({ id: told.id, event: shown.kind, data: JSON.stringify(shown) });
            if (runId !== undefined && shown.kind === "run" && hasEnded(shown.status)) return;
          } else if (told?.type === "progress") await sendProgress(sse, told.runId, told.steps);
          else if (told?.type === "reset") await sse.writeSSE({ event: "reset", data: "{}" });
          else {
            if (runId !== undefined && (await endOfRun(sse, state, runId))) return;
            await sse.write(": nothing new\n\n");
          }
        }
      } catch (error) {
        log.warn({ error }, "a stream of events ended early");
      } finally {
        listener.close();
      }
    },
    async () => listener.close(),
  );
}

/** A run whose last event is kept no more has ended all the same. */
async function endOfRun(sse: SSEStreamingApi, state: RouteContext["state"], runId: string): Promise<boolean> {
  const run = await state.getRun(runId);
  if (run && !hasEnded(run.status)) return false;
  if (run) await sse.writeSSE({ event: "run", data: JSON.stringify(endEvent(run)) });
  return true;
}

function endEvent(run: RunRecord): ShownEvent {
  const { id, status, finishedAt, startedAt, ...detail } = showRun(run);
  return { kind: "run", at: finishedAt ?? startedAt, runId: id, subject: id, status, detail };
}

/** Counts only, whatever else a worker may have said. */
async function sendProgress(sse: SSEStreamingApi, runId: string, steps: unknown): Promise<void> {
  for (const said of Array.isArray(steps) ? steps : []) {
    const { step, rows, bytes } = (said ?? {}) as Readonly<Record<keyof StepProgress, unknown>>;
    if (typeof step !== "string") continue;
    const data = {
      runId,
      step,
      ...(typeof rows === "number" && { rows }),
      ...(typeof bytes === "number" && { bytes }),
    };
    await sse.writeSSE({ event: "progress", data: JSON.stringify(data) });
  }
}
