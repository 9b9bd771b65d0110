// Owns the functions that need nothing of the model: range, dict, namespace, set, zip, JSON, cycler, joiner, exceptions.
import { problems } from "../../errors/index.ts";
import { ReturnSignal } from "../run/run.ts";
import { asInt, asString, bindArguments, signature } from "../values/arguments.ts";
import { updateDict } from "../values/collection-methods.ts";
import { Dict, PySet } from "../values/dict.ts";
import { iterate } from "../values/iterate.ts";
import { fromJson, toJson } from "../values/json.ts";
import { isTrue } from "../values/operators.ts";
import { toText } from "../values/print.ts";
import { refuseToken } from "../values/relation.ts";
import { Callable, Generator, Module, Namespace, Range, Tuple, type Value } from "../values/value.ts";

type Optional = Value | undefined;

/** A function from `name(parameters)`. */
export function builtinFunction(text: string, run: (...args: Optional[]) => Value): Callable {
  const name = text.slice(0, text.indexOf("("));
  const to = signature(text);
  return new Callable(name, (call) => run(...bindArguments(name, to, call)));
}

/** A bag of functions whose other names are refused with a reason instead of being undefined. */
export class PartialModule extends Module {
  readonly #help: string;

  constructor(name: string, functions: readonly Callable[], help: string, call?: Callable["call"]) {
    super(name, new Map(functions.map((one) => [one.name.slice(one.name.lastIndexOf(".") + 1), one])), call);
    this.#help = help;
  }

  override attribute(name: string): Value | undefined {
    const value = this.attributes.get(name);
    if (value === undefined && !name.startsWith("__"))
      throw problems.templateUnsupported({ what: `\`${this.name}.${name}\``, help: this.#help });
    return value;
  }
}

function makeNamespace(args: readonly Value[], named: ReadonlyMap<string, Value>): Namespace {
  const dict = makeDict("namespace", args, named);
  return new Namespace(new Map(dict.entries().map(([key, value]) => [toText(key), value])));
}

function makeDict(name: string, args: readonly Value[], named: ReadonlyMap<string, Value>): Dict {
  if (args.length > 1)
    throw problems.templateWrongArguments({
      name,
      problem: `takes at most one dict, but ${args.length} values were given`,
    });
  const dict = new Dict();
  if (args.length > 0) updateDict(dict, args, new Map());
  for (const [key, value] of named) dict.set(key, value);
  return dict;
}

const MAX_RANGE = 1_000_000;

function makeRange(first: Optional, second: Optional, third: Optional): Range {
  const [start, stop] =
    second === undefined ? [0, asInt(first, "range")] : [asInt(first, "range"), asInt(second, "range")];
  const step = third === undefined ? 1 : asInt(third, "range");
  if (step === 0) throw problems.templateWrongArguments({ name: "range", problem: "needs a step other than 0" });
  const range = new Range(start, stop, step);
  if (range.length > MAX_RANGE) throw problems.templateLimit({ what: "a range of more than a million numbers" });
  return range;
}

function* zipped(lists: readonly Value[]): globalThis.Generator<Value, void> {
  const iterators = lists.map((list) => iterate(list, "zip")[Symbol.iterator]());
  if (iterators.length === 0) return;
  for (;;) {
    const items: Value[] = [];
    for (const iterator of iterators) {
      const step = iterator.next();
      if (step.done) return;
      items.push(step.value);
    }
    yield Tuple.make(items);
  }
}

function parseJson(text: Optional, fallback: Optional): Value {
  try {
    return fromJson(refuseToken(asString(text, "fromjson"), "Reading JSON"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (fallback !== undefined) return fallback;
    throw problems.templateWrongType({
      problem: `fromjson was given text that is not JSON: ${error.message}`,
      help: "Correct the text, or give a default as the second argument.",
    });
  }
}

function makeCycler(items: readonly Value[]): Module {
  if (items.length === 0)
    throw problems.templateWrongArguments({ name: "cycler", problem: "needs at least one value" });
  let at = 0;
  const current = () => items[at] ?? null;
  const next = () => {
    const value = current();
    at = (at + 1) % items.length;
    return value;
  };
  const reset = () => {
    at = 0;
    return null;
  };
  class Cycler extends Module {
    override attribute(name: string): Value | undefined {
      return name === "current" ? current() : super.attribute(name);
    }
  }
  return new Cycler(
    "cycler",
    new Map([
      ["next", builtinFunction("next()", next)],
      ["reset", builtinFunction("reset()", reset)],
    ]),
  );
}

function makeJoiner(by: Optional): Callable {
  let used = false;
  return builtinFunction("joiner()", () => {
    if (used) return by === undefined ? ", " : by;
    used = true;
    return "";
  });
}

const exceptions = new PartialModule(
  "exceptions",
  [
    builtinFunction("exceptions.raise_compiler_error(msg)", (message) => {
      throw problems.templateRaised({ message: toText(message ?? null) });
    }),
  ],
  "Only `exceptions.raise_compiler_error(message)` is; a warning nobody has to read is left out.",
);

/** Every one of them may be shared between renderings: none keeps anything. */
export const GLOBALS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["execute", true],
  ["exceptions", exceptions],
  ["log", builtinFunction("log(msg, info?)", () => "")],
  ["print", builtinFunction("print(msg)", () => "")],
  [
    "return",
    builtinFunction("return(data?)", (value) => {
      throw new ReturnSignal(value ?? null);
    }),
  ],
  ["range", builtinFunction("range(start, stop?, step?)", makeRange)],
  ["dict", new Callable("dict", ({ args, named }) => makeDict("dict", args, named))],
  ["namespace", new Callable("namespace", ({ args, named }) => makeNamespace(args, named))],
  [
    "set",
    builtinFunction("set(value?, default?)", (value) => new PySet(value === undefined ? [] : iterate(value, "set"))),
  ],
  ["zip", builtinFunction("zip(*lists)", (...lists) => new Generator(zipped(lists.map((list) => list ?? null))))],
  [
    "tojson",
    builtinFunction("tojson(value, default?, sort_keys?)", (value, _default, sort) =>
      toJson(value ?? null, { sort: sort !== undefined && isTrue(sort) }),
    ),
  ],
  ["fromjson", builtinFunction("fromjson(string, default?)", parseJson)],
  ["cycler", new Callable("cycler", ({ args }) => makeCycler(args))],
  ["joiner", builtinFunction("joiner(sep?)", makeJoiner)],
]);
