// Problems of reading an HTTP API. They name the store and the address without its query, never a header or a value of a row.
import { defineProblem } from "../define-problem.ts";

/** `place` is an address without query; `table` the source's identifier. */
interface ApiPlace {
  readonly store: string;
  readonly place: string;
}

export const httpStatus = defineProblem<ApiPlace & { status: number }>(
  { code: "http/status", doc: "An API answered with an error that trying again did not cure." },
  ({ store, place, status }) => ({
    message: `The API of the store \`${store}\` answered ${status} at ${place}.`,
    help:
      status === 404 || status === 410
        ? "Check `url` of the store's connection and `path` of the table: the API knows no such address."
        : status >= 500 || status === 429
          ? "Run again later; when it stays, ask the team of that API. A lower page size or `concurrency` loads it less."
          : "Check `query`, `headers` and the paging parameters of the table against the API's documentation.",
  }),
);

export const httpNotJson = defineProblem<ApiPlace & { page: number; line: number; column: number; reason: string }>(
  { code: "http/not-json", doc: "The body of an API's answer is not JSON, or was cut short." },
  ({ store, place, page, line, column, reason }) => ({
    message: `Page ${page} of ${place} (store \`${store}\`) is not JSON at line ${line}, column ${column}: ${reason}.`,
    help: "Ask for the page with curl and look at that place. mesh reads JSON only, and never half of a page.",
  }),
);

export const httpRowsMissing = defineProblem<ApiPlace & { page: number; path: string; found: string }>(
  { code: "http/rows-missing", doc: "The `rows` of an API's table do not lead to a list of objects in its answer." },
  ({ store, place, page, path, found }) => ({
    message: `Page ${page} of ${place} (store \`${store}\`) has ${found} where its rows were expected, ${path === "" ? "at its top" : `at \`${path}\``}.`,
    help: "Set `rows` of the table to the path of the list in the answer, such as `data.items`; without it the answer itself must be the list.",
  }),
);

export const httpPageRepeats = defineProblem<ApiPlace & { page: number }>(
  {
    code: "http/page-repeats",
    doc: "An API's paging goes in a circle or never ends: a page came a second time, or more pages came than are allowed.",
  },
  ({ store, place, page }) => ({
    message: `The paging of ${place} (store \`${store}\`) does not end: page ${page} is one that came before, or one more than \`max_pages\`.`,
    help: "Check `paging` of the table: its kind, its parameters, and where the next page's token stands. Raise `max_pages` only when there are that many.",
  }),
);

export const httpTotalDiffers = defineProblem<ApiPlace & { total: string; rows: number }>(
  {
    code: "http/total-differs",
    doc: "An API says that it has another number of rows than it gave: rows moved between pages while they were read, or the paging misses some.",
  },
  ({ store, place, total, rows }) => ({
    message: `The API at ${place} (store \`${store}\`) says it has ${total} rows, but gave ${rows}.`,
    help: "Run again when the API is quiet. When it stays, check `paging`, and that `total` counts the same rows as `query` asks for.",
  }),
);

export const httpTotalMissing = defineProblem<ApiPlace & { path: string }>(
  {
    code: "http/total-missing",
    doc: "No answer of an API has a count where the table's `total` says that it stands, so nothing could be compared with it.",
  },
  ({ store, place, path }) => ({
    message: `No answer of ${place} (store \`${store}\`) tells how many rows there are at \`${path}\`.`,
    help: "Set `total` of the table to the path of the count in the answer, or leave it out when the API tells none any more.",
  }),
);

export const httpPageTooLarge = defineProblem<ApiPlace & { limitMb: number }>(
  { code: "http/page-too-large", doc: "One page of an API is larger than `max_page` allows." },
  ({ store, place, limitMb }) => ({
    message: `A page of ${place} (store \`${store}\`) has more than ${limitMb} MB.`,
    help: "Ask for smaller pages with `size` of the table's paging, or raise `max_page` of the connection.",
  }),
);

export const httpRedirected = defineProblem<ApiPlace & { target: string }>(
  {
    code: "http/redirected",
    doc: "An API sends mesh to another host, which would be given the headers of this one.",
  },
  ({ store, place, target }) => ({
    message: `The API at ${place} (store \`${store}\`) redirects to ${target}.`,
    help: "Write that address as `url` of the connection if it is the right one. Redirects are followed on one host only.",
  }),
);

export const httpKeyNeverSeen = defineProblem<ApiPlace & { keys: readonly string[]; rows: number }>(
  {
    code: "http/key-never-seen",
    doc: "A declared column's key is in none of an API's rows. It would land as NULL everywhere, which a renamed key would too.",
  },
  ({ store, place, keys, rows }) => ({
    message: `No row of ${rows} from ${place} (store \`${store}\`) has the key ${keys.map((key) => `\`${key}\``).join(", ")}.`,
    help: "Check the key's spelling (`identifier` of the column). When rows may lack it altogether, list it under `optional` of the table.",
  }),
);

export const httpNoSuchTable = defineProblem<{ store: string; table: string; known: readonly string[] }>(
  { code: "http/table-undeclared", doc: "A source names a table that the connection of its API does not describe." },
  ({ store, table, known }) => ({
    message: `The connection of the store \`${store}\` describes no table \`${table}\`.`,
    help: `Described are: ${known.length === 0 ? "none" : known.join(", ")}. Add it under \`tables\` of the connection, or correct the source's \`identifier\`.`,
  }),
);

export const httpNoWindow = defineProblem<{ store: string; table: string }>(
  {
    code: "http/no-window",
    doc: "An incremental snapshot or a backfill of an API's table that has no parameters for it.",
  },
  ({ store, table }) => ({
    message: `The table \`${table}\` of the store \`${store}\` cannot be asked for a part of its rows.`,
    help: "Set `window: { from: parameter, to: parameter }` of the table in the store's connection, or use `strategy: full`.",
  }),
);
