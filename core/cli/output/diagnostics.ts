// Owns how problems look: one by one with their place, many sorted and counted, grouped by project.
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { Diagnostic, Location } from "../../errors/index.ts";
import { formatCodeFrame } from "./code-frame.ts";
import { plural } from "./format.ts";
import type { Colors } from "./output.ts";

/** Gives a file's text, or undefined when it cannot be read. */
export type ReadSource = (file: string) => string | undefined;

/** Reads files relative to the mesh's root, each once. */
export function sourceReader(root: string): ReadSource {
  const known = new Map<string, string | undefined>();
  return (file) => {
    if (!known.has(file)) {
      try {
        known.set(file, readFileSync(isAbsolute(file) ? file : join(root, file), "utf8"));
      } catch {
        known.set(file, undefined);
      }
    }
    return known.get(file);
  };
}

/** Several lines, without a final newline. */
export function formatDiagnostic(diagnostic: Diagnostic, read: ReadSource, colors: Colors): string {
  const paint = diagnostic.level === "error" ? colors.red : colors.yellow;
  const lines = [`${paint(colors.bold(`${diagnostic.level}[${diagnostic.code}]`))} ${diagnostic.message}`];
  const { location } = diagnostic;
  if (location) {
    lines.push(`  ${colors.cyan(formatLocation(location))}`);
    const source = location.line === undefined ? undefined : read(location.file);
    if (source !== undefined && location.line !== undefined)
      lines.push(...formatCodeFrame(source, location.line, location.column, colors));
  }
  if (diagnostic.help !== "") lines.push(`  ${colors.bold("help:")} ${diagnostic.help}`);
  return lines.join("\n");
}

/** `file:line:column`, as far as known. */
export function formatLocation({ file, line, column }: Location): string {
  return [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(":");
}

/** By project, then file and place; the mesh's own problems first. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const key = ({ project, location, code }: Diagnostic) =>
    [project ?? "", location?.file ?? "", location?.line ?? 0, location?.column ?? 0, code] as const;
  return [...diagnostics].sort((a, b) => {
    const left = key(a);
    const right = key(b);
    for (const [i, value] of left.entries()) {
      const other = right[i] ?? "";
      if (value !== other) return value < other ? -1 : 1;
    }
    return 0;
  });
}

/** All problems by project, with a count at the end. Empty text when there are none. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], read: ReadSource, colors: Colors): string {
  if (diagnostics.length === 0) return "";
  const blocks: string[] = [];
  let project: string | undefined = "";
  const grouped = diagnostics.some((diagnostic) => diagnostic.project !== undefined);
  for (const diagnostic of sortDiagnostics(diagnostics)) {
    if (grouped && diagnostic.project !== project) {
      project = diagnostic.project;
      blocks.push(colors.bold(`${project ?? "mesh"}:`));
    }
    blocks.push(formatDiagnostic(diagnostic, read, colors));
  }
  blocks.push(countDiagnostics(diagnostics));
  return blocks.join("\n\n");
}

/** `2 errors and 1 warning in 2 projects` */
function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.level === "error").length;
  const warnings = diagnostics.length - errors;
  const projects = new Set(diagnostics.flatMap((diagnostic) => diagnostic.project ?? [])).size;
  const counts = [errors > 0 ? plural(errors, "error") : "", warnings > 0 ? plural(warnings, "warning") : ""]
    .filter(Boolean)
    .join(" and ");
  return projects > 1 ? `${counts} in ${projects} projects` : counts;
}
