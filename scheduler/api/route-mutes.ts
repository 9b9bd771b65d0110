// Owns the routes of mutes: of what nobody is told for a while, and telling again.
import { createRoute } from "@hono/zod-openapi";
import { askMute, askMuteEnd, checkMuteSubject, muteQuery, muteShape, showMute } from "../../core/catalog/index.ts";
import { type ApiApp, actorOf, type RouteContext } from "./api-context.ts";
import { answer, body, notFound, refusals } from "./describe-route.ts";

export function addMuteRoutes(app: ApiApp, { state, deployed }: RouteContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/mutes",
      operationId: "listMutes",
      summary: "What nobody is told about, by whom, why and until when",
      request: { query: muteQuery },
      responses: {
        200: answer(muteShape.array(), "Those that end next first; with `ended` the newest first"),
        ...refusals,
      },
    }),
    async (c) => {
      const { ended, limit } = c.req.valid("query");
      const mutes = await state.listMutes({ now: await state.now(), ended: ended === "true", limit });
      return c.json(mutes.map(showMute), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/mutes",
      operationId: "mute",
      summary: "Tell nobody about a project, a model or a source for a while. Incidents are recorded all the same",
      request: { body: body(askMute) },
      responses: { 200: answer(muteShape, "The mute"), ...refusals, ...notFound },
    }),
    async (c) => {
      const { subject, reason, forMs } = c.req.valid("json");
      checkMuteSubject(subject, (await deployed()).manifest);
      const now = await state.now();
      const until = new Date(now.getTime() + forMs);
      return c.json(showMute(await state.mute({ subject, why: reason, until, now }, actorOf(c))), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/mutes/end",
      operationId: "unmute",
      summary: "Tell again: ends every mute of just this. What is still broken is told now",
      request: { body: body(askMuteEnd) },
      responses: { 200: answer(muteShape.array(), "The mutes that ended; none when it was not muted"), ...refusals },
    }),
    async (c) => {
      const ended = await state.unmute(c.req.valid("json").subject, await state.now(), actorOf(c));
      return c.json(ended.map(showMute), 200);
    },
  );
}
