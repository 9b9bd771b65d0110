// Owns putting the API together: guards, routes, problems, its OpenAPI document. What the routes do is in the files of their names.
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { askedFields } from "../../core/catalog/index.ts";
import { MeshError, problems } from "../../core/errors/index.ts";
import type { ApiContext, ApiEnv, RouteContext } from "./api-context.ts";
import { createEventHub } from "./event-hub.ts";
import { guardBody, guardHost, guardToken, MAX_BODY_BYTES } from "./guard.ts";
import { askedProblem, problemResponse, statusOf } from "./problem-answer.ts";
import { addBackfillRoutes } from "./route-backfills.ts";
import { addBuildRoutes } from "./route-builds.ts";
import { addDeploymentRoutes } from "./route-deployments.ts";
import { addEventRoutes } from "./route-events.ts";
import { addMuteRoutes } from "./route-mutes.ts";
import { addPauseRoutes } from "./route-pauses.ts";
import { addRunRoutes } from "./route-runs.ts";
import { addScheduleRoutes } from "./route-schedules.ts";
import { addServiceLevelRoutes } from "./route-service-levels.ts";
import { addSystemRoutes } from "./route-system.ts";
import { sayFaults } from "./say-faults.ts";

export interface Api {
  /** Answers without a socket too: `app.request("/v1/runs")`. */
  readonly app: Hono<ApiEnv>;
  /** Ends every stream of events. */
  close(): Promise<void>;
}

const DOCUMENT = {
  openapi: "3.1.0",
  info: {
    title: "mesh",
    version: "1",
    description:
      "Runs, builds, schedules and what happens to them. A token of the role `read` may GET; everything else needs `operate`. Times are UTC, ISO 8601.",
  },
  security: [{ token: [] as string[] }],
};

export function createApi(context: ApiContext): Api {
  const { state, transport, log, redact = (text) => text } = context;
  const hub = createEventHub({
    state,
    transport,
    log,
    ...(context.pollMs !== undefined && { pollMs: context.pollMs }),
  });
  const app = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const where = WHERE[result.target] ?? result.target;
      throw problems.apiBadRequest({ where, faults: sayFaults(result.error.issues, askedFields) });
    },
  });

  app.use("*", async (c, next) => {
    const startedMs = context.clock.elapsedMs();
    await next();
    c.res.headers.set("cache-control", "no-store");
    c.res.headers.set("x-content-type-options", "nosniff");
    const ms = Math.round(context.clock.elapsedMs() - startedMs);
    log.debug({ method: c.req.method, path: c.req.path, status: c.res.status, ms }, "answered");
  });
  app.use("*", guardHost(context.hosts));
  app.use("*", guardToken(state));
  app.use(
    "*",
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw problems.apiBodyTooLarge({ maxBytes: MAX_BODY_BYTES });
      },
    }),
  );
  app.use("*", guardBody);

  const routes: RouteContext = {
    ...context,
    hub,
    tell(signal) {
      // The state store has it already: who misses the signal finds it there.
      transport.signal(signal).catch((error: unknown) => log.warn({ error, topic: signal.topic }, "signal not sent"));
    },
  };
  addRunRoutes(app, routes);
  addEventRoutes(app, routes);
  addBuildRoutes(app, routes);
  addScheduleRoutes(app, routes);
  addPauseRoutes(app, routes);
  addMuteRoutes(app, routes);
  addBackfillRoutes(app, routes);
  addServiceLevelRoutes(app, routes);
  addDeploymentRoutes(app, routes);
  addSystemRoutes(app, routes);

  app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  app.doc31("/openapi.json", DOCUMENT);

  app.notFound((c) => {
    const { path, method } = c.req;
    const allowed = methodsOf(app.routes, path);
    return problemResponse(
      allowed.length > 0
        ? problems.apiMethodNotAllowed({ method, path, allowed })
        : problems.apiRouteNotFound({ path: path.slice(0, 200) }),
      redact,
    );
  });
  app.onError((error, c) => {
    const problem = askedProblem(error);
    if (statusOf(problem) >= 500) log.error({ error, method: c.req.method, path: c.req.path }, "request failed");
    else if (!(error instanceof MeshError)) log.warn({ error, path: c.req.path }, "request refused");
    return problemResponse(problem, redact);
  });
  return { app: app as unknown as Hono<ApiEnv>, close: () => hub.close() };
}

const WHERE: Readonly<Record<string, string>> = { json: "body", query: "query", param: "path" };

/** Methods that this path takes. */
function methodsOf(routes: OpenAPIHono["routes"], path: string): readonly string[] {
  const taken = routes.filter(
    (route) => route.method !== "ALL" && new RegExp(`^${route.path.replace(/:[^/]+/g, "[^/]+")}$`).test(path),
  );
  return [...new Set(taken.map(({ method }) => method))].sort();
}
