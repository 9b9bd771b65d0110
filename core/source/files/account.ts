// Owns what is counted of a table's files by a second reading: text by `count-text.ts`, Parquet by its footers and its own query.
import { setImmediate as nextTurn } from "node:timers/promises";
import { readFooter } from "../../rows/index.ts";
import { declaredType } from "../declared-type.ts";
import { canonicalText } from "../digest/canonical-text.ts";
import { createDigestSum } from "../digest/row-digest.ts";
import { instantText } from "../text-forms.ts";
import { inWindow } from "../text-window.ts";
import type { ExtractRequest, StoreAccount } from "../types.ts";
import { type CountedRow, countCsv, countNdjson } from "./count-text.ts";
import { parquetColumns } from "./parquet-columns.ts";
import { countQuery, digestQuery, hasDigestText, type ParquetColumn, windowClause } from "./parquet-text.ts";
import { readBytes } from "./read-bytes.ts";
import type { FilesContext, TableFile } from "./table-files.ts";

interface Count {
  readonly rows: number;
  readonly values: readonly number[];
  readonly checksum: bigint;
}

export async function countFiles(
  context: FilesContext,
  files: readonly TableFile[],
  request: ExtractRequest,
  checksum: boolean,
  signal: AbortSignal,
): Promise<StoreAccount> {
  const unchecked = checksum ? await uncheckedOf(context, files, request) : [];
  const left = new Set(unchecked.map(({ column }) => column));
  const checked = request.columns.map(({ name, replaced }) => checksum && !replaced && !left.has(name));
  let total: Count = { rows: 0, values: request.columns.map(() => 0), checksum: 0n };
  for (const file of files) {
    const more =
      file.format.kind === "parquet"
        ? await countParquet(context, file, request, checked, signal)
        : await countText(context, file, request, checked, signal);
    total = {
      rows: total.rows + more.rows,
      values: total.values.map((count, i) => count + (more.values[i] ?? 0)),
      checksum: total.checksum + more.checksum,
    };
  }
  const { rows, values } = total;
  return { rows, values, ...(checked.includes(true) && { checksum: String(total.checksum) }), unchecked };
}

/** What has no text in one file is left out in all. */
async function uncheckedOf(
  context: FilesContext,
  files: readonly TableFile[],
  request: ExtractRequest,
): Promise<StoreAccount["unchecked"]> {
  const columns = new Map<string, string>();
  for (const file of files.filter(({ format }) => format.kind === "parquet")) {
    const found = await parquetColumns(context, file, request);
    found.forEach((column, i) => {
      if (!hasDigestText(column))
        columns.set(request.columns[i]?.name ?? "", `no common text is known for ${column.type}`);
    });
  }
  return [...columns].map(([column, reason]) => ({ column, reason }));
}

async function countText(
  { options }: FilesContext,
  { listed, format, dialect }: TableFile,
  { columns, window }: ExtractRequest,
  checked: readonly boolean[],
  signal: AbortSignal,
): Promise<Count> {
  if (format.kind === "parquet") return { rows: 0, values: [], checksum: 0n };
  const asked = [...columns, ...(window ? [window] : [])].map(({ identifier, type }) => ({
    identifier,
    isJson: declaredType(type).kind === "json",
  }));
  const bytes = readBytes(listed, format.gzip, { store: options.store, place: listed.path }, signal);
  const batches =
    format.kind === "csv"
      ? countCsv(
          bytes,
          { delimiter: format.delimiter, dialect },
          asked.map(({ identifier }) => identifier),
        )
      : countNdjson(bytes, asked);
  const isInside = window ? insideOf(window) : () => true;
  const texts = columns.map(({ type }, i) => (checked[i] ? canonicalText(type) : undefined));
  const sum = createDigestSum();
  const values = columns.map(() => 0);
  let rows = 0;
  for await (const batch of batches) {
    for (const row of batch) {
      if (!isInside(row[columns.length] ?? null)) continue;
      rows++;
      const digest: (string | null)[] = [];
      for (let i = 0; i < columns.length; i++) {
        const cell = row[i] ?? null;
        if (cell !== null) values[i] = (values[i] ?? 0) + 1;
        const text = texts[i];
        if (text) digest.push(cell === null ? null : text(cell));
      }
      if (digest.length > 0) sum.add(digest);
    }
    await nextTurn();
  }
  return { rows, values, checksum: BigInt(sum.total()) };
}

function insideOf(window: NonNullable<ExtractRequest["window"]>): (cursor: CountedRow[number]) => boolean {
  const fits = inWindow(window);
  const { kind } = declaredType(window.type);
  return (cursor) => fits(cursor !== null && kind === "timestamptz" ? (instantText(cursor) ?? cursor) : cursor);
}

async function countParquet(
  context: FilesContext,
  file: TableFile,
  request: ExtractRequest,
  checked: readonly boolean[],
  signal: AbortSignal,
): Promise<Count> {
  const columns = await parquetColumns(context, file, request);
  const where = windowClause(request.window);
  const at = { store: context.options.store, place: file.listed.path };
  const ask = async (query: (from: string) => string): Promise<string> => {
    let answer = "";
    for await (const [text = ""] of context.parquet.texts(file.listed, at, query, signal)) answer = text;
    return answer;
  };
  const told = where === "" ? await footerCount(file, columns) : undefined;
  const [rows = 0, ...values] = told ?? (await ask((from) => countQuery(columns, where, from))).split(",").map(Number);
  const summed = columns.filter((_, i) => checked[i]);
  const checksum = summed.length === 0 ? 0n : BigInt(await ask((from) => digestQuery(summed, where, from)));
  return { rows, values, checksum };
}

/** Rows and values as the footer tells them; undefined when it does not tell all. */
async function footerCount(
  { listed }: TableFile,
  columns: readonly ParquetColumn[],
): Promise<readonly number[] | undefined> {
  const footer = await readFooter(listed.file).catch(() => undefined);
  if (!footer) return undefined;
  const values = columns.map(({ identifier }) => {
    const column = footer.columns.find(({ name, nested }) => !nested && name === identifier);
    return column?.nulls === undefined || column.values !== footer.rows ? undefined : column.values - column.nulls;
  });
  const known = values.filter((count) => count !== undefined);
  return known.length === values.length ? [footer.rows, ...known] : undefined;
}
