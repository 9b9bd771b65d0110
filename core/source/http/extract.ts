// Owns one table's way out of an API: its pages' rows as CSV, and their count by other code.
import { problems } from "../../errors/index.ts";
import { jsonCellEncoder } from "../json/cell-of-json.ts";
import type { JsonNode } from "../json/read-json.ts";
import { createRowEncoder, type EncodedColumn, REFUSED } from "../row-encoder.ts";
import { rowsOfParts } from "../rows-of-parts.ts";
import { inWindow } from "../text-window.ts";
import type { Extraction, ExtractRequest, StoreAccount } from "../types.ts";
import { countPage, type PageCount } from "./count-page.ts";
import { type HttpOptions, type HttpTable, placeOf } from "./options.ts";
import { pagesOf } from "./pages.ts";
import { windowQuery } from "./window.ts";

/** Nothing is asked before the stream is read. Throws `store/type-not-exact` and `http/no-window` at once. */
export function extractTable(options: HttpOptions, table: HttpTable, request: ExtractRequest): Extraction {
  const name = request.table.identifier;
  const columns = encodedColumns(options.store, name, request);
  const url = addressOf(options, name, table, request);
  const at = { store: options.store, place: placeOf(url) };
  const isWanted = rowFilter(request);
  const counted = deferred<StoreAccount>();
  let rows: number | undefined;
  let storeMs = 0;

  async function* stream(): AsyncGenerator<Uint8Array> {
    try {
      const encoder = createRowEncoder(columns);
      const seen = new Set<string>();
      let sum: PageCount = { rows: 0, values: columns.map(() => 0) };
      let received = 0;
      let total: string | undefined;
      const pages = pagesOf({ options, url, table, signal: request.signal });
      for (;;) {
        const started = performance.now();
        const { value: page } = await pages.next();
        storeMs += performance.now() - started;
        if (!page) break;
        received += page.rows.length;
        total = page.total ?? total;
        for (const row of page.rows) {
          for (const key of row.keys()) seen.add(key);
          if (isWanted(row)) encoder.append(request.columns.map(({ identifier }) => row.get(identifier)));
        }
        sum = countPage(page.text, table.rows ?? "", request, sum);
        if (encoder.pending > 0) yield encoder.take();
      }
      const refused = encoder.refused();
      if (refused.length > 0)
        throw problems.storeValueNotRepresentable({ store: options.store, table: name, columns: refused });
      if (table.total !== undefined && total === undefined)
        throw problems.httpTotalMissing({ ...at, path: table.total });
      if (total !== undefined && total !== String(received))
        throw problems.httpTotalDiffers({ ...at, total, rows: received });
      const never = request.columns
        .map(({ identifier }) => identifier)
        .filter((key) => !seen.has(key) && !table.optional?.includes(key));
      if (received > 0 && never.length > 0) throw problems.httpKeyNeverSeen({ ...at, keys: never, rows: received });
      rows = encoder.rows;
      counted.resolve({
        ...sum,
        unchecked: columns.map((column) => ({
          column: column.name,
          reason: "an API has no SQL to make a digest with",
        })),
      });
    } catch (error) {
      counted.reject(error);
      throw error;
    } finally {
      counted.reject(request.signal?.reason ?? new Error("the rows were not read to their end"));
    }
  }

  return {
    parts: [{ open: stream }],
    resumable: false,
    rows: () => rowsOfParts([rows], name),
    account: () => counted.promise,
    storeMs: () => storeMs,
  };
}

function addressOf(options: HttpOptions, name: string, table: HttpTable, { window }: ExtractRequest): URL {
  const url = new URL((table.path ?? name).replace(/^\/+/, ""), options.base);
  for (const [key, value] of Object.entries(table.query ?? {})) url.searchParams.set(key, String(value));
  const asked = window ? windowQuery(url, table, window) : url;
  if (!asked) throw problems.httpNoWindow({ store: options.store, table: name });
  return asked;
}

function encodedColumns(store: string, table: string, { columns }: ExtractRequest): readonly EncodedColumn[] {
  const encoded = columns.flatMap(({ name, type }) => {
    const encode = jsonCellEncoder(type);
    return encode ? [{ name, declared: type, encode }] : [];
  });
  if (encoded.length < columns.length) {
    const known = new Set(encoded.map(({ name }) => name));
    const inexact = columns
      .filter(({ name }) => !known.has(name))
      .map(({ identifier, type }) => ({ column: identifier, storeType: "a JSON value", declared: type }));
    throw problems.storeTypeNotExact({ store, table, columns: inexact });
  }
  return encoded;
}

type Row = ReadonlyMap<string, JsonNode>;

/** A row whose cursor is no value of its type stays, so that it is refused and not left out. */
function rowFilter({ window }: ExtractRequest): (row: Row) => boolean {
  if (!window) return () => true;
  const encode = jsonCellEncoder(window.type);
  const fits = inWindow(window);
  return (row) => {
    const text = encode?.(row.get(window.identifier)) ?? null;
    return text === REFUSED || fits(text);
  };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Settles once; nobody need listen. */
function deferred<T>(): Deferred<T> {
  let settle: Pick<Deferred<T>, "resolve" | "reject"> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => undefined);
  return { promise, resolve: (value) => settle?.resolve(value), reject: (error) => settle?.reject(error) };
}
