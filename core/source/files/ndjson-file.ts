// Owns one file of JSON objects, one a line, as rows of JSON values by key.
import { problems } from "../../errors/index.ts";
import { type JsonNode, JsonTextError, readJson } from "../json/read-json.ts";
import type { PlacedRow } from "./csv-file.ts";
import { decodeText } from "./decode-text.ts";
import type { FileFormat } from "./format.ts";
import { type FilePlace, readBytes } from "./read-bytes.ts";
import type { TableFile } from "./table-files.ts";

type NdjsonFormat = Extract<FileFormat, { readonly kind: "ndjson" }>;

/** Batches of rows; a key that a row does not have is undefined. Throws `files/malformed` and `files/changed`. */
export async function* ndjsonRows(
  file: TableFile,
  format: NdjsonFormat,
  columns: readonly string[],
  at: FilePlace,
  signal: AbortSignal,
): AsyncGenerator<readonly PlacedRow[]> {
  for await (const objects of jsonObjects(file, format, at, signal))
    yield objects.map(({ line, members }) => ({ line, cells: columns.map((column) => members.get(column)) }));
}

/** All keys of all rows, in the order in which they come, and those that no row need have. The whole file is read. */
export async function ndjsonKeys(
  file: TableFile,
  format: NdjsonFormat,
  at: FilePlace,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const keys = new Set<string>();
  for await (const objects of jsonObjects(file, format, at, signal))
    for (const { members } of objects) for (const key of members.keys()) keys.add(key);
  for (const key of file.dialect.optional ?? []) keys.add(key);
  return [...keys];
}

interface PlacedObject {
  readonly line: number;
  readonly members: ReadonlyMap<string, JsonNode>;
}

async function* jsonObjects(
  file: TableFile,
  format: NdjsonFormat,
  at: FilePlace,
  signal: AbortSignal,
): AsyncGenerator<readonly PlacedObject[]> {
  const text = decodeText(readBytes(file.listed, format.gzip, at, signal), at);
  let rest = "";
  let line = 0;
  const read = (content: string): PlacedObject => {
    line++;
    return { line, members: objectOf(content, line, at) };
  };
  for await (const chunk of text) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (lines.length > 0) yield lines.map(read);
  }
  if (rest !== "") yield [read(rest)];
}

function objectOf(content: string, line: number, at: FilePlace): ReadonlyMap<string, JsonNode> {
  const wrong = (reason: string, cause?: unknown) => problems.filesMalformed({ ...at, line, reason }, { cause });
  if (content.trim() === "") throw wrong("it is empty");
  let node: JsonNode;
  try {
    node = readJson(content);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw wrong(`${error.message} (column ${error.offset + 1})`, error);
  }
  if (node.kind !== "object") throw wrong(`it holds a JSON ${node.kind} and not an object`);
  return node.members;
}
