// Owns what a template's value can be: Python's values. An int is a JavaScript number while it is safe and a bigint beyond,
// a float is a Float, a list is an array; everything else is a PyObject. JavaScript's own objects never get in.
import { type MeshError, problems } from "../../errors/index.ts";
import { closest } from "../../util/index.ts";

export type Value = null | boolean | number | bigint | string | readonly Value[] | PyObject;
export type MutableList = Value[];

export abstract class PyObject {
  /** Python's name of the type, for messages and `repr`. */
  abstract readonly type: string;

  /** The attribute, or undefined when there is none. */
  attribute(_name: string): Value | undefined {
    return undefined;
  }

  attributeNames(): Iterable<string> {
    return [];
  }
}

export class Float extends PyObject {
  readonly type = "float";
  readonly value: number;

  constructor(value: number) {
    super();
    this.value = value;
  }
}

export class Tuple extends Array<Value> {
  static make(items: Iterable<Value>): Tuple {
    const tuple = new Tuple();
    for (const item of items) tuple.push(item);
    return tuple;
  }
}

/** What `groupby` yields: a pair whose items also have names. */
export class Group extends Tuple {
  static pair(grouper: Value, list: Value): Group {
    const group = new Group();
    group.push(grouper, list);
    return group;
  }
}

/** `dict.keys()`, `.values()`, `.items()`: iterable and sized, but not indexable. */
export class View extends Array<Value> {
  kind = "dict_keys";

  static ofKind(kind: "dict_keys" | "dict_values" | "dict_items", items: Iterable<Value>): View {
    const view = new View();
    for (const item of items) view.push(item);
    view.kind = kind;
    return view;
  }
}

/** A one-shot iterator, as `map`, `select`, `zip` and `reversed` give. */
export class Generator extends PyObject {
  readonly type = "generator";
  readonly iterator: Iterator<Value>;

  constructor(iterable: Iterable<Value>) {
    super();
    this.iterator = iterable[Symbol.iterator]();
  }

  [Symbol.iterator](): Iterator<Value> {
    const { iterator } = this;
    // Leaving a loop early must not close it: what is left can still be read, as in Python.
    return { next: () => iterator.next() };
  }
}

export class Range extends PyObject {
  readonly type = "range";
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly length: number;

  constructor(start: number, stop: number, step: number) {
    super();
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.length = Math.max(0, Math.ceil((stop - start) / step));
  }

  *[Symbol.iterator](): Iterator<Value> {
    for (let i = 0; i < this.length; i++) yield this.start + i * this.step;
  }
}

/** A name, attribute or index that is not there. `lenient` is the missing `else` of an inline `if`, which prints as nothing. */
export class Undefined extends PyObject {
  readonly type = "undefined";
  readonly lenient: boolean;
  readonly #explain: () => MeshError;

  constructor(explain: () => MeshError, lenient = false) {
    super();
    this.#explain = explain;
    this.lenient = lenient;
  }

  complain(): MeshError {
    return this.#explain();
  }

  /** `what` is said in the message, `name` is compared with the candidates. */
  static attributeOf(type: string, what: string, name = "", candidates: () => Iterable<string> = () => []): Undefined {
    return new Undefined(() =>
      problems.templateUndefinedAttribute({ type, attribute: what, near: closest(name, candidates()) }),
    );
  }
}

/**
 * What `tojson` and `safe` give: Jinja2's marked text, which escapes whatever it is later added to. It prints, joins and
 * compares as text; operations that would escape are refused.
 */
export class Markup extends PyObject {
  readonly type = "marked text";
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }
}

export interface Call {
  readonly args: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

/** A function, method or macro. */
export class Callable extends PyObject {
  readonly type: string = "function";
  readonly name: string;
  readonly call: (call: Call) => Value;

  constructor(name: string, call: (call: Call) => Value) {
    super();
    this.name = name;
    this.call = call;
  }
}

/** A callable with attributes, such as `config`, or a plain bag of functions, such as `exceptions`. */
export class Module extends Callable {
  override readonly type = "object";
  readonly attributes: ReadonlyMap<string, Value>;

  constructor(name: string, attributes: ReadonlyMap<string, Value>, call?: (call: Call) => Value) {
    super(
      name,
      call ??
        (() => {
          throw problems.templateWrongType({
            problem: `${name} is not a function`,
            help: `Use one of: ${[...attributes.keys()].map((key) => `${name}.${key}`).join(", ")}.`,
          });
        }),
    );
    this.attributes = attributes;
  }

  override attribute(name: string): Value | undefined {
    return this.attributes.get(name);
  }

  override attributeNames(): Iterable<string> {
    return this.attributes.keys();
  }
}

/** `namespace()`: the one object whose attributes `set` can change. */
export class Namespace extends PyObject {
  readonly type = "namespace";
  readonly attributes: Map<string, Value>;

  constructor(attributes: Map<string, Value>) {
    super();
    this.attributes = attributes;
  }

  override attribute(name: string): Value | undefined {
    return this.attributes.get(name);
  }

  override attributeNames(): Iterable<string> {
    return this.attributes.keys();
  }
}
