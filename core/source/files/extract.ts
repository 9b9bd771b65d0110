// Owns one table's way out of a folder: its files shared out over the readers, each read as its format asks, every cell judged.
import { problems } from "../../errors/index.ts";
import { jsonCellEncoder } from "../json/cell-of-json.ts";
import { type CellEncoder, createRowEncoder, type EncodedColumn, REFUSED } from "../row-encoder.ts";
import { rowsOfParts } from "../rows-of-parts.ts";
import { inWindow } from "../text-window.ts";
import type { Extraction, ExtractPart, ExtractRequest } from "../types.ts";
import { countFiles } from "./account.ts";
import { csvRows, type PlacedRow } from "./csv-file.ts";
import { fileFailure } from "./listing.ts";
import { ndjsonRows } from "./ndjson-file.ts";
import { parquetColumns } from "./parquet-columns.ts";
import { lineQuery, windowClause } from "./parquet-text.ts";
import { type FilesContext, filesOf, type TableFile } from "./table-files.ts";
import { textCellEncoder } from "./text-cell.ts";

const BATCH_CHARACTERS = 1 << 18;

/** A file on its way, and where its rows are counted. */
interface FileReading {
  readonly context: FilesContext;
  readonly request: ExtractRequest;
  readonly file: TableFile;
  readonly signal: AbortSignal;
  readonly counted: (rows: number) => void;
}

/** Nothing is read before a part is. Throws `store/type-not-exact` and `store/query-failed` at once. */
export function extractFiles(context: FilesContext, request: ExtractRequest, readers: number): Extraction {
  const { store, root } = context.options;
  const { identifier } = request.table;
  const files = filesOf(context, request.table);
  const what = `reading \`${identifier}\``;
  if (files.length === 0)
    throw problems.storeQueryFailed({ store, place: root, what, reason: "there are no such files" });
  refuseInexact(context, files, request);
  const signal = request.signal ? AbortSignal.any([request.signal, context.stopped]) : context.stopped;
  const shares = shareOut(files, readers);
  const rows: (number | undefined)[] = shares.map(() => undefined);

  const parts = shares.map(
    (share, i): ExtractPart => ({
      async *open() {
        let count = 0;
        for (const file of share) {
          const counted = (more: number) => {
            count += more;
          };
          try {
            yield* bytesOf({ context, request, file, signal, counted });
          } catch (error) {
            if (request.signal?.aborted) throw request.signal.reason;
            throw fileFailure(error, { store, place: file.listed.path }, what);
          }
        }
        rows[i] = count;
      },
    }),
  );
  return {
    parts,
    resumable: false,
    ...estimateOf(files, request),
    rows: () => rowsOfParts(rows, identifier),
    async account({ checksum }) {
      try {
        return await countFiles(context, files, request, checksum, signal);
      } catch (error) {
        if (request.signal?.aborted) throw request.signal.reason;
        throw fileFailure(error, { store, place: root }, `counting the rows of \`${identifier}\``);
      }
    },
  };
}

/** Bytes of the files, where these are about those of the rows. */
function estimateOf(files: readonly TableFile[], { window }: ExtractRequest): Pick<Extraction, "estimate"> {
  const isPlain = files.every(({ format }) => format.kind === "csv" && !format.gzip);
  if (!isPlain || window !== undefined) return {};
  return { estimate: { bytes: files.reduce((sum, { listed }) => sum + listed.size, 0) } };
}

/** Shares of about equal size, at most one for each file. */
function shareOut(files: readonly TableFile[], readers: number): readonly (readonly TableFile[])[] {
  const shares = Array.from({ length: Math.min(readers, files.length) }, () => ({ size: 0, files: [] as TableFile[] }));
  for (const file of [...files].sort((a, b) => b.listed.size - a.listed.size)) {
    const least = shares.reduce((found, share) => (share.size < found.size ? share : found));
    least.size += file.listed.size;
    least.files.push(file);
  }
  return shares.map((share) => share.files);
}

