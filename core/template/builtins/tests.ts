// Owns the tests: what may stand behind `is`.
import { problems } from "../../errors/index.ts";
import { arithmetic } from "../values/arithmetic.ts";
import { Dict, PySet } from "../values/dict.ts";
import { asNumeric } from "../values/numeric.ts";
import { compare, contains, equals, isTrue } from "../values/operators.ts";
import { toText } from "../values/print.ts";
import { Relation, refuseToken } from "../values/relation.ts";
import { stringMethods } from "../values/string-methods.ts";
import { Callable, Float, Generator, Markup, Range, Undefined, type Value, View } from "../values/value.ts";
import { builtinTable } from "./registry.ts";

type Optional = Value | undefined;

const ordering = (operator: string, holds: (order: number) => boolean) => (value: Value, other: Optional) =>
  holds(compare(value, other ?? null, operator));
const equal = (value: Value, other: Optional) => equals(value, other ?? null);
const unequal = (value: Value, other: Optional) => !equals(value, other ?? null);
const less = ordering("<", (order) => order < 0);
const lessOrEqual = ordering("<=", (order) => order <= 0);
const greater = ordering(">", (order) => order > 0);
const greaterOrEqual = ordering(">=", (order) => order >= 0);

const cased = (value: Value, name: "islower" | "isupper") =>
  isTrue(stringMethods.get(name)?.run(refuseToken(toText(value), `is ${name}`)) ?? false);

const remainder = (value: Value, by: Value) => arithmetic("%", value, by);

const isSequence = (value: Value): boolean =>
  typeof value === "string" ||
  value instanceof Markup ||
  Array.isArray(value) ||
  value instanceof Dict ||
  value instanceof Range;

function checked(value: Value): Value {
  if (value instanceof Undefined) throw value.complain();
  // dbt's relations happen to be iterable; code that asks means a list.
  if (value instanceof Relation) {
    throw problems.templateUnsupported({
      what: "Asking whether a relation is iterable",
      help: "Ask `is string`, `is mapping` or `is none` instead.",
    });
  }
  return value;
}

export const tests = builtinTable<boolean>("test", {
  "boolean()": (value) => typeof value === "boolean",
  "callable()": (value) => {
    if (value instanceof Undefined) throw value.complain();
    return value instanceof Callable;
  },
  "defined()": (value) => !(value instanceof Undefined),
  "undefined()": (value) => value instanceof Undefined,
  "divisibleby(num)": (value, by) => equals(remainder(value, by ?? null), 0),
  "even()": (value) => equals(remainder(value, 2), 0),
  "odd()": (value) => equals(remainder(value, 2), 1),
  "false()": (value) => value === false,
  "true()": (value) => value === true,
  "float()": (value) => value instanceof Float,
  "integer()": (value) => typeof value === "number" || typeof value === "bigint",
  "number()": (value) => asNumeric(value) !== undefined,
  "string()": (value) => typeof value === "string" || value instanceof Markup,
  "mapping()": (value) => value instanceof Dict,
  "sequence()": (value) => isSequence(checked(value)) && !(value instanceof View),
  "iterable()": (value) => isSequence(checked(value)) || value instanceof PySet || value instanceof Generator,
  "none()": (value) => value === null,
  "lower()": (value) => cased(value, "islower"),
  "upper()": (value) => cased(value, "isupper"),
  "in(seq)": (value, container) => contains(container ?? null, value),
  "sameas(other)": (value, other) => {
    const simple = (one: Optional) =>
      one === null || typeof one === "boolean" || (typeof one === "object" && !(one instanceof Float));
    if (simple(value) && simple(other)) return value === other;
    throw problems.templateUnsupported({ what: "`is sameas` on numbers and strings", help: "Use `==`." });
  },
  "eq(other)": equal,
  "equalto(other)": equal,
  "==(other)": equal,
  "ne(other)": unequal,
  "!=(other)": unequal,
  "lt(other)": less,
  "lessthan(other)": less,
  "<(other)": less,
  "le(other)": lessOrEqual,
  "<=(other)": lessOrEqual,
  "gt(other)": greater,
  "greaterthan(other)": greater,
  ">(other)": greater,
  "ge(other)": greaterOrEqual,
  ">=(other)": greaterOrEqual,
});
