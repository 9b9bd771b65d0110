// Owns loading a user's TypeScript file in this process, and finding the place in it that an error is about.
import { isAbsolute, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Location } from "../errors/index.ts";

/** What went wrong while a user's file was loaded, in the user's terms: no stack, no path of ours. */
export interface LoadFailure {
  readonly reason: string;
  readonly location: Location;
}

export type LoadedFile =
  | { readonly ok: true; readonly exports: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly failure: LoadFailure };

const relativePath = (root: string, file: string): string => relative(root, file).split(sep).join("/");

/** The topmost frame of an error's stack that is a file of the mesh: file and line. Columns do not survive the transpiling. */
function placeInUserCode(error: unknown, root: string): Location | undefined {
  if (!(error instanceof Error) || typeof error.stack !== "string") return undefined;
  for (const frame of error.stack.split("\n")) {
    const match = /^\s+at (?:.*\()?(?:async )?((?:file:\/\/)?\/[^()]*|[A-Za-z]:[^()]*):(\d+):\d+\)?$/.exec(frame);
    if (!match?.[1]) continue;
    const file = match[1].startsWith("file://") ? fileURLToPath(match[1]) : match[1];
    const path = relativePath(root, file);
    if (path.startsWith("..") || isAbsolute(path) || path.split("/").includes("node_modules")) continue;
    return { file: path, line: Number(match[2]) };
  }
  return undefined;
}

/** An error's own words on one line, for messages: no stack, no absolute path of this mesh. */
function reasonOf(error: unknown, root: string): string {
  const text =
    error instanceof Error
      ? error.message || error.name
      : typeof error === "string"
        ? error
        : "it threw a value that is not an Error";
  return text.replaceAll(`${root}${sep}`, "").split("\nRequire stack:")[0]?.replace(/\s+/g, " ").trim() ?? "";
}

function failureOf(error: unknown, root: string, file: string): LoadFailure {
  const reason = reasonOf(error, root);
  const location = { file: relativePath(root, file) };
  const parse = /^ParseError:\s*(.*?)\s+(\S+):(\d+):(\d+)$/.exec(reason);
  if (parse) {
    // Babel counts columns from 0.
    return {
      reason: `${parse[1]}.`,
      location: { file: parse[2] ?? location.file, line: Number(parse[3]), column: Number(parse[4]) + 1 },
    };
  }
  const noExport = /^\(0 , [\w$]+\.([\w$]+)\) is not a function$/.exec(reason);
  return {
    reason: noExport
      ? `${noExport[1]} is not exported by the module it is imported from.`
      : /[.!?]$/.test(reason)
        ? reason
        : `${reason}.`,
    location: placeInUserCode(error, root) ?? location,
  };
}

/**
 * Runs the file and returns its exports. `modules` are given to its imports as they are, so that `mesh-elt` is this very process's
 * mesh wherever the file stands and however mesh was installed. Each call loads anew. Never throws for what the file does.
 */
export async function loadTypescriptFile(
  root: string,
  file: string,
  modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Promise<LoadedFile> {
  const { createJiti } = await import("jiti");
  const jiti = createJiti(join(root, "mesh.config.ts"), {
    fsCache: join(root, ".mesh", "cache", "typescript"),
    moduleCache: false,
    interopDefault: false,
    virtualModules: { ...modules },
  });
  try {
    return { ok: true, exports: await jiti.import<Record<string, unknown>>(file) };
  } catch (error) {
    return { ok: false, failure: failureOf(error, root, file) };
  }
}
