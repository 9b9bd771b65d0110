// Owns one GET: its time limit, its size, redirects on the same host, and trying again what may pass. Reads no JSON.
import { setTimeout as pause } from "node:timers/promises";
import { type MeshError, problems, toMeshError } from "../../errors/index.ts";
import { networkFailure } from "../network-failure.ts";
import { type HttpOptions, placeOf } from "./options.ts";

export interface Answer {
  readonly text: string;
  readonly bytes: number;
  /** Of the answer's `Link` header with rel="next", resolved. */
  readonly next: URL | undefined;
}

const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60_000;
const MAX_REDIRECTS = 5;

/** Throws `http/…` or `store/…`; the signal's reason when aborted. */
export async function get(options: HttpOptions, url: URL, signal: AbortSignal | undefined): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    const last = attempt >= options.retries;
    let waitMs = Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
    try {
      const response = await follow(options, url, signal);
      if (response.ok) return await readAnswer(options, response, url);
      await response.body?.cancel();
      if (last || !PASSING.has(response.status)) throw refusal(options, url, response.status);
      waitMs = retryAfterMs(response.headers.get("retry-after")) ?? waitMs;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const failure = failureOf(error, options, url);
      if (last || !failure.retryable) throw failure;
    }
    await pause(waitMs, undefined, signal ? { signal } : {}).catch(() => {
      throw signal?.reason;
    });
  }
}

async function follow(options: HttpOptions, url: URL, signal: AbortSignal | undefined): Promise<Response> {
  const limit = AbortSignal.timeout(options.timeoutMs);
  let target = url;
  for (let hops = 0; ; hops++) {
    const response = await fetch(target, {
      headers: options.headers,
      redirect: "manual",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    target = new URL(location, target);
    if (target.origin !== url.origin || hops >= MAX_REDIRECTS)
      throw problems.httpRedirected({ store: options.store, place: placeOf(url), target: placeOf(target) });
  }
}

async function readAnswer(options: HttpOptions, response: Response, url: URL): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > options.maxPageBytes)
      throw problems.httpPageTooLarge({
        store: options.store,
        place: placeOf(url),
        limitMb: options.maxPageBytes / 1_000_000,
      });
    chunks.push(chunk);
  }
  // A byte order mark is no part of the text; a byte that is not UTF-8 is an error and not a replacement character.
  const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  return { text, bytes, next: nextLink(response.headers.get("link"), url) };
}

function nextLink(header: string | null, url: URL): URL | undefined {
  const match = /<([^>]*)>\s*;[^,]*\brel\s*=\s*"?[^",;]*\bnext\b/i.exec(header ?? "");
  return match?.[1] === undefined ? undefined : new URL(match[1], url);
}

/** Seconds or a date; at most a minute, so that a run does not hang on a header. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}

function refusal({ store }: HttpOptions, url: URL, status: number): MeshError {
  const at = { store, place: placeOf(url) };
  if (status === 401) return problems.storeAccessDenied({ ...at, reason: "it answered 401" });
  if (status === 403) return problems.storePermissionDenied({ ...at, what: "this address", reason: "it answered 403" });
  return problems.httpStatus({ ...at, status }, { retryable: PASSING.has(status) });
}

function failureOf(error: unknown, { store, timeoutMs }: HttpOptions, url: URL): MeshError {
  const at = { store, place: placeOf(url) };
  return toMeshError(error, () => {
    if (error instanceof DOMException && error.name === "TimeoutError")
      return problems.storeTimeout(
        { ...at, what: "a request", reason: `it took longer than ${timeoutMs} ms` },
        { retryable: true, cause: error },
      );
    // fetch wraps what happened on the way.
    const cause = error instanceof TypeError && error.cause !== undefined ? error.cause : error;
    if (cause instanceof TypeError && /encoded data was not valid/i.test(cause.message))
      return problems.httpNotJson({ ...at, page: 1, line: 1, column: 1, reason: "it is not UTF-8" }, { cause });
    return (
      networkFailure(cause, at, "a request") ??
      problems.storeConnectionLost(
        { ...at, what: "a request", reason: cause instanceof Error ? cause.message : String(cause) },
        { retryable: true, cause },
      )
    );
  });
}
