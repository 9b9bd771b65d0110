// Owns a loop's walk and its `loop` variable. Items are taken one ahead only when asked for, as Jinja2 does.
import { problems } from "../../errors/index.ts";
import { lengthOf } from "../values/iterate.ts";
import { equals } from "../values/operators.ts";
import { Callable, PyObject, Undefined, type Value } from "../values/value.ts";

const NAMES = [
  "index",
  "index0",
  "revindex",
  "revindex0",
  "first",
  "last",
  "length",
  "depth",
  "depth0",
  "previtem",
  "nextitem",
  "cycle",
  "changed",
];

export class Loop extends PyObject {
  readonly type = "loop";
  readonly #source: Value | undefined;
  #iterator: Iterator<Value>;
  #index0 = -1;
  #before: Value | undefined;
  #current: Value | undefined;
  #after: Value | undefined;
  #length: number | undefined;
  #lastChanged: readonly Value[] | undefined;

  /** `source` is what the length is read from; undefined when a filter leaves items out. */
  constructor(items: Iterable<Value>, source: Value | undefined) {
    super();
    this.#iterator = items[Symbol.iterator]();
    this.#source = source;
  }

  next(): Value | undefined {
    let item = this.#after;
    this.#after = undefined;
    if (item === undefined) item = this.#take();
    if (item === undefined) return undefined;
    this.#index0++;
    this.#before = this.#current;
    this.#current = item;
    return item;
  }

  #take(): Value | undefined {
    const step = this.#iterator.next();
    return step.done === true ? undefined : step.value;
  }

  #peek(): Value | undefined {
    if (this.#after === undefined) this.#after = this.#take();
    return this.#after;
  }

  #size(): number {
    if (this.#length !== undefined) return this.#length;
    const known = this.#source === undefined ? undefined : lengthOf(this.#source);
    if (known !== undefined) this.#length = known;
    else {
      const rest: Value[] = [];
      for (let item = this.#take(); item !== undefined; item = this.#take()) rest.push(item);
      this.#iterator = rest[Symbol.iterator]();
      this.#length = rest.length + this.#index0 + 1 + (this.#after === undefined ? 0 : 1);
    }
    return this.#length;
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case "index":
        return this.#index0 + 1;
      case "index0":
        return this.#index0;
      case "revindex":
        return this.#size() - this.#index0;
      case "revindex0":
        return this.#size() - this.#index0 - 1;
      case "first":
        return this.#index0 === 0;
      case "last":
        return this.#peek() === undefined;
      case "length":
        return this.#size();
      case "depth":
        return 1;
      case "depth0":
        return 0;
      case "previtem":
        return this.#index0 === 0 ? outside("previous") : this.#before;
      case "nextitem":
        return this.#peek() === undefined ? outside("next") : this.#peek();
      case "cycle":
        return new Callable("loop.cycle", ({ args }) => {
          if (args.length === 0)
            throw problems.templateWrongArguments({ name: "loop.cycle", problem: "needs at least one value" });
          return args[this.#index0 % args.length] ?? null;
        });
      case "changed":
        return new Callable("loop.changed", ({ args }) => {
          const same = this.#lastChanged !== undefined && equals(this.#lastChanged, [...args]);
          if (!same) this.#lastChanged = [...args];
          return !same;
        });
      default:
        return undefined;
    }
  }

  override attributeNames(): Iterable<string> {
    return NAMES;
  }
}

const outside = (which: string) =>
  new Undefined(() =>
    problems.templateWrongType({
      problem: `There is no ${which} item in this loop`,
      help: "Test `loop.first` or `loop.last` before.",
    }),
  );
