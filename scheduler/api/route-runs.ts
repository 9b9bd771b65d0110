// Owns the routes of runs: list, look at, ask for, cancel, resume.
import { createRoute } from "@hono/zod-openapi";
import {
  askCancel,
  askResume,
  askRun,
  pageOf,
  runDetailShape,
  runQuery,
  runShape,
  showAttempt,
  showRun,
  showStep,
  showTask,
} from "../../core/catalog/index.ts";
import { problems } from "../../core/errors/index.ts";
import { askAfresh, askForRun, cancelRun, resumeRun } from "../../core/execute/index.ts";
import type { RunRecord, StateStore } from "../../core/state/index.ts";
import { type ApiApp, actorOf, type RouteContext } from "./api-context.ts";
import { answer, body, conflict, idParam, notFound, refusals, unselectable } from "./describe-route.ts";
import { badCursor, toPage } from "./paging.ts";

const runId = idParam("A run's id");

export function addRunRoutes(app: ApiApp, { state, deployed, tell }: RouteContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/runs",
      operationId: "listRuns",
      summary: "Runs, newest first",
      request: { query: runQuery },
      responses: { 200: answer(pageOf(runShape), "A page of runs"), ...refusals },
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid("query");
      const rows = await state.pageRuns({
        ...withoutAbsent(filter),
        ...(cursor !== undefined && { before: cursor }),
        limit: limit + 1,
      });
      if (rows.length === 0 && cursor !== undefined && !(await state.getRun(cursor))) throw badCursor();
      return c.json(
        toPage(rows, limit, showRun, ({ id }) => id),
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/runs",
      operationId: "askForRun",
      summary: "Ask for a run. It is recorded at once, and begins when a scheduler has planned it",
      request: { body: body(askRun) },
      responses: { 202: answer(runShape, "The run, waiting"), ...refusals, ...unselectable },
    }),
    async (c) => {
      const ask = c.req.valid("json");
      if (ask.schedule !== undefined && ask.select)
        throw problems.apiBadRequest({ where: "body", faults: ["`select` and `schedule` both say which models"] });
      const { manifest } = await deployed();
      const run = await askForRun(ask, manifest, state, actorOf(c));
      tell({ topic: "look", why: `run ${run.id} was asked for` });
      return c.json(showRun(run), 202, { location: `/v1/runs/${run.id}` });
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/runs/{id}",
      operationId: "getRun",
      summary: "A run with its tasks, steps and attempts",
      request: { params: runId },
      responses: { 200: answer(runDetailShape, "The run"), ...refusals, ...notFound },
    }),
    async (c) => {
      const run = await runOf(state, c.req.valid("param").id);
      const [tasks, steps, attempts] = await Promise.all([
        state.listTasks(run.id),
        state.listSteps(run.id),
        state.listAttempts(run.id),
      ]);
      return c.json(
        {
          ...showRun(run),
          tasks: tasks.map(showTask),
          steps: steps.map(showStep),
          attempts: attempts.map(showAttempt),
        },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/runs/{id}/cancel",
      operationId: "cancelRun",
      summary: "End a run: what has not begun never does, what goes on is stopped, and nothing more of it is published",
      request: { params: runId, body: body(askCancel) },
      responses: { 202: answer(runShape, "The run, which is ending"), ...refusals, ...notFound, ...conflict },
    }),
    async (c) => {
      const { id } = await runOf(state, c.req.valid("param").id);
      const { reason } = c.req.valid("json");
      await cancelRun(id, reason, actorOf(c), state);
      tell({ topic: "stop", runId: id });
      return c.json(showRun(await runOf(state, id)), 202);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/runs/{id}/resume",
      operationId: "resumeRun",
      summary:
        "Ask for a run of what this one left undone, reading what it read; with `fresh` what is published by then",
      request: { params: runId, body: body(askResume) },
      responses: { 202: answer(runShape, "The run that goes on, waiting"), ...refusals, ...notFound, ...conflict },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const { fresh = false, reason } = c.req.valid("json");
      const by = actorOf(c);
      const run = fresh
        ? await askAfresh(id, reason, (await deployed()).manifest, state, by)
        : await resumeRun(id, { by: by.actor, via: by.via, reason }, state);
      tell({ topic: "look", why: `run ${run.id} was asked for` });
      return c.json(showRun(run), 202, { location: `/v1/runs/${run.id}` });
    },
  );
}

/** Throws `run/not-found`. */
export async function runOf(state: StateStore, id: string): Promise<RunRecord> {
  const run = await state.getRun(id);
  if (!run) throw problems.runNotFound({ run: id });
  return run;
}

/** The same type without the keys whose value is undefined. */
export function withoutAbsent<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
