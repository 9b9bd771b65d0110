// Owns the routes of promises: how fresh everything is, and the incidents of what is not; acknowledging and resolving them.
import { createRoute } from "@hono/zod-openapi";
import {
  askSettle,
  attainmentQuery,
  attainmentShape,
  freshnessQuery,
  freshnessShape,
  incidentDetailShape,
  incidentQuery,
  incidentShape,
  showAttainment,
  showFreshness,
  showIncident,
  showIncidentDetail,
} from "../../core/catalog/index.ts";
import { problems } from "../../core/errors/index.ts";
import { buildGraph, refuseUnmatched, selectModels } from "../../core/graph/index.ts";
import type { Manifest } from "../../core/manifest/index.ts";
import { attainments, judgeServiceLevels, monthRange } from "../../core/observe/index.ts";
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
      request: { query: freshnessQuery },
      responses: { 200: answer(freshnessShape.array(), "All of them, judged now"), ...refusals },
    }),
    async (c) => {
      const { manifest } = await deployed();
      const { select, exclude } = c.req.valid("query");
      const chosen = chosenModels(manifest, select, exclude);
      const judgements = (await judgeServiceLevels(state, manifest, await state.now())).filter(({ objective }) =>
        objective.models.some((id) => chosen.has(id)),
      );
      return c.json(judgements.map(showFreshness), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/slo",
      operationId: "listAttainments",
      summary: "How far each promise was kept in a month, and what is left of its error budget",
      request: { query: attainmentQuery },
      responses: { 200: answer(attainmentShape.array(), "Every promise"), ...refusals },
    }),
    async (c) => {
      const { month: asked, project } = c.req.valid("query");
      const now = await state.now();
      const month = asked ?? now.toISOString().slice(0, 7);
      const found = await attainments(state, (await deployed()).manifest, { ...monthRange(month), now });
      const own = found.filter(({ objective }) => project === undefined || objective.project === project);
      return c.json(
        own.map(({ objective, attainment }) => showAttainment(month, objective, attainment)),
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/incidents/{id}",
      operationId: "getIncident",
      summary: "One incident, with what was told of it to whom",
      request: { params: idParam("An incident's id") },
      responses: { 200: answer(incidentDetailShape, "The incident"), ...refusals, ...notFound },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const found = await state.getIncident(id);
      if (!found) throw problems.incidentNotHere({ incident: id });
      return c.json(showIncidentDetail(found, await state.listDeliveries({ incident: id })), 200);
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

function chosenModels(manifest: Manifest, select?: string, exclude?: string): ReadonlySet<string> {
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");
  const selection = { ...(select !== undefined && { select: words(select) }), exclude: words(exclude ?? "") };
  refuseUnmatched(manifest, selection);
  const graph = buildGraph(new Map(Object.values(manifest.models).map(({ id, dependsOn }) => [id, dependsOn.models])));
  return new Set(selectModels(manifest, graph, selection));
}
