// Owns calling a macro: binding its arguments, its scope, and catching what `return()` throws.
import { problems } from "../../errors/index.ts";
import { Dict } from "../values/dict.ts";
import { type Call, Callable, Tuple, Undefined, type Value } from "../values/value.ts";
import type { Evaluate } from "./compile-expression.ts";
import { Output, ReturnSignal, type Run, Scope, type Unit } from "./run.ts";

export interface CompiledMacro {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly fallback: Evaluate | undefined }[];
  readonly names: ReadonlySet<string>;
  readonly body: (run: Run, scope: Scope, out: Output) => unknown;
}

export type MacroOrigin =
  /** Of a file of macros; `id` is `path:macro`. */
  | { readonly kind: "library"; readonly id: string }
  /** Defined in the template itself. */
  | { readonly kind: "local" }
  /** The body of a call block: a `return()` in it returns from the macro that called `caller()`, as in dbt. */
  | { readonly kind: "caller" };

export function macroValue(
  run: Run,
  macro: CompiledMacro,
  unit: Unit,
  definedIn: Scope | undefined,
  origin: MacroOrigin,
): Callable {
  return new Callable(macro.name, (call) => {
    const scope = new Scope(definedIn);
    bindParameters(macro, call, scope);
    if (origin.kind === "library") run.macros.add(origin.id);
    const open = run.enter(macro.name, unit);
    let result: Value;
    try {
      for (const { name, fallback } of macro.parameters) {
        if (fallback && isMissing(scope.values.get(name))) scope.values.set(name, fallback(run, scope));
      }
      const out = new Output();
      macro.body(run, scope, out);
      result = out.text;
    } catch (error) {
      if (!(error instanceof ReturnSignal) || origin.kind === "caller") throw error;
      result = error.value;
    }
    run.leave(open);
    return result;
  });
}

class MissingParameter extends Undefined {}

const isMissing = (value: Value | undefined) => value instanceof MissingParameter;

function describeParameters(macro: CompiledMacro): string {
  return `${macro.name}(${macro.parameters.map(({ name, fallback }) => (fallback ? `${name}=…` : name)).join(", ")})`;
}

function bindParameters(macro: CompiledMacro, { args, named }: Call, scope: Scope): void {
  const { name: macroName, parameters, names } = macro;
  const wrong = (problem: string) =>
    problems.templateWrongArguments({
      name: `The macro "${macroName}"`,
      problem,
      signature: describeParameters(macro),
    });
  parameters.forEach(({ name }, i) => {
    const positional = args[i];
    const byName = named.get(name);
    if (positional !== undefined && byName !== undefined) throw wrong(`is given ${name} twice`);
    // None is a value like any other: only undefined means that nothing was given.
    const given = positional === undefined ? byName : positional;
    const help = `The macro "${macroName}" was called without it: ${describeParameters(macro)}.`;
    scope.values.set(
      name,
      given === undefined ? new MissingParameter(() => problems.templateUndefined({ name, help })) : given,
    );
  });
  const declared = new Set(parameters.map(({ name }) => name));
  const rest = args.slice(parameters.length);
  if (names.has("varargs") && !declared.has("varargs")) scope.values.set("varargs", Tuple.make(rest));
  else if (rest.length > 0)
    throw wrong(
      `takes ${parameters.length === 0 ? "no arguments" : `at most ${parameters.length}`}, but ${args.length} were given`,
    );
  const extra = new Map([...named].filter(([name]) => !declared.has(name)));
  if (names.has("caller") && !declared.has("caller")) {
    const caller = extra.get("caller");
    extra.delete("caller");
    scope.values.set(
      "caller",
      caller ??
        new Undefined(() =>
          problems.templateUndefined({
            name: "caller",
            help: `The macro "${macroName}" needs a body: {% call ${macroName}(…) %} … {% endcall %}.`,
          }),
        ),
    );
  }
  if (names.has("kwargs") && !declared.has("kwargs")) scope.values.set("kwargs", Dict.from(extra));
  else if (extra.has("caller")) throw wrong("takes no body, so it cannot stand in a call block");
  else if (extra.size > 0) throw wrong(`takes no argument called ${[...extra.keys()][0]}`);
}
