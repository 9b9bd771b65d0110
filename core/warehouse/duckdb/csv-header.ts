// Owns the first record of a CSV file with a header: the names of its columns. DuckDB's own sniffer may take a later line for it.
import { open } from "node:fs/promises";

const LIMIT_BYTES = 1024 * 1024;

/** The cells of the first record; undefined when the file is empty or the record does not end within a megabyte. */
export async function readCsvHeader(path: string, delimiter: string): Promise<readonly string[] | undefined> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LIMIT_BYTES), 0, LIMIT_BYTES, 0);
    const text = buffer
      .subarray(0, bytesRead)
      .toString("utf8")
      .replace(/^\uFEFF/, "");
    return text === "" ? undefined : parseFirstRecord(text, delimiter, bytesRead < LIMIT_BYTES);
  } finally {
    await handle.close();
  }
}

function parseFirstRecord(text: string, delimiter: string, whole: boolean): readonly string[] | undefined {
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (character === '"' && cell === "") quoted = true;
    else if (text.startsWith(delimiter, at)) {
      cells.push(cell);
      cell = "";
      at += delimiter.length - 1;
    } else if (character === "\n" || character === "\r") return [...cells, cell];
    else cell += character;
  }
  return whole && !quoted ? [...cells, cell] : undefined;
}
