// Owns going through a value's items as a Python loop does.
import { problems } from "../../errors/index.ts";
import { Dict, PySet } from "./dict.ts";
import { refuseToken } from "./relation.ts";
import { typeName } from "./type-name.ts";
import { Generator, Range, Undefined, type Value } from "./value.ts";

const LONE_PARTS = /[\uD800-\uDFFF]/;

/** The characters of a text as Python counts them: code points. */
export function points(text: string): string | readonly string[] {
  return LONE_PARTS.test(text) ? Array.from(text) : text;
}

/** Throws when the value cannot be gone through. `doing` is for the message. */
export function iterate(value: Value, doing = "a loop"): Iterable<Value> {
  if (Array.isArray(value)) return value;
  if (value instanceof Range || value instanceof Generator || value instanceof PySet) return value;
  if (value instanceof Dict) return value.keys();
  if (typeof value === "string") return refuseToken(value, "Going through the characters");
  if (value instanceof Undefined) {
    if (value.lenient) return [];
    throw value.complain();
  }
  throw problems.templateWrongType({
    problem: `A ${typeName(value)} has no items to go through, which ${doing} needs`,
    help: "Give it a list.",
  });
}

/** `len(value)`, or undefined when the value has none. */
export function lengthOf(value: Value): number | undefined {
  if (typeof value === "string") return points(refuseToken(value, "Counting the characters")).length;
  if (Array.isArray(value)) return value.length;
  if (value instanceof Dict || value instanceof PySet) return value.size;
  if (value instanceof Range) return value.length;
  if (value instanceof Undefined) {
    if (value.lenient) return 0;
    throw value.complain();
  }
  return undefined;
}
