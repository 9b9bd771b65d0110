// Owns the table form of methods: a signature and a function of the value and its bound arguments.
import { bindArguments, type Signature, signature } from "./arguments.ts";
import { Callable, type Value } from "./value.ts";

export type Given = readonly (Value | undefined)[];

export interface Method<Self> {
  readonly signature: Signature;
  readonly run: (self: Self, ...args: (Value | undefined)[]) => Value;
}

export type Methods<Self> = ReadonlyMap<string, Method<Self>>;

/** Builds a method table from `name(parameters)` to function. */
export function methodTable<Self>(table: Readonly<Record<string, Method<Self>["run"]>>): Methods<Self> {
  return new Map(
    Object.entries(table).map(([text, run]) => [text.slice(0, text.indexOf("(")), { signature: signature(text), run }]),
  );
}

export function boundMethod<Self>(self: Self, name: string, method: Method<Self>): Callable {
  return new Callable(`.${name}()`, (call) => method.run(self, ...bindArguments(`.${name}()`, method.signature, call)));
}
