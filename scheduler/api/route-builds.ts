// Owns the routes of what was built: builds, publications, and models with what they show now.
import { createRoute } from "@hono/zod-openapi";
import {
  buildQuery,
  buildShape,
  modelQuery,
  modelShape,
  pageOf,
  publicationQuery,
  publicationShape,
  showBuild,
  showModel,
  showPublication,
} from "../../core/catalog/index.ts";
import { problems } from "../../core/errors/index.ts";
import { closest } from "../../core/util/index.ts";
import type { ApiApp, RouteContext } from "./api-context.ts";
import { answer, idParam, notFound, refusals } from "./describe-route.ts";
import { badCursor, toPage } from "./paging.ts";
import { withoutAbsent } from "./route-runs.ts";

export function addBuildRoutes(app: ApiApp, { state, deployed }: RouteContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/builds",
      operationId: "listBuilds",
      summary: "Builds, newest first",
      request: { query: buildQuery },
      responses: { 200: answer(pageOf(buildShape), "A page of builds"), ...refusals },
    }),
    async (c) => {
      const { limit, cursor, run, ...filter } = c.req.valid("query");
      const rows = await state.pageBuilds({
        ...withoutAbsent(filter),
        ...(run !== undefined && { runId: run }),
        ...(cursor !== undefined && { before: cursor }),
        limit: limit + 1,
      });
      if (rows.length === 0 && cursor !== undefined && !(await state.getBuilds([cursor])).has(cursor))
        throw badCursor();
      const published = new Set([...(await state.published()).values()].map(({ buildId }) => buildId));
      return c.json(
        toPage(
          rows,
          limit,
          (build) => showBuild(build, published.has(build.id)),
          ({ id }) => id,
        ),
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/publications",
      operationId: "listPublications",
      summary: "What was published, newest first",
      request: { query: publicationQuery },
      responses: { 200: answer(pageOf(publicationShape), "A page of publications"), ...refusals },
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid("query");
      const rows = await state.pagePublications({
        ...withoutAbsent(filter),
        ...(cursor !== undefined && { before: sequenceOf(cursor) }),
        limit: limit + 1,
      });
      return c.json(
        toPage(rows, limit, showPublication, ({ sequence }) => sequence),
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/models",
      operationId: "listModels",
      summary: "Deployed models: owner, columns, and the build that readers see",
      request: { query: modelQuery },
      responses: { 200: answer(modelShape.array(), "All of them, by id"), ...refusals },
    }),
    async (c) => {
      const { project } = c.req.valid("query");
      const { manifest } = await deployed();
      const published = await state.published(project === undefined ? undefined : [project]);
      const builds = await state.getBuilds([...published.values()].map(({ buildId }) => buildId));
      const models = Object.values(manifest.models)
        .filter((model) => project === undefined || model.project === project)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      return c.json(
        models.map((model) => {
          const publication = published.get(model.id);
          return showModel(model, publication, builds.get(publication?.buildId ?? ""));
        }),
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/models/{id}",
      operationId: "getModel",
      summary: "One deployed model",
      request: { params: idParam("`project.model`") },
      responses: { 200: answer(modelShape, "The model"), ...refusals, ...notFound },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const { manifest } = await deployed();
      const model = manifest.models[id];
      if (!model) throw problems.modelNotDeployed({ model: id, near: closest(id, Object.keys(manifest.models)) });
      const publication = (await state.published([model.project])).get(id);
      const builds = await state.getBuilds(publication ? [publication.buildId] : []);
      return c.json(showModel(model, publication, builds.get(publication?.buildId ?? "")), 200);
    },
  );
}

/** Throws `api/bad-request`. */
export function sequenceOf(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw badCursor();
}
