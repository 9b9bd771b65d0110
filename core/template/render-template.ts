// Owns one rendering: a template, the macros it may call and a context in; text with relation slots and its map out.
import { problems } from "../errors/index.ts";
import { findLibraryMacro, libraryMacroNames, locationOfFault } from "./macro-library.ts";
import { CONTEXT_NAMES, createContext } from "./run/context.ts";
import { type LoadedTemplate, loadTemplate } from "./run/load-template.ts";
import { macroValue } from "./run/macro.ts";
import { placeError, relocate, toProblem } from "./run/relocate.ts";
import { Output, Run, Scope } from "./run/run.ts";
import { SyntaxFault } from "./syntax/syntax-fault.ts";
import type { MacroLibrary, RenderContext, Rendered, TemplateSource } from "./types.ts";
import { holdsToken, tokensAreWhole } from "./values/relation.ts";
import type { Callable } from "./values/value.ts";

/** Throws a MeshError with file, line and column, for the first problem found. */
export function renderTemplate(source: TemplateSource, macros: MacroLibrary, context: RenderContext): Rendered {
  const template = load(source);
  const unit = { path: source.path, text: template.text, lineStarts: template.lineStarts };
  const run = new Run(unit);
  const callables = new Map<string, Callable>();
  const findMacro = (name: string, shared: boolean): Callable | undefined => {
    const found = findLibraryMacro(macros, name, shared);
    if (!found) return undefined;
    const known = callables.get(found.id);
    if (known) return known;
    const made = macroValue(run, found.macro, found.unit, undefined, { kind: "library", id: found.id });
    callables.set(found.id, made);
    return made;
  };
  const lookup = createContext(context, run, findMacro);
  run.global = (name) => findMacro(name, false) ?? lookup(name);
  run.globalNames = () => [...CONTEXT_NAMES, ...libraryMacroNames(macros)];
  const map: number[] = [];
  const out = new Output(map);
  try {
    template.execute(run, new Scope(undefined), out);
  } catch (error) {
    throw placeError(error, run, source.path);
  }
  if (holdsToken(out.text) && !tokensAreWhole(out.text, run.relations)) {
    throw problems.templateRelationText(
      { what: "A filter or method in this template" },
      { location: { file: source.path, line: 1, column: 1 } },
    );
  }
  return { text: out.text, map, macros: [...run.macros].sort() };
}

function load(source: TemplateSource): LoadedTemplate {
  try {
    return loadTemplate(source.content);
  } catch (error) {
    if (error instanceof SyntaxFault) throw relocate(error.problem, locationOfFault(source, error.at));
    throw relocate(toProblem(error, source.path), { file: source.path, line: 1, column: 1 });
  }
}
