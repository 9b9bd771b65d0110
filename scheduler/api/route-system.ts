// Owns the routes about the mesh itself: which processes work, and who did what.
import { createRoute } from "@hono/zod-openapi";
import {
  auditQuery,
  auditShape,
  auditVerdictShape,
  nothingQuery,
  pageOf,
  showAudit,
  showWorker,
  workerShape,
} from "../../core/catalog/index.ts";
import type { ApiApp, RouteContext } from "./api-context.ts";
import { answer, refusals } from "./describe-route.ts";
import { toPage } from "./paging.ts";
import { sequenceOf } from "./route-builds.ts";
import { withoutAbsent } from "./route-runs.ts";

/** Processes not heard of for so long are gone. */
const SEEN_MS = 60_000;

export function addSystemRoutes(app: ApiApp, { state }: RouteContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/workers",
      operationId: "listWorkers",
      summary: "Scheduler and worker processes heard of in the last minute",
      request: { query: nothingQuery },
      responses: { 200: answer(workerShape.array(), "All of them"), ...refusals },
    }),
    async (c) => c.json((await state.listWorkers(SEEN_MS)).map(showWorker), 200),
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/audit",
      operationId: "listAudit",
      summary: "Who did what, newest first",
      request: { query: auditQuery },
      responses: { 200: answer(pageOf(auditShape), "A page of the audit log"), ...refusals },
    }),
    async (c) => {
      const { limit, cursor, since, ...filter } = c.req.valid("query");
      const rows = await state.listAudit({
        ...withoutAbsent(filter),
        ...(since !== undefined && { since: new Date(since) }),
        ...(cursor !== undefined && { before: sequenceOf(cursor) }),
        limit: limit + 1,
      });
      return c.json(
        toPage(rows, limit, showAudit, ({ sequence }) => sequence),
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/audit/verdict",
      operationId: "verifyAudit",
      summary: "Whether no entry was changed, removed or put in: reads the whole log and computes its hashes again",
      request: { query: nothingQuery },
      responses: { 200: answer(auditVerdictShape, "The verdict"), ...refusals },
    }),
    async (c) => c.json(await state.verifyAudit(), 200),
  );
}
