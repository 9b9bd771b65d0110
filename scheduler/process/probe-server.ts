// Owns the HTTP endpoints by which others watch a process: /healthz, /readyz, /metrics. Takes no orders and shows no work.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { problems } from "../../core/errors/index.ts";
import type { Metrics } from "./metrics.ts";

/** One thing a process needs; `check` throws when it is not in order, in words for people. */
export interface Readiness {
  readonly name: string;
  check(): Promise<void>;
}

export interface ProbeServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface ProbeOptions {
  /** Loopback unless told: metrics name models and projects. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly metrics: Metrics;
  readonly readiness: readonly Readiness[];
  readonly redact: (text: string) => string;
}

const CHECK_MS = 3_000;

export async function startProbeServer({ host, port, metrics, readiness, redact }: ProbeOptions): Promise<ProbeServer> {
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    switch (path) {
      case "/healthz":
        return send(response, 200, { status: "alive" });
      case "/readyz": {
        const found = await Promise.all(readiness.map(checked));
        const checks = Object.fromEntries(found.map(([name, fault]) => [name, redact(fault ?? "ok")]));
        const ready = found.every(([, fault]) => fault === undefined);
        return send(response, ready ? 200 : 503, { status: ready ? "ready" : "not ready", checks });
      }
      case "/metrics":
        response.writeHead(200, { "content-type": metrics.registry.contentType }).end(await metrics.registry.metrics());
        return;
      default:
        return send(response, 404, { status: "not found", paths: ["/healthz", "/readyz", "/metrics"] });
    }
  };
  const server = createServer((request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, { status: "only GET" });
    answer(new URL(request.url ?? "/", "http://probe").pathname, response).catch(() => response.destroy());
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(problems.probePortUnusable({ host, port, reason: cause.code ?? cause.message }, { cause })),
    );
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, document: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(document)}\n`);
}

/** The name, and what is wrong with it. Something that does not answer is not in order. */
async function checked({ name, check }: Readiness): Promise<readonly [string, string | undefined]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer in ${CHECK_MS / 1000} s`), CHECK_MS);
  });
  const fault = check().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  try {
    return [name, await Promise.race([fault, late])];
  } finally {
    clearTimeout(timer);
  }
}
