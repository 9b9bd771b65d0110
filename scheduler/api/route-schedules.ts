// Owns the routes of schedules: list, look at, ask for a run of, pause and let go on.
import { createRoute } from "@hono/zod-openapi";
import {
  askPause,
  askTrigger,
  askUnpause,
  nothingQuery,
  pauseShape,
  runShape,
  scheduleShape,
  showPause,
  showRun,
  showSchedules,
  showUnpaused,
  standingShape,
  unpausedShape,
} from "../../core/catalog/index.ts";
import { askForRun, checkSchedule, endPauses } from "../../core/execute/index.ts";
import { explainSchedule, nextTicks } from "../../core/observe/index.ts";
import type { RunRecord, StateStore } from "../../core/state/index.ts";
import { type ApiApp, actorOf, type RouteContext } from "./api-context.ts";
import { answer, body, conflict, idParam, notFound, refusals, unselectable } from "./describe-route.ts";

const scheduleId = idParam("`project.schedule`");

export function addScheduleRoutes(app: ApiApp, { state, deployed, tell }: RouteContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/schedules",
      operationId: "listSchedules",
      summary: "Schedules of the deployed projects, with what holds them back and their last runs",
      request: { query: nothingQuery },
      responses: { 200: answer(scheduleShape.array(), "All of them"), ...refusals },
    }),
    async (c) => {
      const { manifest } = await deployed();
      const ids = Object.values(manifest.projects).flatMap(({ name, schedules }) =>
        Object.keys(schedules).map((own) => `${name}.${own}`),
      );
      const last = await lastRuns(state, ids);
      return c.json(
        [...showSchedules(manifest, await state.listPauses(), (id) => last.get(id), await nextTicks(manifest, state))],
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/schedules/{id}",
      operationId: "getSchedule",
      summary: "One schedule",
      request: { params: scheduleId },
      responses: { 200: answer(scheduleShape, "The schedule"), ...refusals, ...notFound },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const { manifest } = await deployed();
      checkSchedule(id, manifest);
      const last = await lastRuns(state, [id]);
      const shown = showSchedules(
        manifest,
        await state.listPauses(),
        (one) => last.get(one),
        await nextTicks(manifest, state),
      );
      return c.json(shown.find((schedule) => schedule.id === id) as (typeof shown)[number], 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/schedules/{id}/standing",
      operationId: "explainSchedule",
      summary: "Why a schedule is due or not, and since when",
      request: { params: scheduleId },
      responses: { 200: answer(standingShape, "How it stands"), ...refusals, ...notFound },
    }),
    async (c) => {
      const standing = await explainSchedule(c.req.valid("param").id, (await deployed()).manifest, state);
      const { schedule, on, upstream, decision, pause, said } = standing;
      const decided = decision && {
        due: decision.due,
        late: decision.late,
        why: decision.why,
        fresh: [...decision.fresh],
        awaited: [...decision.awaited],
        decidedAt: decision.decidedAt.toISOString(),
      };
      const shown = {
        schedule,
        on,
        upstream: [...upstream],
        ...decided,
        ...(pause && { pause: showPause(pause) }),
        said,
      };
      return c.json(shown, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/schedules/{id}/trigger",
      operationId: "triggerSchedule",
      summary: "Ask for a run of the schedule's models now. Its next tick comes all the same",
      request: { params: scheduleId, body: body(askTrigger) },
      responses: { 202: answer(runShape, "The run, waiting"), ...refusals, ...notFound, ...unselectable },
    }),
    async (c) => {
      const { id: schedule } = c.req.valid("param");
      const { manifest } = await deployed();
      const run = await askForRun({ ...c.req.valid("json"), schedule }, manifest, state, actorOf(c));
      tell({ topic: "look", why: `run ${run.id} was asked for` });
      return c.json(showRun(run), 202, { location: `/v1/runs/${run.id}` });
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/schedules/{id}/pause",
      operationId: "pauseSchedule",
      summary: "Hold the schedule back: none of its runs begins. What has begun goes on",
      request: { params: scheduleId, body: body(askPause) },
      responses: { 200: answer(pauseShape, "The pause"), ...refusals, ...notFound },
    }),
    async (c) => {
      const { id: name } = c.req.valid("param");
      checkSchedule(name, (await deployed()).manifest);
      const { reason, forMs } = c.req.valid("json");
      const pause = await state.pause(
        { kind: "schedule", name, why: reason, ...(forMs !== undefined && { forMs }) },
        actorOf(c),
      );
      return c.json(showPause(pause), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/schedules/{id}/unpause",
      operationId: "unpauseSchedule",
      summary: "Let the schedule go on: ends every pause of just this. Others may hold it still",
      request: { params: scheduleId, body: { content: body(askUnpause).content } },
      responses: {
        200: answer(unpausedShape, "The pauses that ended, and those that hold it still"),
        ...refusals,
        ...notFound,
        ...conflict,
      },
    }),
    async (c) => {
      const { id: name } = c.req.valid("param");
      checkSchedule(name, (await deployed()).manifest);
      const unpaused = await endPauses({ kind: "schedule", name }, actorOf(c), state);
      tell({ topic: "look", why: `${name} goes on` });
      return c.json(showUnpaused(unpaused), 200);
    },
  );
}

async function lastRuns(state: StateStore, schedules: readonly string[]): Promise<ReadonlyMap<string, RunRecord>> {
  const found = new Map<string, RunRecord>();
  for (const schedule of schedules) {
    const [run] = await state.pageRuns({ schedule, limit: 1 });
    if (run) found.set(schedule, run);
  }
  return found;
}
