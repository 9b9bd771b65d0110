// Owns what the connection of an HTTP API says, with its defaults. Its schema, for messages with places, is in `project/`.
import { problems } from "../../errors/index.ts";
import { parseDurationMs, parseSizeBytes } from "../../util/index.ts";
import type { StoreSettings } from "../types.ts";

interface PageSize {
  readonly parameter: string;
  readonly value: number;
}

export type HttpPaging =
  | { readonly kind: "none" }
  | { readonly kind: "page"; readonly parameter?: string; readonly first?: number; readonly size?: PageSize }
  | { readonly kind: "offset"; readonly parameter?: string; readonly size: PageSize }
  /** `next`: where the next page's token stands in the answer. */
  | { readonly kind: "cursor"; readonly parameter?: string; readonly next: string; readonly size?: PageSize }
  /** The answer's `Link: <…>; rel="next"` header. */
  | { readonly kind: "link"; readonly size?: PageSize };

export interface HttpTable {
  /** Below the connection's `url`; the table's name when absent. */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** Where the list of rows stands in the answer: `data.items`. Absent: the answer is the list. */
  readonly rows?: string;
  /** Where the answer says how many rows there are in all. */
  readonly total?: string;
  /** Keys that no row need have. */
  readonly optional?: readonly string[];
  /** Query parameters that ask for a part of the rows. */
  readonly window?: { readonly from?: string; readonly to?: string };
  readonly paging?: HttpPaging;
  readonly max_pages?: number;
}

/** As written in project.yml, secrets in place. */
export interface HttpConnection {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of one request. */
  readonly timeout?: string;
  /** How often a request is tried again. */
  readonly retries?: number;
  readonly max_page?: string;
  readonly tables: Readonly<Record<string, HttpTable>>;
}

export interface HttpOptions {
  readonly store: string;
  readonly base: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly maxPageBytes: number;
  readonly tables: ReadonlyMap<string, HttpTable>;
}

const TIMEOUT_MS = 30_000;
const RETRIES = 4;
const MAX_PAGE_BYTES = 64_000_000;
export const MAX_PAGES = 100_000;

/** Throws `store/connection-invalid`. */
export function httpOptions({ id, client, connection }: StoreSettings): HttpOptions {
  const refuse = (reason: string): never => {
    throw problems.storeConnectionInvalid({ store: id, client, reason });
  };
  if (typeof connection === "string") return refuse("it must be a mapping with `url` and `tables`");
  const { url, headers, timeout, retries, max_page: maxPage, tables } = connection as unknown as HttpConnection;
  if (!URL.canParse(url)) return refuse("`url` is not an address");
  const base = new URL(url);
  if (base.protocol !== "https:" && base.protocol !== "http:") return refuse("`url` is neither http nor https");
  if (base.username !== "" || base.password !== "") return refuse("`url` holds a user; write an Authorization header");
  if (base.search !== "" || base.hash !== "") return refuse("`url` has a query; write it under `query` of the tables");
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return {
    store: id,
    base,
    headers: { accept: "application/json", "user-agent": "mesh", ...headers },
    timeoutMs: (timeout === undefined ? undefined : parseDurationMs(timeout)) ?? TIMEOUT_MS,
    retries: retries ?? RETRIES,
    maxPageBytes: (maxPage === undefined ? undefined : parseSizeBytes(maxPage)) ?? MAX_PAGE_BYTES,
    tables: new Map(Object.entries(tables ?? {})),
  };
}

/** An address for messages: without its query, which may hold a secret. */
export function placeOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
