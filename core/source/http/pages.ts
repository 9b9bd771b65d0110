// Owns going from page to page of one table: which address comes next, and when it was the last. Takes rows and tokens from the answers.
import { createHash } from "node:crypto";
import { problems } from "../../errors/index.ts";
import { type JsonNode, JsonTextError, nodeAt, placeInText, readJson } from "../json/read-json.ts";
import { type HttpOptions, type HttpPaging, type HttpTable, MAX_PAGES, placeOf } from "./options.ts";
import { get } from "./request.ts";

export interface Page {
  readonly rows: readonly ReadonlyMap<string, JsonNode>[];
  /** The whole answer, for a second count by other code. */
  readonly text: string;
  readonly bytes: number;
  /** How many rows the API says there are in all, when it says so. */
  readonly total: string | undefined;
}

export interface PagesRequest {
  readonly options: HttpOptions;
  /** Where the table is, with its own query. */
  readonly url: URL;
  readonly table: HttpTable;
  readonly signal: AbortSignal | undefined;
}

const NO_PAGING: HttpPaging = { kind: "none" };

/** One answer after another. Throws `http/…` and `store/…`. */
export async function* pagesOf({ options, url, table, signal }: PagesRequest): AsyncGenerator<Page> {
  const at = { store: options.store, place: placeOf(url) };
  const paging = table.paging ?? NO_PAGING;
  const maxPages = table.max_pages ?? MAX_PAGES;
  const seen = new Set<string>();
  let next: URL | undefined = firstPage(url, paging);
  let count = 0;
  let filled = false;
  for (let number = 1; next !== undefined; number++) {
    if (number > maxPages) throw problems.httpPageRepeats({ ...at, page: number });
    const asked: URL = next;
    const answer = await get(options, asked, signal);
    const page = readPage(at, table, answer.text, number);
    // A paging parameter that the API does not know gives its first page for ever; an empty one ends the paging anyway.
    const mark = `${page.rows.length === 0 ? asked.href : createHash("sha256").update(answer.text).digest("base64")}`;
    if (paging.kind !== "none" && seen.has(mark)) throw problems.httpPageRepeats({ ...at, page: number });
    seen.add(mark);
    count += page.rows.length;
    filled ||= "size" in paging && page.rows.length >= (paging.size?.value ?? Number.POSITIVE_INFINITY);
    yield { rows: page.rows, text: answer.text, bytes: answer.bytes, total: page.total };
    next = nextPage(asked, paging, { page, count, filled, link: answer.next });
    if (next !== undefined && next.origin !== url.origin)
      throw problems.httpRedirected({ ...at, target: placeOf(next) });
  }
}

function firstPage(url: URL, paging: HttpPaging): URL {
  const first = new URL(url);
  if ("size" in paging && paging.size) first.searchParams.set(paging.size.parameter, String(paging.size.value));
  if (paging.kind === "page") first.searchParams.set(paging.parameter ?? "page", String(paging.first ?? 1));
  if (paging.kind === "offset") first.searchParams.set(paging.parameter ?? "offset", "0");
  return first;
}

interface ReadPage {
  readonly rows: Page["rows"];
  readonly root: JsonNode;
  readonly total: string | undefined;
}

interface PageFacts {
  readonly page: ReadPage;
  /** Rows so far. */
  readonly count: number;
  /** Some page so far had as many rows as were asked for: the API gives that many. */
  readonly filled: boolean;
  readonly link: URL | undefined;
}

function nextPage(asked: URL, paging: HttpPaging, { page, count, filled, link }: PageFacts): URL | undefined {
  const size = "size" in paging ? paging.size?.value : undefined;
  // The API's own total outranks the size of a page: some give fewer rows than asked for, in the middle.
  const total = page.total === undefined ? undefined : Number(page.total);
  // Without one, a page that is not full is the last only where pages were: many APIs have a greatest size and say nothing of it.
  const isShort = filled && page.rows.length < (size ?? 1);
  const isLast = page.rows.length === 0 || (total === undefined ? isShort : count >= total);
  const withParameter = (name: string, value: string) => {
    const next = new URL(asked);
    next.searchParams.set(name, value);
    return next;
  };
  switch (paging.kind) {
    case "none":
      return undefined;
    case "page": {
      const name = paging.parameter ?? "page";
      return isLast ? undefined : withParameter(name, String(Number(asked.searchParams.get(name)) + 1));
    }
    case "offset":
      return isLast ? undefined : withParameter(paging.parameter ?? "offset", String(count));
    case "cursor": {
      const token = nodeAt(page.root, paging.next);
      const text = token?.kind === "string" ? token.value : token?.kind === "number" ? token.text : "";
      return text === "" ? undefined : withParameter(paging.parameter ?? "cursor", text);
    }
    case "link":
      return link;
  }
}

function readPage(
  at: { readonly store: string; readonly place: string },
  { rows: path = "", total }: HttpTable,
  text: string,
  page: number,
): ReadPage {
  const root = parse(at, text, page);
  const list = nodeAt(root, path);
  const missing = (found: string) => problems.httpRowsMissing({ ...at, page, path, found });
  if (list?.kind !== "array") throw missing(list === undefined ? "nothing" : `a JSON ${list.kind}`);
  const rows = list.items.map((item) => {
    if (item.kind !== "object") throw missing(`a list that holds a JSON ${item.kind}`);
    return item.members;
  });
  const count = total === undefined ? undefined : nodeAt(root, total);
  return {
    rows,
    root,
    total: count?.kind === "number" ? count.text : count?.kind === "string" ? count.value : undefined,
  };
}

function parse(at: { readonly store: string; readonly place: string }, text: string, page: number): JsonNode {
  try {
    return readJson(text);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw problems.httpNotJson({ ...at, page, ...placeInText(text, error.offset), reason: error.message });
  }
}
