// Owns arithmetic, signs, repetition and joining, as Python has them.
import { problems } from "../../errors/index.ts";
import type { ArithmeticOperator } from "../syntax/tree.ts";
import { PySet } from "./dict.ts";
import { formatPercent } from "./format-percent.ts";
import { iterate } from "./iterate.ts";
import { asNumeric, type Numeric, toFloat, toInt } from "./numeric.ts";
import { toText } from "./print.ts";
import { typeName } from "./type-name.ts";
import { Float, Tuple, Undefined, type Value, View } from "./value.ts";

const MAX_LENGTH = 10_000_000;

export function arithmetic(operator: ArithmeticOperator, left: Value, right: Value): Value {
  if (left instanceof Undefined) throw left.complain();
  if (right instanceof Undefined) throw right.complain();
  if (operator === "%" && typeof left === "string") return formatPercent(left, right);
  const a = asNumeric(left);
  const b = asNumeric(right);
  if (a !== undefined && b !== undefined) return numeric(operator, a, b);
  if (operator === "+") {
    if (typeof left === "string" && typeof right === "string") return left + right;
    if (isSequence(left) && isSequence(right) && left instanceof Tuple === right instanceof Tuple) {
      return left instanceof Tuple ? Tuple.make([...left, ...right]) : [...left, ...right];
    }
  }
  if (operator === "*") {
    if (b !== undefined && !(b instanceof Float)) return repeat(left, Number(b)) ?? refuse(operator, left, right);
    if (a !== undefined && !(a instanceof Float)) return repeat(right, Number(a)) ?? refuse(operator, left, right);
  }
  if (left instanceof PySet && right instanceof PySet && operator === "-")
    return new PySet([...iterate(left)].filter((member) => !right.has(member)));
  return refuse(operator, left, right);
}

const isSequence = (value: Value): value is readonly Value[] => Array.isArray(value) && !(value instanceof View);

function refuse(operator: string, left: Value, right: Value): never {
  const help = operator === "+" ? "Join texts with `~`, which turns both sides into text." : undefined;
  throw problems.templateWrongType({
    problem: `"${operator}" does not work on a ${typeName(left)} and a ${typeName(right)}`,
    help,
  });
}

function repeat(value: Value, times: number): Value | undefined {
  const count = Math.max(0, times);
  if (typeof value === "string") {
    if (value.length * count > MAX_LENGTH)
      throw problems.templateLimit({ what: "a text of more than ten million characters" });
    return value.repeat(count);
  }
  if (!isSequence(value)) return undefined;
  if (value.length * count > MAX_LENGTH)
    throw problems.templateLimit({ what: "a list of more than ten million items" });
  const items = Array.from({ length: count }, () => [...value]).flat();
  return value instanceof Tuple ? Tuple.make(items) : items;
}

function numeric(operator: ArithmeticOperator, a: Numeric, b: Numeric): Value {
  const divides = operator === "/" || operator === "//" || operator === "%";
  if (divides && toFloat(b) === 0) throw problems.templateWrongType({ problem: "Division by zero" });
  if (a instanceof Float || b instanceof Float || operator === "/") {
    if (!(a instanceof Float || b instanceof Float)) for (const one of [a, b]) refuseRounded(one);
    return new Float(floats(operator, finite(toFloat(a), a), finite(toFloat(b), b)));
  }
  if (operator === "**") return power(a, b);
  if (typeof a === "number" && typeof b === "number") {
    const quick = smallInts(operator, a, b);
    if (Number.isSafeInteger(quick)) return quick === 0 ? 0 : quick;
  }
  return toInt(bigInts(operator, BigInt(a), BigInt(b)));
}

const overflow = () => problems.templateWrongType({ problem: "The result is too large for a float" });

function finite(float: number, from: Numeric): number {
  if (typeof from === "bigint" && !Number.isFinite(float)) throw overflow();
  return float;
}

/** Python divides large ints exactly and rounds once; going through floats would round twice. */
function refuseRounded(value: number | bigint): void {
  if (typeof value === "bigint" && BigInt(Number(value)) !== value) {
    throw problems.templateUnsupported({
      what: "Dividing ints beyond 2^53 with `/`",
      help: "Use `//`, which is exact.",
    });
  }
}

/** What is the same for every kind of number, as long as both sides are of one. */
function sumOrProduct<N extends number | bigint>(operator: ArithmeticOperator, a: N, b: N): N | undefined {
  // TypeScript knows no arithmetic on a type parameter.
  const [x, y] = [a as number, b as number];
  if (operator === "+") return (x + y) as N;
  if (operator === "-") return (x - y) as N;
  return operator === "*" ? ((x * y) as N) : undefined;
}

function smallInts(operator: ArithmeticOperator, a: number, b: number): number {
  if (operator === "%") return a - b * Math.floor(a / b);
  // Beyond 2^53 / b a quotient may round up; bigints are exact.
  return sumOrProduct(operator, a, b) ?? Number.NaN;
}

function bigInts(operator: ArithmeticOperator, a: bigint, b: bigint): bigint {
  const result = sumOrProduct(operator, a, b);
  if (result !== undefined) return result;
  const quotient = a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
  return operator === "//" ? quotient : a - quotient * b;
}

function power(a: number | bigint, b: number | bigint): Value {
  if (b < 0) {
    if (Number(a) === 0) throw problems.templateWrongType({ problem: "Zero has no negative power" });
    return new Float(floats("**", finite(Number(a), a), Number(b)));
  }
  if (Number(b) > 100_000) throw problems.templateLimit({ what: "a power beyond any use" });
  return toInt(BigInt(a) ** BigInt(b));
}

function floats(operator: ArithmeticOperator, x: number, y: number): number {
  switch (operator) {
    case "+":
    case "-":
    case "*":
      return sumOrProduct(operator, x, y) as number;
    case "/":
      return x / y;
    case "%": {
      const rest = x % y;
      if (rest === 0) return y < 0 ? -0 : 0;
      return rest < 0 !== y < 0 ? rest + y : rest;
    }
    case "//": {
      const rest = floats("%", x, y);
      const quotient = (x - rest) / y;
      const floor = Math.floor(quotient);
      return quotient - floor > 0.5 ? floor + 1 : quotient === 0 ? (x / y >= 0 ? 0 : -0) : floor;
    }
    case "**": {
      if (x === 0 && y < 0) throw problems.templateWrongType({ problem: "Zero has no negative power" });
      if (x < 0 && !Number.isInteger(y))
        throw problems.templateWrongType({ problem: "A negative number has no such power" });
      const result = x === 1 ? 1 : x ** y;
      if (!Number.isFinite(result) && Number.isFinite(x) && Number.isFinite(y)) throw overflow();
      return result;
    }
  }
}

export function negate(value: Value, negative: boolean): Value {
  if (value instanceof Undefined) throw value.complain();
  const number = asNumeric(value);
  if (number === undefined) throw problems.templateWrongType({ problem: `A ${typeName(value)} has no sign` });
  if (!negative) return number;
  if (number instanceof Float) return new Float(-number.value);
  return typeof number === "bigint" ? toInt(-number) : number === 0 ? 0 : -number;
}

export const concat = (parts: readonly Value[]): string => parts.map(toText).join("");
