// Owns the routes of pauses: everything that can be held back, from one model to the whole mesh, and letting it go on.
import { createRoute } from "@hono/zod-openapi";
import {
  askPauseEnd,
  askPauseOf,
  checkPauseSubject,
  pauseQuery,
  pauseShape,
  showPause,
  showUnpaused,
  unpausedShape,
} from "../../core/catalog/index.ts";
import { endPauses } from "../../core/execute/index.ts";
import { sayPauseSubject } from "../../core/state/index.ts";
import { type ApiApp, actorOf, type RouteContext } from "./api-context.ts";
import { answer, body, conflict, notFound, refusals } from "./describe-route.ts";

export function addPauseRoutes(app: ApiApp, { state, deployed, tell, pools = [] }: RouteContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/pauses",
      operationId: "listPauses",
      summary: "What is paused, by whom, why and until when",
      request: { query: pauseQuery },
      responses: { 200: answer(pauseShape.array(), "Oldest first"), ...refusals },
    }),
    async (c) => {
      const { ended, limit } = c.req.valid("query");
      return c.json((await state.listPauses({ ended: ended === "true", limit })).map(showPause), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/pauses",
      operationId: "pause",
      summary: "Hold something back: the system, a project, a schedule, a model or a pool. What has begun goes on",
      request: { body: body(askPauseOf) },
      responses: { 200: answer(pauseShape, "The pause"), ...refusals, ...notFound },
    }),
    async (c) => {
      const { kind, name, reason, forMs } = c.req.valid("json");
      checkPauseSubject({ kind, name }, (await deployed()).manifest, pools);
      const asked = { kind, name, why: reason, ...(forMs !== undefined && { forMs }) };
      return c.json(showPause(await state.pause(asked, actorOf(c))), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/pauses/end",
      operationId: "unpause",
      summary: "Let it go on: ends every pause of just this. Others may hold it still",
      request: { body: body(askPauseEnd) },
      responses: {
        200: answer(unpausedShape, "The pauses that ended, and those that hold it still"),
        ...refusals,
        ...conflict,
      },
    }),
    async (c) => {
      const subject = c.req.valid("json");
      const unpaused = await endPauses(subject, actorOf(c), state);
      tell({ topic: "look", why: `${sayPauseSubject(subject)} goes on` });
      return c.json(showUnpaused(unpaused), 200);
    },
  );
}
