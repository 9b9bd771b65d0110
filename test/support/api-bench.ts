// Owns an API on a state store of its own, for tests: tokens, a small deployed manifest, requests without a socket.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInProcessTransport, type Transport } from "../../core/execute/index.ts";
import type { Manifest } from "../../core/manifest/index.ts";
import { newToken, openState, type StateLocation, type StateStore, type TokenRole } from "../../core/state/index.ts";
import { systemClock } from "../../core/util/index.ts";
import { type Api, type ApiContext, createApi } from "../../scheduler/api/index.ts";
import type { Log } from "../../scheduler/duty.ts";
import { newSchedule, sketchManifest } from "./manifest.ts";

export interface ApiBench {
  readonly state: StateStore;
  readonly context: ApiContext;
  readonly api: Api;
  /** Tokens of each role. */
  readonly tokens: Readonly<Record<TokenRole, string>>;
  /** Lines of warnings and errors. */
  readonly logged: readonly string[];
  call(method: string, path: string, options?: CallOptions): Promise<Response>;
  json<T = Record<string, unknown>>(method: string, path: string, options?: CallOptions): Promise<T>;
}

export interface CallOptions {
  readonly as?: TokenRole | "nobody" | { readonly token: string };
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const SCHEDULE = newSchedule({ cron: "5 * * * *", timezone: "Europe/Madrid" });

/** `shop.orders` and `shop.daily` on `shop.hourly`; `fin.report` reads `shop.daily`. */
export function deployedManifest(): Manifest {
  const sketch = sketchManifest({
    "shop.orders": {},
    "shop.daily": { reads: ["shop.orders"] },
    "fin.report": { reads: ["shop.daily"] },
  });
  const project = (name: string, schedules: Manifest["projects"][string]["schedules"]) => ({
    name,
    path: `projects/${name}`,
    owner: { team: name },
    schedules,
  });
  const scheduled = Object.values(sketch.models).map((model) =>
    model.project === "shop" ? { ...model, schedule: "hourly" } : { ...model, sla: { freshness: "2h" } },
  );
  return {
    ...sketch,
    models: Object.fromEntries(scheduled.map((model) => [model.id, model])),
    projects: {
      shop: project("shop", { hourly: SCHEDULE, idle: SCHEDULE }),
      fin: project("fin", {}),
    },
  };
}

export function listedLog(lines: string[]): Log {
  const say = (level: string) => (fields: object, message: string) => {
    const { error } = fields as { readonly error?: unknown };
    lines.push(`${level} ${message} ${error instanceof Error ? error.message : JSON.stringify(fields)}`);
  };
  return { debug: () => undefined, info: () => undefined, warn: say("warn"), error: say("error") };
}

/** A token's text, made directly in the store. */
export async function makeToken(state: StateStore, name: string, role: TokenRole, expiresAfterMs?: number) {
  const { text, id, hash } = newToken();
  await state.createToken(
    { id, hash, name, role, ...(expiresAfterMs !== undefined && { expiresAfterMs }) },
    { actor: "test", via: "cli" },
  );
  return text;
}

export async function withApi<T>(
  use: (bench: ApiBench) => Promise<T>,
  given: { readonly location?: StateLocation; readonly transport?: Transport } & Partial<ApiContext> = {},
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-api-"));
  const { location = { kind: "sqlite", path: join(folder, "state.db") }, ...more } = given;
  const state = await openState(location);
  const transport = given.transport ?? createInProcessTransport();
  const logged: string[] = [];
  await state.migrate();
  const manifest = deployedManifest();
  const context: ApiContext = {
    state,
    transport,
    deployed: async () => ({ manifest }),
    log: listedLog(logged),
    clock: systemClock,
    pollMs: 20,
    ...more,
  };
  const api = createApi(context);
  const tokens = {
    read: await makeToken(state, "reader", "read"),
    operate: await makeToken(state, "operator", "operate"),
  };
  const call: ApiBench["call"] = async (method, path, { as = "operate", body, headers } = {}) => {
    const token = as === "nobody" ? undefined : typeof as === "string" ? tokens[as] : as.token;
    return api.app.request(path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  };
  try {
    return await use({
      state,
      context,
      api,
      tokens,
      logged,
      call,
      json: async (method, path, options) => (await (await call(method, path, options)).json()) as never,
    });
  } finally {
    await api.close();
    await transport.close();
    await state.close();
    await rm(folder, { recursive: true, force: true });
  }
}
