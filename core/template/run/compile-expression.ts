// Owns turning an expression's tree into a function. Unknown filters and tests are refused here, whether reached or not.
import { problems } from "../../errors/index.ts";
import { closest } from "../../util/index.ts";
import { filters, REFUSED_FILTERS, REFUSED_TESTS } from "../builtins/filters.ts";
import { tests } from "../builtins/tests.ts";
import { SyntaxFault, unsupportedFault } from "../syntax/syntax-fault.ts";
import type { Arguments, Comparison, Expression } from "../syntax/tree.ts";
import { arithmetic, concat, negate } from "../values/arithmetic.ts";
import { getAttribute, getItem, getSlice } from "../values/attributes.ts";
import { Dict } from "../values/dict.ts";
import { iterate } from "../values/iterate.ts";
import { compare, contains, equals, isTrue } from "../values/operators.ts";
import { toText } from "../values/print.ts";
import { typeName } from "../values/type-name.ts";
import { type Call, Callable, Float, Tuple, Undefined, type Value } from "../values/value.ts";
import type { Run, Scope } from "./run.ts";

export type Evaluate = (run: Run, scope: Scope) => Value;
/** Compiles the body of a `captured` expression; given by the compiler of statements. */
export type CompileCapture = (expression: Extract<Expression, { kind: "captured" }>) => Evaluate;

const NO_NAMES: ReadonlyMap<string, Value> = new Map();

export function compileExpression(expression: Expression, capture: CompileCapture): Evaluate {
  const compile = (one: Expression) => compileExpression(one, capture);
  const { at } = expression;
  switch (expression.kind) {
    case "constant": {
      const { value } = expression;
      return () => value;
    }
    case "float": {
      const value = new Float(expression.value);
      return () => value;
    }
    case "name": {
      const { name } = expression;
      return (run, scope) => {
        run.at = at;
        return run.lookup(scope, name);
      };
    }
    case "list": {
      const items = expression.items.map(compile);
      return (run, scope) => items.map((item) => item(run, scope));
    }
    case "tuple": {
      const items = expression.items.map(compile);
      return (run, scope) => Tuple.make(items.map((item) => item(run, scope)));
    }
    case "dict": {
      const entries = expression.entries.map(([key, value]) => [compile(key), compile(value)] as const);
      return (run, scope) => {
        const dict = new Dict();
        for (const [key, value] of entries) dict.set(key(run, scope), value(run, scope));
        return dict;
      };
    }
    case "attribute": {
      const object = compile(expression.object);
      const { name } = expression;
      return (run, scope) => {
        const value = object(run, scope);
        run.at = at;
        return getAttribute(value, name);
      };
    }
    case "item": {
      const object = compile(expression.object);
      const index = compile(expression.index);
      return (run, scope) => {
        const value = object(run, scope);
        const key = index(run, scope);
        run.at = at;
        return getItem(value, key);
      };
    }
    case "slice": {
      const object = compile(expression.object);
      const bounds = expression.bounds.map((bound) => (bound === undefined ? undefined : compile(bound)));
      return (run, scope) => {
        const value = object(run, scope);
        const given = bounds.map((bound) => bound?.(run, scope));
        run.at = at;
        return getSlice(value, given);
      };
    }
    case "call": {
      const callee = compile(expression.callee);
      const bind = compileArguments(expression.args, compile);
      return (run, scope) => {
        const target = callee(run, scope);
        const call = bind(run, scope);
        run.at = at;
        return callValue(target, call);
      };
    }
    case "filter": {
      const filter = filters.get(expression.name);
      if (!filter) throw unknownName(expression.name, at, "filter", REFUSED_FILTERS, filters.keys());
      return compileBuiltin(expression, filter.run, compile);
    }
    case "test": {
      const test = tests.get(expression.name);
      if (!test) throw unknownName(expression.name, at, "test", REFUSED_TESTS, tests.keys());
      return compileBuiltin(expression, test.run, compile);
    }
    case "conditional": {
      const test = compile(expression.test);
      const whenTrue = compile(expression.whenTrue);
      const otherwise = expression.otherwise === undefined ? undefined : compile(expression.otherwise);
      return (run, scope) => {
        const condition = test(run, scope);
        run.at = at;
        if (isTrue(condition)) return whenTrue(run, scope);
        return otherwise === undefined ? NO_ELSE : otherwise(run, scope);
      };
    }
    case "and":
    case "or": {
      const left = compile(expression.left);
      const right = compile(expression.right);
      const stopsAt = expression.kind === "or";
      return (run, scope) => {
        const value = left(run, scope);
        run.at = at;
        return isTrue(value) === stopsAt ? value : right(run, scope);
      };
    }
    case "not": {
      const value = compile(expression.value);
      return (run, scope) => {
        const result = value(run, scope);
        run.at = at;
        return !isTrue(result);
      };
    }
    case "compare":
      return compileComparison(compile(expression.first), expression.rest, compile);
    case "arithmetic": {
      const left = compile(expression.left);
      const right = compile(expression.right);
      const { operator } = expression;
      return (run, scope) => {
        const a = left(run, scope);
        const b = right(run, scope);
        run.at = at;
        return arithmetic(operator, a, b);
      };
    }
    case "concat": {
      const parts = expression.parts.map(compile);
      return (run, scope) => {
        const values = parts.map((part) => part(run, scope));
        run.at = at;
        return concat(values);
      };
    }
    case "sign": {
      const value = compile(expression.value);
      const { negative } = expression;
      return (run, scope) => {
        const number = value(run, scope);
        run.at = at;
        return negate(number, negative);
      };
    }
    case "captured":
      return capture(expression);
  }
}

