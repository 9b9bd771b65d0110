// Owns turning a file's bytes into text: UTF-8 and nothing else, without its byte order mark.
import { problems } from "../../errors/index.ts";
import type { FilePlace } from "./read-bytes.ts";

/** Throws `files/malformed` with the line of the first chunk that is not UTF-8. */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>, at: FilePlace): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  const decode = (chunk: Uint8Array | undefined): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (error) {
      throw problems.filesMalformed(
        {
          ...at,
          line: line + (chunk === undefined ? 0 : linesBeforeFault(chunk)),
          reason: "it has bytes that are not UTF-8",
        },
        { cause: error },
      );
    }
  };
  for await (const chunk of bytes) {
    const text = decode(chunk);
    for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) line++;
    if (text !== "") yield text;
  }
  const rest = decode(undefined);
  if (rest !== "") yield rest;
}

/** Lines of the chunk that end before its first fault; a character cut by the chunk's start belongs to the first line. */
function linesBeforeFault(chunk: Uint8Array): number {
  let lines = 0;
  let start = 0;
  for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
    try {
      // From the second line on each line stands alone.
      if (lines > 0 || start > 0) new TextDecoder("utf-8", { fatal: true }).decode(chunk.subarray(start, end));
      else firstLine(chunk.subarray(0, end));
    } catch {
      return lines;
    }
    lines++;
    start = end + 1;
  }
  return lines;
}

function firstLine(bytes: Uint8Array): void {
  let start = 0;
  while (start < Math.min(3, bytes.length) && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start));
}
