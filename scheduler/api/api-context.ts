// Owns what the API is given, and what each of its requests knows.
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Deployed } from "../../core/deploy/index.ts";
import type { Transport } from "../../core/execute/index.ts";
import type { Actor, StateStore, TokenRecord } from "../../core/state/index.ts";
import type { Clock } from "../../core/util/index.ts";
import type { Log } from "../duty.ts";
import type { EventHub } from "./event-hub.ts";

export interface ApiContext {
  readonly state: StateStore;
  readonly transport: Transport;
  readonly deployed: () => Promise<Pick<Deployed, "manifest">>;
  readonly log: Log;
  readonly clock: Clock;
  /** Whom it answers as, such as `127.0.0.1`; any name when absent. */
  readonly hosts?: readonly string[];
  /** Names of the pools that are configured. */
  readonly pools?: readonly string[];
  readonly redact?: (text: string) => string;
  /** Comments on a stream in which nothing happens. */
  readonly heartbeatMs?: number;
  readonly pollMs?: number;
}

export interface RouteContext extends ApiContext {
  readonly hub: EventHub;
  /** Wakes schedulers and workers; returns at once, whether or not they can be reached. */
  readonly tell: (signal: Parameters<Transport["signal"]>[0]) => void;
}

export interface ApiEnv {
  Variables: { token: TokenRecord };
}
export type ApiApp = OpenAPIHono<ApiEnv>;

/** Who the audit log names for what this request does. */
export const actorOf = (c: Context<ApiEnv>): Actor => ({ actor: c.get("token").name, via: "api" });
