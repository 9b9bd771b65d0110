// Owns the routes of promises: how fresh everything is, and the incidents of what is not; acknowledging and resolving them.
import { createRoute } from "@hono/zod-openapi";
import {
  askSettle,
  freshnessShape,
  incidentQuery,
  incidentShape,
  nothingQuery,
  showFreshness,
  showIncident,
} from "../../core/catalog/index.ts";
import { problems } from "../../core/errors/index.ts";
import { judgeServiceLevels } from "../../core/observe/index.ts";
import { type ApiApp, actorOf, type RouteContext } from "./api-context.ts";
import { answer, body, conflict, idParam, notFound, refusals } from "./describe-route.ts";

export function addServiceLevelRoutes(app: ApiApp, { state, deployed }: RouteContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/freshness",
      operationId: "listFreshness",
      summary:
        "Every promise of the deployed projects: whether it is kept now, how old the data is, and what is to blame",
      request: { query: nothingQuery },
      responses: { 200: answer(freshnessShape.array(), "All of them, judged now"), ...refusals },
    }),
    async (c) => {
      const { manifest } = await deployed();
      const judgements = await judgeServiceLevels(state, manifest, await state.now());
      return c.json(judgements.map(showFreshness), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/incidents",
      operationId: "listIncidents",
      summary: "Incidents, newest first: promises that are not kept, by their cause",
      request: { query: incidentQuery },
      responses: { 200: answer(incidentShape.array(), "The newest"), ...refusals },
    }),
    async (c) => {
      const { open, limit } = c.req.valid("query");
      const incidents = await state.listIncidents({ limit, ...(open !== undefined && { open: open === "true" }) });
      return c.json(incidents.map(showIncident), 200);
    },
  );

  for (const [verb, status, summary] of [
    ["acknowledge", "acknowledged", "Say that somebody looks after it: it is not told again until it is worse"],
    ["resolve", "resolved", "End it. It opens anew when its promises are still not kept"],
  ] as const)
    app.openapi(
      createRoute({
        method: "post",
        path: `/v1/incidents/{id}/${verb}`,
        operationId: `${verb}Incident`,
        summary,
        request: { params: idParam("An incident's id"), body: body(askSettle) },
        responses: { 200: answer(incidentShape, "The incident"), ...refusals, ...notFound, ...conflict },
      }),
      async (c) => {
        const { id } = c.req.valid("param");
        const found = await state.getIncident(id);
        if (!found) throw problems.incidentNotHere({ incident: id });
        const settled = await state.settleIncident(id, status, c.req.valid("json").reason, actorOf(c));
        if (!settled) throw problems.incidentNotOpen({ incident: id, status: found.status });
        return c.json(showIncident(settled), 200);
      },
    );
}
