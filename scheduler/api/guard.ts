// Owns who may ask what: the name the API is asked by, the size and kind of what is sent, the token and its role.
import type { MiddlewareHandler } from "hono";
import { problems } from "../../core/errors/index.ts";
import { readToken, type StateStore } from "../../core/state/index.ts";
import type { ApiEnv } from "./api-context.ts";

/** What needs no token: it says nothing about any mesh. */
const OPEN = new Set(["/openapi.json"]);

export const MAX_BODY_BYTES = 64_000;

/** Refuses requests that a web page made a browser send here under its own name. */
export function guardHost(hosts: readonly string[] | undefined): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header("host") ?? new URL(c.req.url).host;
    if (hosts && !hosts.includes(nameOf(host))) throw problems.apiHostRefused({ host: host.slice(0, 100) });
    await next();
  };
}

/** `[::1]:8080` and `localhost:8080` without the port. */
function nameOf(host: string): string {
  return host
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
}

/** No database takes a NUL in a text: Postgres fails on it, and SQLite leaves out what comes after it. */
const NUL_IN_JSON = /(?<!\\)(?:\\\\)*\\u0000/;

export const guardBody: MiddlewareHandler = async (c, next) => {
  if (c.req.url.includes("%00"))
    throw problems.apiBadRequest({ where: "address", faults: ["it has the character NUL"] });
  const given = c.req.header("content-type");
  // Whoever sends nothing need not say how much that is, nor what.
  const text = c.req.raw.body === null ? "" : await c.req.text();
  const sends = text !== "";
  if (sends && !/^application\/json\s*(;|$)/i.test(given ?? ""))
    throw problems.apiNotJson({ reason: given === undefined ? "it has no type" : "its type is not application/json" });
  if (NUL_IN_JSON.test(text)) throw problems.apiBadRequest({ where: "body", faults: ["it has the character NUL"] });
  await next();
};

export function guardToken(state: StateStore): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (OPEN.has(c.req.path)) return next();
    const token = await checked(state, c.req.header("authorization"));
    const { method } = c.req;
    if (token.role !== "operate" && method !== "GET" && method !== "HEAD")
      throw problems.apiForbidden({ name: token.name, role: token.role, method });
    c.set("token", token);
    await next();
  };
}

async function checked(state: StateStore, header: string | undefined) {
  const refuse = (reason: string) => problems.apiUnauthenticated({ reason });
  if (header === undefined) throw refuse("no token was sent");
  const text = /^Bearer +(\S+)$/i.exec(header)?.[1];
  const presented = text === undefined ? undefined : readToken(text);
  const token = presented && (await state.useToken(presented));
  if (!token) throw refuse("the token is not one of this mesh");
  if (token.status !== "live") throw refuse(`token ${token.name} is ${token.status}`);
  return token;
}
