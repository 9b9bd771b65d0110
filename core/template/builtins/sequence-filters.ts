// Owns the filters that work on items: choosing, ordering, grouping, cutting, joining.
import { problems } from "../../errors/index.ts";
import { asInt, asString } from "../values/arguments.ts";
import { arithmetic } from "../values/arithmetic.ts";
import { getItem } from "../values/attributes.ts";
import { Dict, hashKey } from "../values/dict.ts";
import { iterate, lengthOf, points } from "../values/iterate.ts";
import { compare, equals, isTrue } from "../values/operators.ts";
import { toText } from "../values/print.ts";
import { refuseToken } from "../values/relation.ts";
import { typeName } from "../values/type-name.ts";
import { Generator, Group, PyObject, Tuple, Undefined, type Value } from "../values/value.ts";
import { builtinTable } from "./registry.ts";

type Optional = Value | undefined;

const given = (value: Optional): Value | undefined => (value === null ? undefined : value);
const flag = (value: Optional): boolean => value !== undefined && isTrue(value);

/** Jinja2's attribute paths: `a.b.0`, or an int. */
export function attributeGetter(path: Optional, fallback?: Value): (item: Value) => Value {
  if (path === undefined || path === null) return (item) => item;
  const parts: Value[] =
    typeof path === "string"
      ? path.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part))
      : [asInt(path, "attribute")];
  return (item) => {
    const value = parts.reduce<Value>(
      (at, part) => (at instanceof Undefined && fallback !== undefined ? at : getItem(at, part)),
      item,
    );
    return value instanceof Undefined && fallback !== undefined ? fallback : value;
  };
}

const ignoreCase = (sensitive: Optional) => (value: Value) =>
  typeof value === "string" && !flag(sensitive) ? refuseToken(value, "Ordering").toLowerCase() : value;

function sorted(items: Iterable<Value>, key: (item: Value) => Value, reverse: boolean): Value[] {
  const sign = reverse ? -1 : 1;
  const keyed = [...items].map((item) => [key(item), item] as const);
  // One item is never compared, so an undefined key would pass unseen.
  for (const [one] of keyed) if (one instanceof Undefined) throw one.complain();
  return keyed.sort(([a], [b]) => sign * compare(a, b)).map(([, item]) => item);
}

/** Several attributes: `sort(attribute='a,b')`. */
function sortKey(attribute: Optional, sensitive: Optional): (item: Value) => Value {
  const fold = ignoreCase(sensitive);
  if (typeof attribute !== "string" || !attribute.includes(",")) {
    const get = attributeGetter(attribute);
    return (item) => fold(get(item));
  }
  const getters = attribute.split(",").map((part) => attributeGetter(part));
  return (item) => getters.map((get) => fold(get(item)));
}

function extreme(value: Value, sensitive: Optional, attribute: Optional, sign: number): Value {
  const fold = ignoreCase(sensitive);
  const get = attributeGetter(attribute);
  let best: { readonly item: Value; readonly key: Value } | undefined;
  for (const item of iterate(value, "min and max")) {
    const key = fold(get(item));
    if (best === undefined || sign * compare(key, best.key) < 0) best = { item, key };
  }
  return best ? best.item : nothing("No aggregated item, sequence was empty.");
}

const nothing = (problem: string) =>
  new Undefined(() => problems.templateWrongType({ problem: problem.replace(/\.$/, "") }));

function* unique(value: Value, sensitive: Optional, attribute: Optional): Generator2 {
  const fold = ignoreCase(sensitive);
  const get = attributeGetter(attribute);
  const seen = new Set<unknown>();
  for (const item of iterate(value, "unique")) {
    const key = hashKey(fold(get(item)));
    if (!seen.has(key)) {
      seen.add(key);
      yield item;
    }
  }
}

type Generator2 = globalThis.Generator<Value, void>;

function* batches(value: Value, size: number, fill: Optional): Generator2 {
  let batch: Value[] = [];
  for (const item of iterate(value, "batch")) {
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
    batch.push(item);
  }
  if (batch.length === 0) return;
  if (fill !== undefined) while (batch.length < size) batch.push(fill);
  yield batch;
}

function* slices(value: Value, count: number, fill: Optional): Generator2 {
  const items = [...iterate(value, "slice")];
  const size = Math.floor(items.length / count);
  const larger = items.length % count;
  let at = 0;
  for (let i = 0; i < count; i++) {
    const end = at + size + (i < larger ? 1 : 0);
    const part = items.slice(at, end);
    at = end;
    if (fill !== undefined && i >= larger) part.push(fill);
    yield part;
  }
}

