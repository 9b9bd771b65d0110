// Owns the macros of the mesh and of one project: which name means which macro, and what a macro's hash covers.
import { type Diagnostic, type Location, type MeshError, problems, toDiagnostic } from "../errors/index.ts";
import { hashOf } from "../util/index.ts";
import { compileMacro } from "./run/compile-statement.ts";
import { RESERVED_NAMES } from "./run/context.ts";
import type { CompiledMacro } from "./run/macro.ts";
import { relocate } from "./run/relocate.ts";
import { lineStartsOf, placeOf, type Unit } from "./run/run.ts";
import { parseTemplate } from "./syntax/parse-template.ts";
import { SyntaxFault } from "./syntax/syntax-fault.ts";
import type { Statement } from "./syntax/tree.ts";
import type { MacroLibrary, TemplateSource } from "./types.ts";

export interface LibraryMacro {
  /** `path:macro`. */
  readonly id: string;
  readonly macro: CompiledMacro;
  readonly unit: Unit;
  readonly text: string;
}

interface Definitions {
  readonly shared: ReadonlyMap<string, LibraryMacro>;
  readonly project: ReadonlyMap<string, LibraryMacro>;
}

const definitionsOf = new WeakMap<MacroLibrary, Definitions>();

/** The project's macro of that name, else the shared one; with `shared`, only the shared one. */
export function findLibraryMacro(library: MacroLibrary, name: string, shared: boolean): LibraryMacro | undefined {
  const definitions = definitionsOf.get(library);
  return (shared ? undefined : definitions?.project.get(name)) ?? definitions?.shared.get(name);
}

export function libraryMacroNames(library: MacroLibrary): readonly string[] {
  const definitions = definitionsOf.get(library);
  return definitions ? [...definitions.project.keys(), ...definitions.shared.keys()] : [];
}

/** Reads all macros. Files that cannot be read are told in `diagnostics`; the macros of the others are there. */
export function loadMacros(shared: readonly TemplateSource[], project: readonly TemplateSource[]): MacroLibrary {
  const diagnostics: Diagnostic[] = [];
  const definitions = { shared: readGroup(shared, diagnostics), project: readGroup(project, diagnostics) };
  const library: MacroLibrary = { diagnostics, hashes: hashMacros(definitions) };
  definitionsOf.set(library, definitions);
  return library;
}

function readGroup(sources: readonly TemplateSource[], diagnostics: Diagnostic[]): ReadonlyMap<string, LibraryMacro> {
  const group = new Map<string, LibraryMacro>();
  for (const source of sources) {
    try {
      const { text, body } = parseTemplate(source.content);
      const unit: Unit = { path: source.path, text, lineStarts: lineStartsOf(text) };
      for (const statement of body) {
        const problem = readStatement(statement, unit, group);
        if (problem) diagnostics.push(toDiagnostic(relocate(problem, locationIn(unit, statement.at))));
      }
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      diagnostics.push(toDiagnostic(relocate(error.problem, locationOfFault(source, error.at))));
    }
  }
  return group;
}

function readStatement(statement: Statement, unit: Unit, group: Map<string, LibraryMacro>): MeshError | undefined {
  // Text between macros never runs; dbt passes over it too.
  if (statement.kind === "text") return undefined;
  if (statement.kind !== "macro")
    return problems.macroFileContent({ what: statement.kind === "print" ? "{{ … }}" : `{% ${statement.kind} %}` });
  const { name } = statement;
  if (RESERVED_NAMES.has(name)) return problems.macroReserved({ name });
  const other = group.get(name);
  if (other) return problems.macroTwice({ name, other: other.unit.path });
  group.set(name, {
    id: `${unit.path}:${name}`,
    macro: compileMacro(statement),
    unit,
    text: unit.text.slice(statement.at, statement.end),
  });
  return undefined;
}

function locationIn(unit: Unit, at: number): Location {
  return { file: unit.path, ...placeOf(unit.lineStarts, at) };
}

/** The place of a fault in a text that could not be read. */
export function locationOfFault(source: TemplateSource, at: number): Location {
  const before = source.content.replace(/\r\n?/g, "\n").slice(0, at);
  const lastNewline = before.lastIndexOf("\n");
  return { file: source.path, line: before.split("\n").length, column: before.length - lastNewline };
}

function hashMacros(definitions: Definitions): Readonly<Record<string, string>> {
  const all = [...definitions.shared.values(), ...definitions.project.values()];
  const reads = new Map(
    all.map((one) => [one, [...one.macro.names].flatMap((name) => macrosNamed(name, definitions))] as const),
  );
  const hashes: Record<string, string> = {};
  for (const one of all) {
    const reached = new Set([one]);
    for (const next of reached) for (const read of reads.get(next) ?? []) reached.add(read);
    const parts = [...reached].filter((other) => other !== one).map((other) => [other.id, other.text]);
    hashes[one.id] = hashOf([one.text, ...parts.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))]);
  }
  return hashes;
}

/** The macros a name in a macro's body can mean; see `names` of the parser for `mesh.` and `dispatch:`. */
function macrosNamed(name: string, { shared, project }: Definitions): readonly LibraryMacro[] {
  const found = (macro: LibraryMacro | undefined) => (macro ? [macro] : []);
  if (name.startsWith("mesh.")) return found(shared.get(name.slice(5)));
  if (!name.startsWith("dispatch:")) return found(project.get(name) ?? shared.get(name));
  const wanted = name.slice("dispatch:".length);
  const ends = wanted === "*" ? "" : `__${wanted}`;
  return [...shared.values(), ...project.values()].filter(
    ({ macro }) => macro.name.includes("__") && macro.name.endsWith(ends),
  );
}
