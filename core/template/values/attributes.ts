// Owns `value.name`, `value[key]` and `value[a:b]`. Only Python's own attributes exist: nothing of JavaScript can be reached.
import { problems } from "../../errors/index.ts";
import { dictMethods, listMethods, setMethods, tupleMethods, updateDict } from "./collection-methods.ts";
import { Dict, PySet } from "./dict.ts";
import { formatFields } from "./format-spec.ts";
import { points } from "./iterate.ts";
import { boundMethod, type Methods } from "./method.ts";
import { repr } from "./print.ts";
import { Relation, refuseToken } from "./relation.ts";
import { stringMethods, UNSUPPORTED_STRING_METHODS } from "./string-methods.ts";
import { typeName } from "./type-name.ts";
import { Callable, Float, Group, PyObject, Range, Tuple, Undefined, type Value, View } from "./value.ts";

const UNSUPPORTED: ReadonlySet<string> = new Set([
  ...UNSUPPORTED_STRING_METHODS,
  ...[
    "as_integer_ratio",
    "bit_length",
    "conjugate",
    "denominator",
    "hex",
    "imag",
    "is_integer",
    "numerator",
    "real",
    "to_bytes",
  ],
  ...["difference_update", "fromkeys", "intersection_update", "isdisjoint", "mapping", "symmetric_difference_update"],
]);

function methodsOf(value: Value): Methods<never> | undefined {
  if (typeof value === "string") return stringMethods as Methods<never>;
  if (value instanceof View) return undefined;
  if (value instanceof Tuple) return tupleMethods as Methods<never>;
  if (Array.isArray(value)) return listMethods as Methods<never>;
  if (value instanceof Dict) return dictMethods as Methods<never>;
  return value instanceof PySet ? (setMethods as Methods<never>) : undefined;
}

function ownAttribute(value: Value, name: string): Value | undefined {
  if (typeof value === "string" && name === "format")
    return new Callable(".format()", (call) => formatFields(value, call));
  if (value instanceof Dict && name === "update")
    return new Callable(".update()", ({ args, named }) => updateDict(value, args, named));
  const methods = methodsOf(value);
  if (methods) {
    const method = methods.get(name);
    if (method) return boundMethod(value as never, name, method);
    if (value instanceof Group) return name === "grouper" ? value[0] : name === "list" ? value[1] : undefined;
  }
  return value instanceof PyObject ? value.attribute(name) : undefined;
}

function attributeNames(value: Value): readonly string[] {
  if (value instanceof PyObject && !(value instanceof Dict || value instanceof PySet))
    return [...value.attributeNames()];
  const keys = value instanceof Dict ? value.keys().filter((key) => typeof key === "string") : [];
  return [...keys, ...(methodsOf(value)?.keys() ?? [])];
}

/** `value.name`: an attribute first, then a key. A missing one is undefined, which may still be asked about with `is defined`. */
export function getAttribute(value: Value, name: string): Value {
  if (value instanceof Undefined) throw value.complain();
  const own = ownAttribute(value, name);
  if (own !== undefined) return own;
  if (value instanceof Dict) {
    const item = value.get(name);
    if (item !== undefined) return item;
  }
  return missing(value, name, `attribute ${name}`);
}

function missing(value: Value, name: string, what: string): Undefined {
  if (name.startsWith("__") || name === "constructor" || name === "prototype") {
    throw problems.templateUnsupported({
      what: `The attribute "${name}"`,
      help: "Templates reach the values they are given and nothing behind them.",
    });
  }
  if (UNSUPPORTED.has(name) && !(value instanceof Dict)) {
    throw problems.templateUnsupported({
      what: `\`.${name}\` of a ${typeName(value)}`,
      help: "docs/templates.md lists the methods.",
    });
  }
  return Undefined.attributeOf(typeName(value), what, name, () => attributeNames(value));
}

/** `value[key]`: a key or index first, then an attribute of that name. */
export function getItem(value: Value, key: Value): Value {
  if (value instanceof Undefined) throw value.complain();
  if (key instanceof Undefined) throw key.complain();
  if (value instanceof Dict) {
    const item = value.get(key);
    if (item !== undefined) return item;
  } else if (typeof key === "number" || typeof key === "boolean") {
    const item = itemAt(value, Number(key));
    if (item !== undefined) return item;
  }
  if (typeof key === "string") {
    const own = ownAttribute(value, key);
    if (own !== undefined) return own;
    return missing(value, key, `${value instanceof Dict ? "key" : "item"} "${key}"`);
  }
  return Undefined.attributeOf(
    typeName(value),
    `item ${key instanceof Float || key === null || typeof key === "number" ? repr(key) : `at this ${typeName(key)}`}`,
  );
}

function itemAt(value: Value, index: number): Value | undefined {
  const items = sequence(value);
  if (items === undefined) return undefined;
  return items[index < 0 ? items.length + index : index];
}

function sequence(value: Value): string | readonly Value[] | undefined {
  if (typeof value === "string") return points(refuseToken(value, "Taking a character"));
  if (value instanceof View) return undefined;
  if (Array.isArray(value)) return value;
  return value instanceof Range ? [...value] : undefined;
}

/** `value[start:stop:step]`. */
export function getSlice(value: Value, bounds: readonly (Value | undefined)[]): Value {
  if (value instanceof Undefined) throw value.complain();
  const items = sequence(value);
  if (items === undefined || value instanceof Relation) {
    throw problems.templateWrongType({ problem: `A ${typeName(value)} cannot be sliced`, help: "Use `| list` first." });
  }
  const [start, stop, stepGiven] = bounds.map((bound) => {
    if (bound instanceof Undefined) throw bound.complain();
    if (bound === undefined || bound === null || typeof bound === "number") return bound ?? undefined;
    if (typeof bound === "boolean") return Number(bound);
    throw problems.templateWrongType({ problem: `A slice needs ints, not a ${typeName(bound)}` });
  });
  const step = stepGiven ?? 1;
  if (step === 0) throw problems.templateWrongType({ problem: "The step of a slice cannot be zero" });
  const { length } = items;
  const clamp = (bound: number, low: number, high: number) =>
    Math.min(Math.max(bound < 0 ? bound + length : bound, low), high);
  const picked: Value[] = [];
  if (step > 0) {
    const end = stop === undefined ? length : clamp(stop, 0, length);
    for (let i = start === undefined ? 0 : clamp(start, 0, length); i < end; i += step) picked.push(items[i] as Value);
  } else {
    const end = stop === undefined ? -1 : clamp(stop, -1, length - 1);
    for (let i = start === undefined ? length - 1 : clamp(start, -1, length - 1); i > end; i += step)
      picked.push(items[i] as Value);
  }
  if (typeof value === "string") return picked.join("");
  return value instanceof Tuple ? Tuple.make(picked) : picked;
}