async function* bytesOf(reading: FileReading): AsyncGenerator<Uint8Array> {
  const { context, request, file, signal } = reading;
  const at = { store: context.options.store, place: file.listed.path };
  const columns = request.columns.map(({ identifier }) => identifier);
  const asked =
    request.window === undefined || columns.includes(request.window.identifier)
      ? columns
      : [...columns, request.window.identifier];
  switch (file.format.kind) {
    case "csv":
      return yield* judgedRows(reading, asked, csvRows(file, file.format, asked, at, signal), textCellEncoder);
    case "ndjson":
      return yield* judgedRows(reading, asked, ndjsonRows(file, file.format, asked, at, signal), jsonCellEncoder);
    case "parquet":
      return yield* parquetLines(reading);
  }
}

async function* judgedRows(
  { context, request, file, counted }: FileReading,
  asked: readonly string[],
  batches: AsyncGenerator<readonly PlacedRow[]>,
  encoderOf: (declared: string) => CellEncoder | undefined,
): AsyncGenerator<Uint8Array> {
  const encoded = request.columns.map(({ identifier, type }): EncodedColumn => {
    const encode = encoderOf(type);
    if (!encode) throw problems.unexpected({ what: `reading ${identifier}`, reason: `no text is of the type ${type}` });
    return { name: identifier, declared: type, encode };
  });
  const encoder = createRowEncoder(encoded);
  const isWanted = rowFilter(request, asked, encoderOf);
  for await (const rows of batches) {
    for (const { line, cells } of rows)
      if (isWanted(cells)) encoder.append(cells, () => `in line ${line} of ${file.listed.path}`);
    if (encoder.pending >= BATCH_CHARACTERS) yield encoder.take();
  }
  if (encoder.pending > 0) yield encoder.take();
  const refused = encoder.refused();
  if (refused.length > 0) {
    const { store } = context.options;
    throw problems.storeValueNotRepresentable({ store, table: request.table.identifier, columns: refused });
  }
  counted(encoder.rows);
}

/** A row whose cursor is no value of its type stays, so that it is refused and not left out. */
function rowFilter(
  { window }: ExtractRequest,
  asked: readonly string[],
  encoderOf: (declared: string) => CellEncoder | undefined,
): (cells: readonly unknown[]) => boolean {
  if (!window) return () => true;
  const position = asked.indexOf(window.identifier);
  const encode = encoderOf(window.type);
  const fits = inWindow(window);
  return (cells) => {
    const text = encode?.(cells[position]) ?? null;
    return text === REFUSED || fits(text);
  };
}

async function* parquetLines({ context, request, file, signal, counted }: FileReading): AsyncGenerator<Uint8Array> {
  const at = { store: context.options.store, place: file.listed.path };
  const columns = await parquetColumns(context, file, request);
  const query = (from: string) => lineQuery(columns, windowClause(request.window), from);
  let pending: string[] = [];
  let characters = 0;
  const take = (): Uint8Array => {
    const bytes = Buffer.from(pending.join(""));
    pending = [];
    characters = 0;
    return bytes;
  };
  for await (const lines of context.parquet.texts(file.listed, at, query, signal)) {
    for (const line of lines) characters += line.length;
    pending.push(...lines);
    counted(lines.length);
    if (characters >= BATCH_CHARACTERS) yield take();
  }
  if (characters > 0) yield take();
}

function refuseInexact({ options }: FilesContext, files: readonly TableFile[], request: ExtractRequest): void {
  const kinds = new Set(files.map(({ format }) => format.kind));
  const inexact = request.columns.flatMap(({ identifier, type }) => {
    if (kinds.has("csv") && !textCellEncoder(type)) return [{ column: identifier, storeType: "text", declared: type }];
    if (kinds.has("ndjson") && !jsonCellEncoder(type))
      return [{ column: identifier, storeType: "a JSON value", declared: type }];
    return [];
  });
  if (inexact.length > 0)
    throw problems.storeTypeNotExact({ store: options.store, table: request.table.identifier, columns: inexact });
}
