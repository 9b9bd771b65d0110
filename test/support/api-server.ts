// Owns a real HTTP API on 127.0.0.1 for the tests: rows in pages, and every way in which an API misbehaves.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
}

/** What is answered to one request. A body that is no text is sent as JSON. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Ends the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Never answers. */
  readonly hang?: true;
}

export interface ApiServer {
  readonly url: string;
  /** Everything asked so far. */
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

export async function withApi<T>(
  answer: (asked: Asked, count: number) => Reply,
  use: (server: ApiServer) => Promise<T>,
): Promise<T> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const one = { path: url.pathname, query: url.searchParams, headers: request.headers };
    asked.push(one);
    reply(response, answer(one, asked.length));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  try {
    return await use({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close });
  } finally {
    await close();
  }
}

function reply(response: ServerResponse, { status = 200, headers = {}, body = "", cutAfter, hang }: Reply): void {
  if (hang) return;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  response.writeHead(status, { "content-type": "application/json", "content-length": bytes.length, ...headers });
  if (cutAfter === undefined) {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, cutAfter), () => response.destroy());
}
