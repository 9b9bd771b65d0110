// Owns the table form of filters and tests: called with the value in front of the arguments.
import { bindArguments, type Signature, signature } from "../values/arguments.ts";
import type { Call, Value } from "../values/value.ts";

export interface Builtin<Result extends Value> {
  readonly run: (value: Value, call: Call) => Result;
}

export type Builtins<Result extends Value = Value> = ReadonlyMap<string, Builtin<Result>>;

/** Builds a table from `name(parameters)` to a function of the value and its bound arguments. */
export function builtinTable<Result extends Value = Value>(
  kind: string,
  table: Readonly<Record<string, (value: Value, ...args: (Value | undefined)[]) => Result>>,
): Builtins<Result> {
  return new Map(
    Object.entries(table).map(([text, run]) => {
      const name = text.slice(0, text.indexOf("("));
      const to: Signature = signature(text);
      return [name, { run: (value, call) => run(value, ...bindArguments(`The ${kind} ${name}`, to, call)) }];
    }),
  );
}
