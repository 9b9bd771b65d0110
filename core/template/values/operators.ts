// Owns truth, equality, order and membership, as Python has them.
import { problems } from "../../errors/index.ts";
import { Dict, PySet } from "./dict.ts";
import { iterate } from "./iterate.ts";
import { asNumeric, type Numeric, toFloat } from "./numeric.ts";
import { holdsToken, Relation, refuseToken } from "./relation.ts";
import { typeName } from "./type-name.ts";
import { Float, Markup, PyObject, Range, Tuple, Undefined, type Value, View } from "./value.ts";

export function isTrue(value: Value): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "string") return value !== "";
  if (value === null) return false;
  if (typeof value === "number" || typeof value === "bigint") return Boolean(value);
  if (value instanceof PyObject) {
    if (value instanceof Float) return value.value !== 0;
    if (value instanceof Dict || value instanceof PySet) return value.size > 0;
    if (value instanceof Range) return value.length > 0;
    if (value instanceof Markup) return value.text !== "";
    if (value instanceof Undefined) {
      if (!value.lenient) throw value.complain();
      return false;
    }
    return true;
  }
  return value.length > 0;
}

export function equals(left: Value, right: Value): boolean {
  if (left === right) {
    if (left instanceof Undefined) throw left.complain();
    return true;
  }
  if (left instanceof Undefined) throw left.complain();
  if (right instanceof Undefined) throw right.complain();
  if (left instanceof Markup) return equals(left.text, right);
  if (right instanceof Markup) return equals(left, right.text);
  if (typeof left === "string" && typeof right === "string") {
    if (holdsToken(left) !== holdsToken(right)) refuseToken(left + right, "Comparing");
    return false;
  }
  const a = asNumeric(left);
  const b = asNumeric(right);
  if (a !== undefined && b !== undefined) {
    if (a instanceof Float || b instanceof Float) {
      const [x, y] = [toFloat(a), toFloat(b)];
      return (
        x === y &&
        (Number.isSafeInteger(x) ||
          !Number.isInteger(x) ||
          (a instanceof Float && b instanceof Float) ||
          exactInt(a) === exactInt(b))
      );
    }
    return a === b;
  }
  if (left instanceof View || right instanceof View) {
    if (!(left instanceof View && right instanceof View)) return false;
    throw problems.templateWrongType({
      problem: "Views of dicts are not compared",
      help: "Compare `| list` or `| sort` of them.",
    });
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left instanceof Tuple !== right instanceof Tuple || left.length !== right.length) return false;
    return left.every((item: Value, i) => item === right[i] || equals(item, right[i] as Value));
  }
  if (left instanceof Dict && right instanceof Dict) {
    return (
      left.size === right.size &&
      left.entries().every(([key, item]) => {
        const other = right.get(key);
        return other !== undefined && (item === other || equals(item, other));
      })
    );
  }
  if (left instanceof PySet && right instanceof PySet)
    return left.size === right.size && [...iterate(left)].every((member) => right.has(member));
  if (left instanceof Relation && right instanceof Relation) return left.model === right.model;
  if (left instanceof Range && right instanceof Range) return equals([...left], [...right]);
  return false;
}

const exactInt = (value: Numeric): bigint => BigInt(value instanceof Float ? value.value : value);

/** Negative, zero or positive. Throws when Python could not order the two. */
export function compare(left: Value, right: Value, operator = "<"): number {
  if (left instanceof Undefined) throw left.complain();
  if (right instanceof Undefined) throw right.complain();
  if (typeof left === "string" && typeof right === "string") {
    return comparePoints(refuseToken(left, "Ordering"), refuseToken(right, "Ordering"));
  }
  const a = asNumeric(left);
  const b = asNumeric(right);
  if (a !== undefined && b !== undefined) {
    const [x, y] = [a instanceof Float ? a.value : a, b instanceof Float ? b.value : b];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (
    Array.isArray(left) &&
    Array.isArray(right) &&
    left instanceof Tuple === right instanceof Tuple &&
    !(left instanceof View || right instanceof View)
  ) {
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const [x, y] = [left[i] as Value, right[i] as Value];
      if (!equals(x, y)) return compare(x, y, operator);
    }
    return left.length - right.length;
  }
  throw problems.templateWrongType({
    problem: `A ${typeName(left)} and a ${typeName(right)} cannot be compared with ${operator}`,
  });
}

/** By code point, which differs from JavaScript's own order beyond the basic plane. */
function comparePoints(left: string, right: string): number {
  if (left === right) return 0;
  if (!/[\uD800-\uDFFF]/.test(left + right)) return left < right ? -1 : 1;
  const [a, b] = [Array.from(left), Array.from(right)];
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i]?.codePointAt(0) ?? 0) - (b[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function contains(container: Value, item: Value): boolean {
  if (item instanceof Undefined) throw item.complain();
  if (typeof container === "string") {
    if (typeof item !== "string")
      throw problems.templateWrongType({ problem: `"in" a string needs a string, not a ${typeName(item)}` });
    return refuseToken(container, "Searching").includes(refuseToken(item, "Searching"));
  }
  if (container instanceof Dict || container instanceof PySet) return container.has(item);
  for (const member of iterate(container, "in")) if (equals(member, item)) return true;
  return false;
}
