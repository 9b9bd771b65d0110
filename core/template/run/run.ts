// Owns the state of one rendering: where it is, what it has called, and its limits.
import { type Location, problems } from "../../errors/index.ts";
import { closest } from "../../util/index.ts";
import { Undefined, type Value } from "../values/value.ts";

/** A file being rendered: a template or a file of macros. */
export interface Unit {
  readonly path: string;
  readonly text: string;
  /** Offset of each line's first character. */
  readonly lineStarts: readonly number[];
}

export function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Line and column, from 1, of an offset. */
export function placeOf(lineStarts: readonly number[], at: number): { readonly line: number; readonly column: number } {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lineStarts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: at - (lineStarts[low] ?? 0) + 1 };
}

/** Variables of one block; a name not here is looked up outwards. */
export class Scope {
  readonly parent: Scope | undefined;
  readonly values = new Map<string, Value>();

  constructor(parent: Scope | undefined) {
    this.parent = parent;
  }
}

interface OpenCall {
  readonly macro: string;
  readonly unit: Unit;
  readonly at: number;
}

const MAX_DEPTH = 200;
const MAX_ITERATIONS = 5_000_000;

export class Run {
  unit: Unit;
  /** Offset in `unit` of what is being evaluated; errors are reported there. */
  at = 0;
  readonly calls: OpenCall[] = [];
  /** `path:macro` of every library macro called. */
  readonly macros = new Set<string>();
  /** Ids of the models whose relations were given out. */
  readonly relations = new Set<string>();
  global: (name: string) => Value | undefined = () => undefined;
  globalNames: () => Iterable<string> = () => [];
  #iterations = 0;

  constructor(unit: Unit) {
    this.unit = unit;
  }

  locate(unit: Unit, at: number): Location {
    return { file: unit.path, ...placeOf(unit.lineStarts, at) };
  }

  enter(macro: string, unit: Unit): OpenCall {
    const call = { macro, unit: this.unit, at: this.at };
    if (this.calls.length >= MAX_DEPTH)
      throw problems.templateLimit({ what: `macros called each other ${MAX_DEPTH} deep, last "${macro}"` });
    this.calls.push(call);
    this.unit = unit;
    return call;
  }

  /** Only on success: after an error, `unit` and `at` still say where it happened. */
  leave(call: OpenCall): void {
    this.calls.length = this.calls.indexOf(call);
    this.unit = call.unit;
    this.at = call.at;
  }

  countIteration(): void {
    if (++this.#iterations > MAX_ITERATIONS)
      throw problems.templateLimit({ what: "loops went round more than five million times" });
  }

  lookup(scope: Scope, name: string): Value {
    for (let at: Scope | undefined = scope; at; at = at.parent) {
      const value = at.values.get(name);
      if (value !== undefined) return value;
    }
    const value = this.global(name);
    return value === undefined ? this.#undefinedName(scope, name) : value;
  }

  #undefinedName(scope: Scope, name: string): Undefined {
    return new Undefined(() => {
      const names: string[] = [];
      for (let at: Scope | undefined = scope; at; at = at.parent) names.push(...at.values.keys());
      const near = closest(name, [...names, ...this.globalNames()]);
      return problems.templateUndefined({ name, near, help: name === "null" ? "Jinja's word is `none`." : undefined });
    });
  }
}

/** Thrown by `return(value)`, caught where the macro was called. */
export class ReturnSignal {
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }
}

const MAX_TEXT = 50_000_000;

/** Text as it is put together. With `map`, each stretch remembers its place in the template. */
export class Output {
  text = "";
  readonly map: number[] | undefined;

  constructor(map?: number[]) {
    this.map = map;
  }

  /** Text that stands in the template as it is. */
  literal(text: string, at: number, unit: Unit): void {
    if (this.map) this.#mark(at, unit, this.text.length);
    this.#add(text);
  }

  /** Text that an expression made: all of it comes from the expression's place. */
  computed(text: string, at: number, unit: Unit): void {
    if (this.map) this.#mark(at, unit, this.text.length, true);
    this.#add(text);
  }

  #add(text: string): void {
    this.text += text;
    if (this.text.length > MAX_TEXT)
      throw problems.templateLimit({ what: "the text grew past fifty million characters" });
  }

  /** `CompiledSql.map` tells what a negative line means. */
  #mark(at: number, unit: Unit, offset: number, computed = false): void {
    const { line, column } = placeOf(unit.lineStarts, at);
    this.map?.push(offset, computed ? -line : line, column);
  }
}
