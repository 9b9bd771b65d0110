// Owns reading the repository's own files and imports as text, for the tests of its structure.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Not part of the sources: installed, built or made by a run. */
const SKIPPED = new Set(["node_modules", "dist", ".git", ".mesh", ".demo", "coverage"]);

/** Paths of all files below a folder, relative to the root, with forward slashes, in order; none when there is no such folder. */
export function filesIn(folder: string, extensions?: readonly string[]): readonly string[] {
  const found: string[] = [];
  const walk = (path: string) => {
    for (const entry of readdirSync(join(ROOT, path), { withFileTypes: true })) {
      if (SKIPPED.has(entry.name)) continue;
      const child = path === "" ? entry.name : posix.join(path, entry.name);
      if (entry.isDirectory()) walk(child);
      else if (entry.isFile() && (extensions === undefined || extensions.some((end) => child.endsWith(end))))
        found.push(child);
    }
  };
  if (existsSync(join(ROOT, folder))) walk(folder === "." ? "" : folder);
  return found.sort();
}

export function readSource(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

export interface Import {
  readonly file: string;
  readonly line: number;
  /** As written. */
  readonly specifier: string;
  /** Path from the root when it is relative. */
  readonly target: string | undefined;
  /** The package's name when it is one of npm. */
  readonly package: string | undefined;
  /** `import(…)` or `require(…)` inside the code. */
  readonly dynamic: boolean;
  /** Gone when compiled. */
  readonly typeOnly: boolean;
}

const STATIC = /^(?:import|export)\b(?<clause>[^'"`;]*?)\bfrom\s*"(?<specifier>[^"]+)"|^import\s*"(?<bare>[^"]+)"/gm;
const DYNAMIC = /\b(?:import|require(?:\.resolve)?)\(\s*"(?<specifier>[^"]+)"\s*\)/g;

export function importsOf(file: string): readonly Import[] {
  const text = readSource(file);
  const found: Import[] = [];
  const add = (at: number, specifier: string, dynamic: boolean, typeOnly: boolean) =>
    found.push({
      file,
      line: text.slice(0, at).split("\n").length,
      specifier,
      dynamic,
      typeOnly,
      ...resolve(file, specifier),
    });
  for (const match of text.matchAll(STATIC)) {
    const clause = match.groups?.clause ?? "";
    add(match.index, match.groups?.specifier ?? match.groups?.bare ?? "", false, /^\s*type\b/.test(clause));
  }
  for (const match of text.matchAll(DYNAMIC)) {
    const before = text.slice(text.lastIndexOf("\n", match.index) + 1, match.index);
    if (/^\s*(\/\/|\*)/.test(before)) continue;
    // `import("x").Type` and `typeof import("x")` are types.
    const typeOnly = /\btypeof\s+$/.test(before) || /^\s*\.\s*[A-Z]/.test(text.slice(match.index + match[0].length));
    add(match.index, match.groups?.specifier ?? "", true, typeOnly);
  }
  return found;
}

function resolve(file: string, specifier: string): { target: string | undefined; package: string | undefined } {
  if (specifier.startsWith(".")) {
    return {
      target: relative(ROOT, join(ROOT, dirname(file), specifier))
        .split(sep)
        .join("/"),
      package: undefined,
    };
  }
  if (specifier.startsWith("node:")) return { target: undefined, package: undefined };
  const parts = specifier.split("/");
  return { target: undefined, package: parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/") };
}

export const SOURCES: readonly string[] = filesIn("core", [".ts"]);

/** `file:line`, as editors open it. */
export const placeOf = (found: Import) => `${found.file}:${found.line}`;
