// Owns the methods of lists, tuples, dicts and sets, as Python has them.
import { problems } from "../../errors/index.ts";
import { asInt } from "./arguments.ts";
import { Dict, PySet } from "./dict.ts";
import { iterate } from "./iterate.ts";
import { methodTable } from "./method.ts";
import { compare, equals, isTrue } from "./operators.ts";
import { toText } from "./print.ts";
import { type MutableList, Tuple, type Value, View } from "./value.ts";

type Optional = Value | undefined;

function position(self: readonly Value[], value: Optional): number {
  const at = [...self].findIndex((item) => equals(item, value ?? null));
  if (at < 0)
    throw problems.templateWrongType({ problem: "The value is not in the list", help: "Test with `in` first." });
  return at;
}

const counting = (self: readonly Value[], value: Optional): number =>
  [...self].filter((item) => equals(item, value ?? null)).length;

export const tupleMethods = methodTable<readonly Value[]>({
  "count(value)": counting,
  "index(value)": position,
});

export const listMethods = methodTable<MutableList>({
  "append(value)": (self, value) => {
    self.push(value ?? null);
    return null;
  },
  "clear()": (self) => {
    self.length = 0;
    return null;
  },
  "copy()": (self) => [...self],
  "count(value)": counting,
  "extend(iterable)": (self, items) => {
    self.push(...[...iterate(items ?? null, ".extend()")]);
    return null;
  },
  "index(value)": position,
  "insert(index, value)": (self, at, value) => {
    self.splice(asInt(at, ".insert()"), 0, value ?? null);
    return null;
  },
  "pop(index?)": (self, at) => {
    const index =
      at === undefined ? self.length - 1 : asInt(at, ".pop()") + (asInt(at, ".pop()") < 0 ? self.length : 0);
    if (index < 0 || index >= self.length)
      throw problems.templateWrongType({ problem: ".pop() finds nothing at that place of the list" });
    return self.splice(index, 1)[0] ?? null;
  },
  "remove(value)": (self, value) => {
    self.splice(position(self, value), 1);
    return null;
  },
  "reverse()": (self) => {
    self.reverse();
    return null;
  },
  "sort(reverse?)": (self, reverse) => {
    const sign = reverse !== undefined && isTrue(reverse) ? -1 : 1;
    self.sort((a, b) => sign * compare(a, b));
    return null;
  },
});

function update(self: Dict, items: Optional): void {
  if (items === undefined || items === null) return;
  if (items instanceof Dict) for (const [key, value] of items.entries()) self.set(key, value);
  else {
    for (const pair of iterate(items, ".update()")) {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw problems.templateWrongType({ problem: ".update() needs a dict or pairs of key and value" });
      self.set(pair[0] as Value, pair[1] as Value);
    }
  }
}

export const dictMethods = methodTable<Dict>({
  "clear()": (self) => {
    self.clear();
    return null;
  },
  "copy()": (self) => Dict.from(self.entries()),
  "get(key, default?)": (self, key, fallback) =>
    self.get(key ?? null) ?? (self.has(key ?? null) ? null : (fallback ?? null)),
  "items()": (self) =>
    View.ofKind(
      "dict_items",
      self.entries().map((entry) => Tuple.make(entry)),
    ),
  "keys()": (self) => View.ofKind("dict_keys", self.keys()),
  "pop(key, default?)": (self, key, fallback) => {
    const value = self.get(key ?? null);
    if (value === undefined && fallback === undefined) throw missingKey(key);
    self.delete(key ?? null);
    return value === undefined ? (fallback ?? null) : value;
  },
  "popitem()": (self) => {
    const last = self.entries().at(-1);
    if (last === undefined) throw problems.templateWrongType({ problem: ".popitem() finds the dict empty" });
    self.delete(last[0]);
    return Tuple.make(last);
  },
  "setdefault(key, default?)": (self, key, fallback) => {
    if (!self.has(key ?? null)) self.set(key ?? null, fallback ?? null);
    return self.get(key ?? null) ?? null;
  },
  "values()": (self) => View.ofKind("dict_values", self.values()),
});

/** `.update()` also takes any keyword, so it is bound apart. */
export function updateDict(self: Dict, args: readonly Value[], named: ReadonlyMap<string, Value>): null {
  if (args.length > 1)
    throw problems.templateWrongArguments({ name: ".update()", problem: "takes one dict and keywords" });
  update(self, args[0]);
  for (const [key, value] of named) self.set(key, value);
  return null;
}

const missingKey = (key: Optional) =>
  problems.templateWrongType({ problem: `The dict has no key ${toText(key ?? null)}`, help: "Give .pop() a default." });

const others = (args: readonly Optional[]): readonly PySet[] =>
  args.map((arg) => new PySet(iterate(arg ?? null, "a set")));

export const setMethods = methodTable<PySet>({
  "add(value)": (self, value) => {
    self.add(value ?? null);
    return null;
  },
  "clear()": (self) => {
    self.clear();
    return null;
  },
  "copy()": (self) => new PySet(self),
  "difference(*others)": (self, ...args) =>
    new PySet([...iterate(self)].filter((item) => !others(args).some((other) => other.has(item)))),
  "discard(value)": (self, value) => {
    self.delete(value ?? null);
    return null;
  },
  "intersection(*others)": (self, ...args) =>
    new PySet([...iterate(self)].filter((item) => others(args).every((other) => other.has(item)))),
  "isdisjoint(other)": (self, other) => ![...iterate(other ?? null)].some((item) => self.has(item)),
  "issubset(other)": (self, other) => {
    const set = new PySet(iterate(other ?? null));
    return [...iterate(self)].every((item) => set.has(item));
  },
  "issuperset(other)": (self, other) => [...iterate(other ?? null)].every((item) => self.has(item)),
  "remove(value)": (self, value) => {
    if (!self.delete(value ?? null))
      throw problems.templateWrongType({ problem: "The value is not in the set", help: "`.discard()` does not mind." });
    return null;
  },
  "symmetric_difference(other)": (self, other) => {
    const set = new PySet(iterate(other ?? null));
    return new PySet([
      ...[...iterate(self)].filter((item) => !set.has(item)),
      ...[...iterate(set)].filter((item) => !self.has(item)),
    ]);
  },
  "union(*others)": (self, ...args) =>
    new PySet([...iterate(self), ...others(args).flatMap((other) => [...iterate(other)])]),
  "update(*others)": (self, ...args) => {
    for (const other of others(args)) for (const item of iterate(other)) self.add(item);
    return null;
  },
});
