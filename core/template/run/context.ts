// Owns the names a model's template has beside macros: ref, source, config, var, env_var, this, target, model, is_incremental.
import { problems } from "../../errors/index.ts";
import { builtinFunction, GLOBALS, PartialModule } from "../builtins/globals.ts";
import { REFUSED_NAMES } from "../builtins/refused-names.ts";
import type { RelationValue, RenderContext } from "../types.ts";
import { asString, bindArguments, signature } from "../values/arguments.ts";
import { Dict } from "../values/dict.ts";
import { fromPlain, toPlain } from "../values/plain.ts";
import { toText } from "../values/print.ts";
import { Relation } from "../values/relation.ts";
import { type Call, Callable, Float, Module, Undefined, type Value } from "../values/value.ts";
import type { Run } from "./run.ts";

type Optional = Value | undefined;

const MODEL_NAMES = [
  "ref",
  "source",
  "config",
  "var",
  "env_var",
  "this",
  "target",
  "model",
  "is_incremental",
  "adapter",
  "mesh",
] as const;

/** Names no macro may take. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  ...MODEL_NAMES,
  ...GLOBALS.keys(),
  "loop",
  "caller",
  "varargs",
  "kwargs",
]);
export const CONTEXT_NAMES: readonly string[] = [...MODEL_NAMES, ...GLOBALS.keys()];

/** Looks a name up in the context; made once a rendering, values are made when first asked for. */
export function createContext(
  context: RenderContext,
  run: Run,
  findMacro: (name: string, shared: boolean) => Callable | undefined,
): (name: string) => Value | undefined {
  const known = new Map<string, Value>();
  const relation = (value: RelationValue): Relation => {
    run.relations.add(value.model);
    return new Relation(value);
  };
  const make = (name: (typeof MODEL_NAMES)[number]): Value => {
    switch (name) {
      case "ref":
        return new Callable("ref", (call) => relation(context.ref(refTarget(call))));
      case "source":
        return builtinFunction("source(source_name, table_name)", (store, table) =>
          relation(context.source(asString(store, "source"), asString(table, "source"))),
        );
      case "this":
        return context.this === undefined ? NO_THIS : relation(context.this);
      case "config":
        return configModule(context);
      case "var":
        return varModule(context);
      case "env_var":
        return builtinFunction("env_var(var, default?)", (key, fallback) =>
          withFallback(fallback, (plain) => context.environment(asString(key, "env_var"), plain)),
        );
      case "target":
        return fromPlain(context.target);
      case "model":
        return fromPlain(context.model);
      case "is_incremental":
        return builtinFunction("is_incremental()", () => context.isIncremental());
      case "adapter":
        return adapterModule(context, findMacro);
      case "mesh":
        return new SharedMacros((macro) => findMacro(macro, true));
    }
  };
  return (name) => {
    const value = known.get(name) ?? GLOBALS.get(name);
    if (value !== undefined) return value;
    if ((MODEL_NAMES as readonly string[]).includes(name)) {
      const made = make(name as (typeof MODEL_NAMES)[number]);
      known.set(name, made);
      return made;
    }
    const help = REFUSED_NAMES.get(name);
    return help === undefined
      ? undefined
      : new Undefined(() => problems.templateUnsupported({ what: `dbt's \`${name}\``, help }));
  };
}

const NO_THIS = new Undefined(() =>
  problems.templateUndefined({ name: "this", help: "`this` is the model being built; here there is none." }),
);

function refTarget({ args, named }: Call): Parameters<RenderContext["ref"]>[0] {
  const versions = [...named].filter(([name]) => name === "v" || name === "version");
  const other = [...named.keys()].find((name) => name !== "v" && name !== "version");
  const wrong = (problem: string) =>
    problems.templateWrongArguments({
      name: "ref",
      problem,
      signature: "ref('model'), ref('project', 'model') or either with v=2",
    });
  if (other !== undefined) throw wrong(`takes no argument called ${other}`);
  if (versions.length > 1) throw wrong("takes v or version, not both");
  if (args.length < 1 || args.length > 2) throw wrong(`takes one or two names, but ${args.length} were given`);
  const [first, second] = args;
  const name = asString(second ?? first, "ref");
  const version = versions[0]?.[1];
  const target = second === undefined ? { name } : { project: asString(first, "ref"), name };
  if (version === undefined || version === null) return target;
  if (version instanceof Float) return { ...target, version: version.value };
  if (typeof version !== "string" && typeof version !== "number") throw wrong("takes a number or a string as version");
  return { ...target, version };
}

