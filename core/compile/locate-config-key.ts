// Owns finding where a file's config() gives a key, for messages.
import type { Location } from "../errors/index.ts";
import type { TextFile } from "../project/index.ts";

/** The place of `key=` or `key:` behind the first `config`, or the file when it is not found. */
export function locateConfigKey(file: TextFile, key: string): Location {
  const start = file.content.search(/\bconfig\b/);
  if (start < 0) return { file: file.path };
  const word = new RegExp(`\\b${key.replace(/[^\w]/g, "\\$&")}["']?\\s*[=:]`);
  const found = word.exec(file.content.slice(start));
  const offset = found ? start + found.index : start;
  const before = file.content.slice(0, offset).split("\n");
  return { file: file.path, line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
