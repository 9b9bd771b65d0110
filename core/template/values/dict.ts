// Owns Python's dict and set: insertion order, and keys that are equal when Python says so (1, 1.0 and True are one key).
import { problems } from "../../errors/index.ts";
import { Relation } from "./relation.ts";
import { typeName } from "./type-name.ts";
import { Float, PyObject, Tuple, Undefined, type Value } from "./value.ts";

type HashKey = string | number | bigint | null | object;

/** What a key is compared by. Throws for values Python cannot hash. */
export function hashKey(value: Value): HashKey {
  if (typeof value === "string" || value === null) return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (value instanceof Float) return value.value;
  if (value instanceof Tuple) return `\0tuple:${[...value].map(memberKey).join("\0")}`;
  if (value instanceof Relation) return `\0relation:${value.model}`;
  if (value instanceof Undefined) throw value.complain();
  if (value instanceof PyObject && !(value instanceof Dict || value instanceof PySet)) return value;
  throw problems.templateWrongType({
    problem: `A ${typeName(value)} cannot be the key of a dict or a member of a set`,
    help: "Use a string, a number or a tuple.",
  });
}

function memberKey(value: Value): string {
  const key = hashKey(value);
  if (typeof key === "object" && key !== null)
    throw problems.templateWrongType({ problem: `A tuple holding a ${typeName(value)} cannot be a key` });
  return `${typeof key} ${typeof key === "string" ? key.length : ""} ${String(key)}`;
}

export class Dict extends PyObject {
  readonly type = "dict";
  readonly #entries = new Map<HashKey, [Value, Value]>();

  static from(entries: Iterable<readonly [Value, Value]>): Dict {
    const dict = new Dict();
    for (const [key, value] of entries) dict.set(key, value);
    return dict;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(hashKey(key))?.[1];
  }

  has(key: Value): boolean {
    return this.#entries.has(hashKey(key));
  }

  set(key: Value, value: Value): void {
    const hash = hashKey(key);
    const entry = this.#entries.get(hash);
    if (entry) entry[1] = value;
    else this.#entries.set(hash, [key, value]);
  }

  delete(key: Value): boolean {
    return this.#entries.delete(hashKey(key));
  }

  clear(): void {
    this.#entries.clear();
  }

  entries(): readonly (readonly [Value, Value])[] {
    return [...this.#entries.values()];
  }

  keys(): readonly Value[] {
    return this.entries().map(([key]) => key);
  }

  values(): readonly Value[] {
    return this.entries().map(([, value]) => value);
  }
}

export class PySet extends PyObject {
  readonly type = "set";
  readonly #members = new Map<HashKey, Value>();

  constructor(members: Iterable<Value> = []) {
    super();
    for (const member of members) this.add(member);
  }

  get size(): number {
    return this.#members.size;
  }

  has(value: Value): boolean {
    return this.#members.has(hashKey(value));
  }

  add(value: Value): void {
    const hash = hashKey(value);
    if (!this.#members.has(hash)) this.#members.set(hash, value);
  }

  delete(value: Value): boolean {
    return this.#members.delete(hashKey(value));
  }

  clear(): void {
    this.#members.clear();
  }

  [Symbol.iterator](): Iterator<Value> {
    return [...this.#members.values()][Symbol.iterator]();
  }
}
