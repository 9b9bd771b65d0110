// Owns Python's name of a value's type, for messages.
import { PyObject, Tuple, type Value, View } from "./value.ts";

export function typeName(value: Value): string {
  if (value === null) return "none";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number" || typeof value === "bigint") return "int";
  if (typeof value === "string") return "string";
  if (value instanceof View) return value.kind;
  if (value instanceof Tuple) return "tuple";
  return value instanceof PyObject ? value.type : "list";
}
