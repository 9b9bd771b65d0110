// Owns reading a store in tests: a session for a while, the rows of an extraction and of one of its parts, and what a failure was.
import type { MeshError } from "../../core/errors/index.ts";
import type { ReadingPolicy } from "../../core/manifest/index.ts";
import { type ConsistentSession, type Extraction, openStore, type StoreSettings } from "../../core/source/index.ts";
import { parseCopyCsv } from "./copy-csv-rows.ts";

/** With these changes to how the store is read. */
export function reading(settings: StoreSettings, changes: Partial<ReadingPolicy>): StoreSettings {
  return { ...settings, reading: { ...settings.reading, ...changes } };
}

export async function withSession<T>(
  settings: StoreSettings,
  use: (session: ConsistentSession) => Promise<T>,
): Promise<T> {
  const connection = await openStore(settings);
  try {
    return await use(await connection.openConsistentSession());
  } finally {
    await connection.close();
  }
}

export async function textOf(part: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of part) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** Part by part, all read at the same time. */
export async function partsOf(extraction: Extraction): Promise<(string | null)[][][]> {
  return Promise.all(extraction.parts.map(async (part) => parseCopyCsv(await textOf(part.open()))));
}

export async function rowsOf(extraction: Extraction): Promise<(string | null)[][]> {
  return (await partsOf(extraction)).flat();
}

/** Throws when nothing failed. */
export async function failureOf(work: Promise<unknown>): Promise<MeshError> {
  try {
    await work;
  } catch (error) {
    return error as MeshError;
  }
  throw new Error("nothing failed");
}
