// Owns the API's socket: where it listens, whom it answers as, and an end that leaves no connection open.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { problems } from "../../core/errors/index.ts";
import type { ApiContext } from "./api-context.ts";
import { createApi } from "./create-api.ts";

export interface ApiServer {
  /** Such as `http://127.0.0.1:4200`. */
  readonly url: string;
  readonly port: number;
  /** Ends streams, lets requests under way finish for a moment, then closes. */
  close(): Promise<void>;
}

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];
const GRACE_MS = 2_000;

/** `host`: loopback unless told. On loopback it answers to its own names only; elsewhere to any, or to those of `hosts`. */
export async function serveApi(
  context: ApiContext,
  { host = "127.0.0.1", port }: { readonly host?: string; readonly port: number },
): Promise<ApiServer> {
  const hosts = context.hosts ?? (LOOPBACK.includes(host) ? LOOPBACK : undefined);
  const api = createApi({ ...context, ...(hosts && { hosts }) });
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = serve({ fetch: api.app.fetch, hostname: host, port }, () => resolve(listening as Server));
    listening.once("error", (cause: NodeJS.ErrnoException) =>
      reject(problems.apiPortUnusable({ host, port, reason: cause.code ?? cause.message }, { cause })),
    );
  }).catch(async (error: unknown) => {
    await api.close();
    throw error;
  });
  server.headersTimeout = 10_000;
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    port: bound,
    async close() {
      await api.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const late = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await closed;
      clearTimeout(late);
    },
  };
}