const NO_ELSE = new Undefined(
  () =>
    problems.templateWrongType({
      problem: "An inline `if` without `else` has no value here, because its condition is false",
      help: "Add an `else`.",
    }),
  true,
);

export function callValue(target: Value, call: Call): Value {
  if (target instanceof Callable) return target.call(call);
  if (target instanceof Undefined) throw target.complain();
  throw problems.templateWrongType({
    problem: `A ${typeName(target)} cannot be called`,
    help: "Only macros, functions and methods are called.",
  });
}

function unknownName(
  name: string,
  at: number,
  kind: "filter" | "test",
  refused: Readonly<Record<string, string>>,
  known: Iterable<string>,
): SyntaxFault {
  const help = Object.hasOwn(refused, name) ? refused[name] : undefined;
  if (help !== undefined) return unsupportedFault(`The ${kind} ${name}`, at, help);
  const near = closest(name, known);
  return new SyntaxFault(
    kind === "filter" ? problems.templateUnknownFilter({ name, near }) : problems.templateUnknownTest({ name, near }),
    at,
  );
}

function compileBuiltin(
  { value, args, at }: Extract<Expression, { kind: "filter" | "test" }>,
  run: (value: Value, call: Call) => Value,
  compile: (expression: Expression) => Evaluate,
): Evaluate {
  const subject = compile(value);
  const bind = compileArguments(args, compile);
  return (state, scope) => {
    const given = subject(state, scope);
    const call = bind(state, scope);
    state.at = at;
    return run(given, call);
  };
}

export function compileArguments(
  args: Arguments,
  compile: (expression: Expression) => Evaluate,
): (run: Run, scope: Scope) => Call {
  const positional = args.positional.map(compile);
  const named = args.named.map(([name, value]) => [name, compile(value)] as const);
  const splat = args.splat && compile(args.splat);
  const namedSplat = args.namedSplat && compile(args.namedSplat);
  const isPlain = splat === undefined && namedSplat === undefined;
  return (run, scope) => {
    const values = positional.map((value) => value(run, scope));
    if (isPlain && named.length === 0) return { args: values, named: NO_NAMES };
    const names = new Map(named.map(([name, value]) => [name, value(run, scope)]));
    if (splat) values.push(...iterate(splat(run, scope), "*"));
    if (namedSplat) {
      const dict = namedSplat(run, scope);
      if (!(dict instanceof Dict))
        throw problems.templateWrongType({ problem: `** needs a dict, not a ${typeName(dict)}` });
      for (const [key, value] of dict.entries()) {
        if (names.has(toText(key)))
          throw problems.templateWrongArguments({ name: "A call", problem: `is given ${toText(key)} twice` });
        names.set(toText(key), value);
      }
    }
    return { args: values, named: names };
  };
}

function compileComparison(
  first: Evaluate,
  rest: readonly Comparison[],
  compile: (expression: Expression) => Evaluate,
): Evaluate {
  const steps = rest.map(({ operator, at, right }) => ({ operator, at, right: compile(right) }));
  return (run, scope) => {
    let left = first(run, scope);
    for (const { operator, at, right } of steps) {
      const value = right(run, scope);
      run.at = at;
      if (!holds(operator, left, value)) return false;
      left = value;
    }
    return true;
  };
}

function holds(operator: Comparison["operator"], left: Value, right: Value): boolean {
  switch (operator) {
    case "==":
      return equals(left, right);
    case "!=":
      return !equals(left, right);
    case "in":
      return contains(right, left);
    case "not in":
      return !contains(right, left);
    case "<":
      return compare(left, right, operator) < 0;
    case "<=":
      return compare(left, right, operator) <= 0;
    case ">":
      return compare(left, right, operator) > 0;
    case ">=":
      return compare(left, right, operator) >= 0;
  }
}
