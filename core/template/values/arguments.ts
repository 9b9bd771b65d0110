// Owns binding the arguments of a call to the parameters of a built-in function, and reading them as the type it needs.
import { problems } from "../../errors/index.ts";
import { typeName } from "./type-name.ts";
import { type Call, Float, Undefined, type Value } from "./value.ts";

export interface Signature {
  readonly text: string;
  readonly names: readonly string[];
  readonly required: number;
  /** Further positional arguments are accepted and follow the bound ones. */
  readonly rest: boolean;
}

const known = new Map<string, Signature>();

/** Reads `name(a, b?, *rest)`. The texts are our own, so what was read once is kept. */
export function signature(text: string): Signature {
  const found = known.get(text) ?? readSignature(text);
  known.set(text, found);
  return found;
}

function readSignature(text: string): Signature {
  const inside = text.slice(text.indexOf("(") + 1, -1);
  const parts = inside === "" ? [] : inside.split(",").map((part) => part.trim());
  const names = parts.filter((part) => !part.startsWith("*"));
  return {
    text: text.replaceAll(/(\w+)\?/g, "[$1]"),
    names: names.map((name) => name.replace("?", "")),
    required: names.filter((name) => !name.endsWith("?")).length,
    rest: parts.some((part) => part.startsWith("*")),
  };
}

/** One entry a parameter, undefined where nothing was given, then what `*rest` took. */
export function bindArguments(name: string, to: Signature, { args, named }: Call): (Value | undefined)[] {
  const wrong = (problem: string) => problems.templateWrongArguments({ name, problem, signature: to.text });
  if (args.length > to.names.length && !to.rest) {
    throw wrong(
      `takes ${to.names.length === 0 ? "no arguments" : `at most ${to.names.length}`}, but ${args.length} were given`,
    );
  }
  if (named.size === 0 && args.length >= to.required)
    return args.length >= to.names.length ? [...args] : [...args, ...Array<undefined>(to.names.length - args.length)];
  const bound: (Value | undefined)[] = to.names.map((_, i) => args[i]);
  for (const [key, value] of named) {
    const i = to.names.indexOf(key);
    if (i < 0) throw wrong(`takes no argument called ${key}`);
    if (bound[i] !== undefined) throw wrong(`is given ${key} twice`);
    bound[i] = value;
  }
  for (let i = 0; i < to.required; i++) if (bound[i] === undefined) throw wrong(`needs the argument ${to.names[i]}`);
  return [...bound, ...args.slice(to.names.length)];
}

export function asString(value: Value | undefined, what: string): string {
  if (typeof value === "string") return value;
  throw wrongType(value, what, "a string");
}

export function asInt(value: Value | undefined, what: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  throw wrongType(value, what, "an int");
}

export function asNumber(value: Value | undefined, what: string): number {
  if (value instanceof Float) return value.value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  throw wrongType(value, what, "a number");
}

function wrongType(value: Value | undefined, what: string, wanted: string) {
  if (value instanceof Undefined) return value.complain();
  return problems.templateWrongType({
    problem: `${what} needs ${wanted}, not a ${value === undefined ? "missing value" : typeName(value)}`,
  });
}
