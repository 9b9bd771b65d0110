// Owns finding where a file says something, for messages: a key of config(), a ref of a TypeScript model.
import type { Location } from "../errors/index.ts";
import type { TextFile } from "../project/index.ts";

/** The place of `key=` or `key:` behind the first `config`, or the file when it is not found. */
export function locateConfigKey(file: TextFile, key: string): Location {
  const start = file.content.search(/\bconfig\b/);
  if (start < 0) return { file: file.path };
  const word = new RegExp(`\\b${key.replace(/[^\w]/g, "\\$&")}["']?\\s*[=:]`);
  const found = word.exec(file.content.slice(start));
  const offset = found ? start + found.index : start;
  return placeAt(file, offset);
}

/** The first `ref(…"name")`, or the file when it is not found. */
export function locateRef(file: TextFile, name: string): Location {
  const call = new RegExp(`\\bref\\((?:\\s*["'\`]\\w+["'\`]\\s*,)?\\s*["'\`]${name.replace(/\W/g, "\\$&")}["'\`]`);
  const offset = file.content.search(call);
  return offset < 0 ? { file: file.path } : placeAt(file, offset);
}

function placeAt(file: TextFile, offset: number): Location {
  const before = file.content.slice(0, offset).split("\n");
  return { file: file.path, line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
