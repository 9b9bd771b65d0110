// Owns the environment a mesh sees: the process's own variables, and what a .env file beside the config adds.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { problems } from "../errors/index.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

function unquote(text: string): string | undefined {
  const trimmed = text.trim();
  const single = /^'([^']*)'\s*(?:#.*)?$/.exec(trimmed);
  if (single) return single[1] ?? "";
  const double = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(trimmed);
  if (double) return (double[1] ?? "").replace(/\\([nrt"\\])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
  if (/^['"]/.test(trimmed)) return undefined;
  return trimmed.replace(/(^|\s+)#.*$/, "").trimEnd();
}

/** Names and values of a .env file. Throws `config/invalid-env-file` with the line; never quotes a value. */
export function parseEnvironmentFile(text: string): Readonly<Record<string, string>> {
  const out: Record<string, string> = {};
  for (const [index, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const location = { file: ".env", line: index + 1, column: 1 };
    const match = LINE.exec(line);
    if (!match) throw problems.environmentFileInvalid({ reason: `line ${index + 1} is not NAME=value.` }, { location });
    const value = unquote(match[2] ?? "");
    if (value === undefined)
      throw problems.environmentFileInvalid({ reason: `the quote on line ${index + 1} is not closed.` }, { location });
    out[match[1] ?? ""] = value;
  }
  return out;
}

/** The given variables, completed by the .env file of the root when there is one. Variables already set win, even empty ones. */
export async function loadEnvironment(root: string, env: Environment): Promise<Environment> {
  let text: string;
  try {
    text = await readFile(join(root, ".env"), "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return env;
    throw problems.environmentFileInvalid(
      { reason: `it cannot be read (${code ?? "unknown error"}).` },
      { location: { file: ".env" }, cause },
    );
  }
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  return { ...parseEnvironmentFile(text), ...given };
}
