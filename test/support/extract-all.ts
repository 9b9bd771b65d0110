// Owns reading what a session extracts, part after part, with columns whose names are the store's own.
import type { ColumnSchema } from "../../core/manifest/index.ts";
import type { ConsistentSession, Extraction, ExtractRequest } from "../../core/source/index.ts";

export async function* bytesOf(extraction: Extraction): AsyncGenerator<Uint8Array> {
  for (const part of extraction.parts) yield* part.open();
}

export function extractNamed(
  session: ConsistentSession,
  request: Omit<ExtractRequest, "columns"> & { readonly columns: readonly ColumnSchema[] },
): Promise<Extraction> {
  return session.extract({ ...request, columns: named(request.columns) });
}

export function named(columns: readonly ColumnSchema[]): ExtractRequest["columns"] {
  return columns.map(({ name, type }) => ({ name, identifier: name, type }));
}