/** The context sees the default as plain data; when it hands the default back, the template gets its own value back. */
function withFallback(fallback: Optional, ask: (plain: { readonly value: unknown } | undefined) => unknown): Value {
  if (fallback === undefined) return fromPlain(ask(undefined));
  const plain = { value: toPlain(fallback) };
  const answer = ask(plain);
  return answer === plain.value ? fallback : fromPlain(answer);
}

function configModule(context: RenderContext): Module {
  const set = ({ args, named }: Call): Value => {
    const first = args[0];
    if (args.length > 1 || (args.length === 1 && !(first instanceof Dict))) {
      throw problems.templateWrongArguments({
        name: "config",
        problem: "takes names with values, or one dict",
        signature: "config(materialized='table', …)",
      });
    }
    const values = first instanceof Dict ? (toPlain(first) as Record<string, unknown>) : {};
    context.config({ ...values, ...Object.fromEntries([...named].map(([name, value]) => [name, toPlain(value)])) });
    return "";
  };
  const get = builtinFunction("config.get(name, default?)", (name, fallback) => {
    const value = context.configValue(asString(name, "config.get"));
    return value === undefined ? (fallback ?? null) : fromPlain(value);
  });
  const require = builtinFunction("config.require(name)", (name) => {
    const value = context.configValue(asString(name, "config.require"));
    if (value === undefined || value === null) {
      throw problems.templateRaised({
        message: `The configuration "${toText(name ?? null)}" is required, but this model does not set it.`,
      });
    }
    return fromPlain(value);
  });
  return new PartialModule(
    "config",
    [get, require],
    "Use `config(name=value)`, `config.get(name, default)` or `config.require(name)`.",
    set,
  );
}

function varModule(context: RenderContext): Module {
  const to = signature("var(name, default?)");
  const missing = {};
  const has = builtinFunction(
    "var.has_var(name)",
    (name) => context.variable(asString(name, "var.has_var"), { value: missing }) !== missing,
  );
  return new PartialModule("var", [has], "Use `var(name, default)` or `var.has_var(name)`.", (call) => {
    const [name, fallback] = bindArguments("var", to, call);
    return withFallback(fallback, (plain) => context.variable(asString(name, "var"), plain));
  });
}

function adapterModule(
  context: RenderContext,
  findMacro: (name: string, shared: boolean) => Callable | undefined,
): Module {
  const dispatch = builtinFunction("adapter.dispatch(macro_name, macro_namespace?)", (name) => {
    const wanted = asString(name, "adapter.dispatch");
    const warehouse = toText(fromPlain(context.target.type));
    const found = findMacro(`${warehouse}__${wanted}`, false) ?? findMacro(`default__${wanted}`, false);
    if (found) return found;
    throw problems.templateUndefined({
      name: `${warehouse}__${wanted}`,
      help: `adapter.dispatch looks for the macro ${warehouse}__${wanted}, then default__${wanted}; there is neither.`,
    });
  });
  return new PartialModule(
    "adapter",
    [dispatch],
    "Only `adapter.dispatch('macro')` is: models compile without a warehouse, so a template cannot ask it anything.",
  );
}

/** `mesh.<name>`: the shared macro, even where a project has one of the same name. */
class SharedMacros extends Module {
  readonly #find: (name: string) => Callable | undefined;

  constructor(find: (name: string) => Callable | undefined) {
    super("mesh", new Map());
    this.#find = find;
  }

  override attribute(name: string): Value | undefined {
    return this.#find(name);
  }
}
