// Owns how a problem becomes an answer: its HTTP status, and the JSON of it. Decides nothing about when there is one.
import { HTTPException } from "hono/http-exception";
import { MeshError, problems } from "../../core/errors/index.ts";

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  "api/unauthenticated": 401,
  "api/forbidden": 403,
  "api/host-refused": 421,
  "api/route-not-found": 404,
  "api/model-not-found": 404,
  "api/method-not-allowed": 405,
  "api/bad-request": 400,
  "api/not-json": 415,
  "api/body-too-large": 413,
  "api/too-many-listeners": 503,
  "api/failed": 500,
  "api/incident-not-found": 404,
  "api/incident-settled": 409,
  "backfill/is-over": 409,
  "backfill/not-found": 404,
  "deploy/not-found": 404,
  "deploy/not-deployed": 404,
  "pause/unknown": 404,
  "pause/not-paused": 409,
  "run/not-found": 404,
  "run/already-ended": 409,
  "schedule/not-deployed": 404,
  "sla/mute-unknown": 404,
  "state/locked": 503,
  "state/unreachable": 503,
};
const STATUS_OF_AREA: Readonly<Record<string, number>> = {
  selection: 422,
  deploy: 409,
  run: 409,
  schedule: 409,
  state: 500,
  internal: 500,
};

export function statusOf({ code, retryable }: MeshError): number {
  const area = code.split("/")[0] ?? "";
  return STATUS_OF_CODE[code] ?? STATUS_OF_AREA[area] ?? (retryable ? 503 : 422);
}

/** The problem that whoever asked is told. What is not a coded problem stays inside. */
export function askedProblem(error: unknown): MeshError {
  if (error instanceof MeshError) return error.code.startsWith("internal/") ? problems.apiFailed({}) : error;
  if (error instanceof HTTPException && error.status === 400) return problems.apiNotJson({ reason: "it is not JSON" });
  return problems.apiFailed({});
}

export function problemResponse(problem: MeshError, redact: (text: string) => string): Response {
  const status = statusOf(problem);
  const { code, message, help } = problem;
  const headers: Record<string, string> = { "content-type": "application/problem+json", "cache-control": "no-store" };
  if (status === 401) headers["www-authenticate"] = "Bearer";
  if (status === 503) headers["retry-after"] = "2";
  const body = { code, message: redact(message), help: redact(help) };
  return new Response(`${JSON.stringify(body)}\n`, { status, headers });
}
