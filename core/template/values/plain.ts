// Owns the border between template values and plain data: what variables and the target bring in, what `config()` takes out.
import { problems } from "../../errors/index.ts";
import { Dict, PySet } from "./dict.ts";
import { iterate } from "./iterate.ts";
import { toText } from "./print.ts";
import { Relation } from "./relation.ts";
import { typeName } from "./type-name.ts";
import { Float, Range, Undefined, type Value } from "./value.ts";

/** Plain data as template values. A whole number is an int: plain data does not tell 2.0 from 2. */
export function fromPlain(data: unknown): Value {
  if (data === null || data === undefined) return null;
  if (typeof data === "string" || typeof data === "boolean" || typeof data === "bigint") return data;
  if (typeof data === "number") return Number.isSafeInteger(data) ? (data === 0 ? 0 : data) : new Float(data);
  if (Array.isArray(data)) return data.map(fromPlain);
  if (data instanceof Date) return data.toISOString();
  if (typeof data === "object")
    return Dict.from(Object.entries(data).map(([key, value]) => [key, fromPlain(value)] as const));
  throw problems.templateWrongType({ problem: `A ${typeof data} cannot be given to a template` });
}

/** Template values as plain data: dicts become objects, tuples and sets arrays, floats numbers, relations their slot token. */
export function toPlain(value: Value): unknown {
  if (value instanceof Float) return value.value;
  if (typeof value === "bigint") {
    throw problems.templateWrongType({
      problem: `${value} is too large for a number in a configuration`,
      help: "Write it as a string.",
    });
  }
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Relation) return value.token;
  if (value instanceof Undefined) throw value.complain();
  if (value instanceof Dict)
    return Object.fromEntries(value.entries().map(([key, item]) => [toText(key), toPlain(item)]));
  if (Array.isArray(value) || value instanceof PySet || value instanceof Range) return [...iterate(value)].map(toPlain);
  throw problems.templateWrongType({
    problem: `A ${typeName(value)} cannot be used as data here`,
    help: "Use strings, numbers, lists and dicts.",
  });
}
