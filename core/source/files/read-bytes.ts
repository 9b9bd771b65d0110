// Owns the bytes of one file of the point: unpacked, and only as long as it is the very file that was listed.
import { type FileHandle, open, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { problems } from "../../errors/index.ts";
import { identityOf, type ListedFile } from "./listing.ts";

export interface FilePlace {
  readonly store: string;
  readonly place: string;
}

/** Small enough for the rows of a chunk to be garbage before they grow old: four times as large costs twice the time. */
const CHUNK_BYTES = 1 << 16;

/** Throws `files/changed` when it is another file before, while or after it is read. */
export async function* readBytes(
  listed: ListedFile,
  gzip: boolean,
  at: FilePlace,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const handle = await open(listed.file, "r");
  try {
    const check = async () => refuseChanged(listed, identityOf(await handle.stat({ bigint: true })), at);
    await check();
    const stored = chunksOf(handle, listed, at, signal);
    yield* gzip ? unpacked(stored, at) : stored;
    await check();
    await refuseReplaced(listed, at);
  } finally {
    await handle.close();
  }
}

/** Throws `files/changed` when the name is another file's by now. */
export async function refuseReplaced(listed: ListedFile, at: FilePlace): Promise<void> {
  refuseChanged(listed, identityOf(await stat(listed.file, { bigint: true })), at);
}

function refuseChanged({ identity }: ListedFile, now: string, at: FilePlace): void {
  if (now === identity) return;
  throw problems.filesChanged({ ...at, reason: "it was written to, or replaced" }, { retryable: true });
}

async function* chunksOf(
  handle: FileHandle,
  listed: ListedFile,
  at: FilePlace,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for (let left = listed.size; left > 0; ) {
    signal.throwIfAborted();
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(CHUNK_BYTES, left)));
    if (bytesRead === 0) refuseChanged(listed, "shorter", at);
    left -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* unpacked(stored: AsyncGenerator<Buffer>, at: FilePlace): AsyncGenerator<Buffer> {
  const packed = Readable.from(stored, { objectMode: true });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  packed.on("error", (error) => gunzip.destroy(error));
  packed.pipe(gunzip);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!/^Z_/.test(code)) throw error;
    throw problems.filesMalformed(
      { ...at, line: undefined, reason: `it is not whole gzip (${code})` },
      { cause: error },
    );
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
}
