// Owns the parse cache: one content is read and compiled once a process.
import { parseTemplate } from "../syntax/parse-template.ts";
import { compileBody, type Execute } from "./compile-statement.ts";
import { lineStartsOf } from "./run.ts";

export interface LoadedTemplate {
  readonly text: string;
  readonly lineStarts: readonly number[];
  readonly execute: Execute;
}

const MAX_CACHED = 20_000;
const cache = new Map<string, LoadedTemplate>();

/** Throws SyntaxFault. */
export function loadTemplate(content: string): LoadedTemplate {
  const cached = cache.get(content);
  if (cached) return cached;
  const { text, body } = parseTemplate(content);
  const loaded = { text, lineStarts: lineStartsOf(text), execute: compileBody(body) };
  // A long-lived process sees many versions of a file; the oldest entries go first.
  if (cache.size >= MAX_CACHED)
    for (const key of cache.keys()) if (cache.delete(key) && cache.size < MAX_CACHED / 2) break;
  cache.set(content, loaded);
  return loaded;
}
