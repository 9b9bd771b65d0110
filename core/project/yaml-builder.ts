// Owns the plain data a YAML file becomes, with the place of every key, and what is refused in it whoever parsed it.
import { type Location, type MeshError, problems } from "../errors/index.ts";

/** Offsets in the text. Of a mapping: triples of key, key's offset, value's offset; of a list: one offset an entry. */
interface Places {
  readonly start: number;
  readonly keys: (string | number)[];
  readonly items: number[];
}

/** Where a value stands: decides what may be in it. */
export interface Standing {
  /** The key it is the value of, or that its list is the value of. */
  readonly key: string | undefined;
  readonly inConnection: boolean;
}

export const TOP: Standing = { key: undefined, inConnection: false };
const TEMPLATE = /\{\{.*?(\}\}|$)|\{%.*?(%\}|$)/s;
const ENVIRONMENT = /\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}/;

/** The first template expression of a text. */
export const templateIn = (text: string): string | undefined => TEMPLATE.exec(text)?.[0];

export const standingUnder = (standing: Standing, key: string): Standing => ({
  key,
  inConnection: standing.inConnection || key === "connection",
});

export class YamlBuilder {
  readonly problems: MeshError[] = [];
  readonly file: string;
  readonly text: string;
  readonly #places = new WeakMap<object, Places>();
  #lineStarts: number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  location(offset: number): Location {
    this.#lineStarts ??= [0, ...Array.from(this.text.matchAll(/\n/g), (match) => match.index + 1)];
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }

  map(start: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    this.#places.set(map, { start, keys: [], items: [] });
    return map;
  }

  list(start: number): unknown[] {
    const list: unknown[] = [];
    this.#places.set(list, { start, keys: [], items: [] });
    return list;
  }

  push(list: unknown[], offset: number, value: unknown): void {
    list.push(value);
    this.#places.get(list)?.items.push(offset);
  }

  /** Adds a key, unless the mapping has it already, which is a problem. `value` comes after the check so that a lost value is not read. */
  put(map: Record<string, unknown>, key: string, keyOffset: number, valueOffset: number, value: unknown): void {
    if (Object.hasOwn(map, key)) {
      const firstLine = this.locate(map, key).line ?? 0;
      this.problems.push(problems.yamlDuplicateKey({ key, firstLine }, { location: this.location(keyOffset) }));
      return;
    }
    if (key === "__proto__")
      Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
    else map[key] = value;
    this.#places.get(map)?.keys.push(key, keyOffset, valueOffset);
  }

  /** YAML's merge key: what the mapping has itself wins. */
  merge(map: Record<string, unknown>, from: unknown): void {
    if (typeof from !== "object" || from === null || Array.isArray(from)) return;
    for (const [key, value] of Object.entries(from)) {
      if (!Object.hasOwn(map, key)) this.put(map, key, this.#offset(from, key, 1), this.#offset(from, key, 2), value);
    }
  }

  /** Checks a text that stands where `standing` says. */
  string(value: string, offset: number, standing: Standing): string {
    if (standing.key === "description" || (!value.includes("{") && !value.includes("$"))) return value;
    const template = templateIn(value);
    if (template !== undefined)
      this.problems.push(problems.yamlTemplate({ text: template }, { location: this.location(offset) }));
    const environment = standing.inConnection ? undefined : ENVIRONMENT.exec(value)?.[0];
    if (environment !== undefined)
      this.problems.push(problems.yamlEnvironment({ text: environment }, { location: this.location(offset) }));
    return value;
  }

  number(value: number, source: string, offset: number): number {
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
      this.problems.push(problems.yamlNumberNotExact({ text: source }, { location: this.location(offset) }));
    }
    return value;
  }

  /** The place of a mapping or list, or of a key or entry in it; falls back to the nearest place known. */
  locate(container: unknown, key?: string | number): Location {
    return this.location(this.#offset(container, key, 1));
  }

  /** The place of the value under a key. */
  locateValue(container: unknown, key: string | number): Location {
    return this.location(this.#offset(container, key, 2));
  }

  #offset(container: unknown, key: string | number | undefined, part: 1 | 2): number {
    const places = typeof container === "object" && container !== null ? this.#places.get(container) : undefined;
    if (!places) return 0;
    if (typeof key === "number") return places.items[key] ?? places.start;
    for (let i = 0; i < places.keys.length; i += 3) if (places.keys[i] === key) return Number(places.keys[i + part]);
    return places.start;
  }
}