function groups(value: Value, attribute: Optional, fallback: Optional, sensitive: Optional): Value {
  const get = attributeGetter(attribute, fallback);
  const fold = ignoreCase(sensitive);
  const out: Group[] = [];
  let last: Value | undefined;
  for (const item of sorted(iterate(value, "groupby"), (one) => fold(get(one)), false)) {
    const key = fold(get(item));
    const current = out.at(-1);
    if (current === undefined || last === undefined || !equals(last, key)) out.push(Group.pair(get(item), [item]));
    else (current[1] as Value[]).push(item);
    last = key;
  }
  return out;
}

function lengthFilter(value: Value): Value {
  const length = lengthOf(value);
  if (length === undefined) {
    throw problems.templateWrongType({
      problem: `A ${typeName(value)} has no length`,
      help: "Use `| list | length` for an iterator.",
    });
  }
  return length;
}

function reversed(value: Value): Value {
  if (typeof value === "string") return [...points(refuseToken(value, "Reversing"))].reverse().join("");
  return new Generator([...iterate(value, "reverse")].reverse());
}

const dictItems = (value: Value): Value => {
  if (value instanceof Undefined && value.lenient) return new Generator([]);
  if (value instanceof Undefined) throw value.complain();
  if (!(value instanceof Dict))
    throw problems.templateWrongType({ problem: `The filter items needs a dict, not a ${typeName(value)}` });
  return new Generator(value.entries().map((entry) => Tuple.make(entry)));
};

export const sequenceFilters = builtinTable("filter", {
  "batch(linecount, fill_with?)": (value, size, fill) =>
    new Generator(batches(value, asInt(size, "batch"), given(fill))),
  "slice(slices, fill_with?)": (value, count, fill) => new Generator(slices(value, asInt(count, "slice"), given(fill))),
  "dictsort(case_sensitive?, by?, reverse?)": (value, sensitive, by, reverse) => {
    if (!(value instanceof Dict))
      throw problems.templateWrongType({ problem: `The filter dictsort needs a dict, not a ${typeName(value)}` });
    const place = by === undefined || by === "key" ? 0 : by === "value" ? 1 : undefined;
    if (place === undefined)
      throw problems.templateWrongArguments({ name: "The filter dictsort", problem: 'takes "key" or "value" for by' });
    const fold = ignoreCase(sensitive);
    return sorted(
      value.entries().map((entry) => Tuple.make(entry)),
      (entry) => fold((entry as Tuple)[place] as Value),
      flag(reverse),
    );
  },
  "first()": (value) => {
    for (const item of iterate(value, "first")) return item;
    return nothing("No first item, sequence was empty.");
  },
  "last()": (value) => {
    if (value instanceof Generator)
      throw problems.templateWrongType({ problem: "An iterator has no last item", help: "Use `| list | last`." });
    return (
      [...iterate(value, "last")].at(-1) ?? (lengthOf(value) ? null : nothing("No last item, sequence was empty."))
    );
  },
  "groupby(attribute, default?, case_sensitive?)": groups,
  "items()": dictItems,
  "join(d?, attribute?)": (value, by, attribute) =>
    [...iterate(value, "join")]
      .map(attributeGetter(attribute))
      .map(toText)
      .join(by === undefined ? "" : toText(by)),
  "length()": lengthFilter,
  "count()": lengthFilter,
  "list()": (value) => [...iterate(value, "list")],
  "max(case_sensitive?, attribute?)": (value, sensitive, attribute) => extreme(value, sensitive, attribute, -1),
  "min(case_sensitive?, attribute?)": (value, sensitive, attribute) => extreme(value, sensitive, attribute, 1),
  "reverse()": reversed,
  "sort(reverse?, case_sensitive?, attribute?)": (value, reverse, sensitive, attribute) =>
    sorted(iterate(value, "sort"), sortKey(attribute, sensitive), flag(reverse)),
  "sum(attribute?, start?)": (value, attribute, start) =>
    [...iterate(value, "sum")]
      .map(attributeGetter(attribute))
      .reduce<Value>((total, item) => arithmetic("+", total, item), start === undefined ? 0 : start),
  "unique(case_sensitive?, attribute?)": (value, sensitive, attribute) =>
    new Generator(unique(value, sensitive, attribute)),
  "attr(name)": (value, name) => {
    const key = asString(name, "attr");
    const attribute = value instanceof PyObject && !(value instanceof Dict) ? value.attribute(key) : undefined;
    if (attribute === undefined)
      throw problems.templateUnsupported({
        what: `The filter attr on a ${typeName(value)}`,
        help: "Write `value.name`.",
      });
    return attribute;
  },
});
