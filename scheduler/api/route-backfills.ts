// Owns the routes of backfills: list, look at, cancel. Making one needs the warehouse, which the API does not open.
import { createRoute } from "@hono/zod-openapi";
import {
  askBackfillCancel,
  backfillDetailShape,
  backfillQuery,
  backfillShape,
  showBackfill,
  showBackfillDetail,
} from "../../core/catalog/index.ts";
import { backfillNamed, cancelBackfill } from "../../core/execute/index.ts";
import { type ApiApp, actorOf, type RouteContext } from "./api-context.ts";
import { answer, body, conflict, idParam, notFound, refusals } from "./describe-route.ts";

const backfillId = idParam("A backfill's id, or the start of it that no other has");

export function addBackfillRoutes(app: ApiApp, { state, tell }: RouteContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/backfills",
      operationId: "listBackfills",
      summary: "Backfills, newest first, with how far they are",
      request: { query: backfillQuery },
      responses: { 200: answer(backfillShape.array(), "Backfills"), ...refusals },
    }),
    async (c) => {
      const { open, limit } = c.req.valid("query");
      const backfills = await state.listBackfills({ limit, ...(open === "true" && { open: true }) });
      return c.json(backfills.map(showBackfill), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/backfills/{id}",
      operationId: "getBackfill",
      summary: "A backfill with its windows and the run of each",
      request: { params: backfillId },
      responses: { 200: answer(backfillDetailShape, "The backfill"), ...refusals, ...notFound },
    }),
    async (c) => {
      const backfill = await backfillNamed(c.req.valid("param").id, state);
      return c.json(showBackfillDetail(backfill, await state.listWindows({ backfill: backfill.id })), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/backfills/{id}/cancel",
      operationId: "cancelBackfill",
      summary: "End a backfill: no window begins any more, its runs are stopped, what is published stays",
      request: { params: backfillId, body: body(askBackfillCancel) },
      responses: { 202: answer(backfillShape, "The backfill, which is ending"), ...refusals, ...notFound, ...conflict },
    }),
    async (c) => {
      const asked = await backfillNamed(c.req.valid("param").id, state);
      const { backfill, runs } = await cancelBackfill(asked, c.req.valid("json").reason, actorOf(c), state);
      for (const runId of runs) tell({ topic: "stop", runId });
      return c.json(showBackfill(backfill), 202);
    },
  );
}
