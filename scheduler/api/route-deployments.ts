// Owns the routes of deployments: what is in force, a project's history, going back, and retiring a project.
import { createRoute } from "@hono/zod-openapi";
import {
  askRetire,
  askRollBack,
  deploymentQuery,
  deploymentShape,
  historyQuery,
  pastDeploymentShape,
  showDeployment,
  showPastDeployment,
  showSwitched,
  switchedShape,
} from "../../core/catalog/index.ts";
import { deploymentHistory, retireProject, rollBackDeployment } from "../../core/deploy/index.ts";
import { type ApiApp, actorOf, type RouteContext } from "./api-context.ts";
import { answer, body, conflict, idParam, notFound, refusals } from "./describe-route.ts";

const project = idParam("A project");

export function addDeploymentRoutes(app: ApiApp, { state, tell }: RouteContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/deployments",
      operationId: "listDeployments",
      summary: "Deployments, newest first, and which are in force",
      request: { query: deploymentQuery },
      responses: { 200: answer(deploymentShape.array(), "The newest"), ...refusals },
    }),
    async (c) => {
      const { project: own, current: wanted, limit } = c.req.valid("query");
      const current = new Set((await state.currentDeployments()).ids.values());
      const rows =
        wanted === "true"
          ? [...(await state.getDeployments([...current])).values()].filter(
              (one) => own === undefined || one.project === own,
            )
          : await state.listDeployments({ limit, ...(own !== undefined && { project: own }) });
      return c.json(
        rows.map((deployment) => showDeployment(deployment, current.has(deployment.id))),
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/deployments/{id}/history",
      operationId: "deploymentHistory",
      summary: "What of a project was in force when, by whom and why; newest first",
      request: { params: project, query: historyQuery },
      responses: { 200: answer(pastDeploymentShape.array(), "The newest"), ...refusals, ...notFound },
    }),
    async (c) => {
      const history = await deploymentHistory(state, c.req.valid("param").id, c.req.valid("query").limit);
      return c.json(history.map(showPastDeployment), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/deployments/{id}/rollback",
      operationId: "rollBackDeployment",
      summary: "Put an earlier deployment of a project in force again: the one before, unless told",
      request: { params: project, body: body(askRollBack) },
      responses: { 200: answer(switchedShape, "What changed"), ...refusals, ...notFound, ...conflict },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const { to, reason: why, allowBreaking = false } = c.req.valid("json");
      const given = { why, allowBreaking, by: actorOf(c), ...(to !== undefined && { to }) };
      const switched = await rollBackDeployment(state, id, given);
      tell({ topic: "look", why: `another deployment of ${id} is in force` });
      return c.json(showSwitched(switched), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/deployments/{id}/retire",
      operationId: "retireProject",
      summary: "Take a project out: nothing of it is scheduled or built any more. What is published of it stays",
      request: { params: project, body: body(askRetire) },
      responses: { 200: answer(switchedShape, "What changed"), ...refusals, ...notFound, ...conflict },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const { reason: why, allowBreaking = false } = c.req.valid("json");
      const switched = await retireProject(state, id, { why, allowBreaking, by: actorOf(c) });
      tell({ topic: "look", why: `${id} is retired` });
      return c.json(showSwitched(switched), 200);
    },
  );
}
