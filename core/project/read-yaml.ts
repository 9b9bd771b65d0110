// Owns reading YAML as plain data that remembers its places. YAML is data only: templates and environment places are refused.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { type Location, type MeshError, problems } from "../errors/index.ts";

/** Offsets of a mapping's keys and values, or of a list's entries. */
interface Places {
  readonly start: number;
  readonly keys: Map<string | number, number>;
  readonly values: Map<string | number, number>;
}

export interface YamlFile {
  /** Plain JSON-safe data; undefined when the text could not be read, null when it is empty. */
  readonly value: unknown;
  readonly problems: readonly MeshError[];
  /** The place of a mapping or list of `value`; with a key, of that key (or list entry). Falls back to the nearest place known. */
  locate(container: unknown, key?: string | number): Location;
  /** The place of the value under a key. */
  locateValue(container: unknown, key: string | number): Location;
}

const TEMPLATE = /\{\{.*?(\}\}|$)|\{%.*?(%\}|$)/s;
const ENVIRONMENT = /\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}/;
/** More than this many values after aliases are followed is an attack or a mistake. */
const MAX_VALUES = 1_000_000;

class Reader {
  readonly problems: MeshError[] = [];
  readonly places = new WeakMap<object, Places>();
  readonly #lines = new LineCounter();
  readonly #file: string;
  readonly #text: string;
  #document: Document.Parsed | undefined;
  #values = 0;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  location(offset: number): Location {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line, column: col };
  }

  read(): unknown {
    const document = parseDocument(this.#text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false });
    this.#document = document;
    if (document.errors.length > 0) {
      const error = document.errors[0];
      const offset = error?.pos[0] ?? 0;
      const line = this.#text.split(/\r?\n/)[(this.location(offset).line ?? 1) - 1] ?? "";
      const template = TEMPLATE.exec(line);
      const reason =
        error?.code === "MULTIPLE_DOCS" ? "it holds more than one document." : `${error?.message.replace(/\.$/, "")}.`;
      this.problems.push(
        template
          ? problems.yamlTemplate({ text: template[0] }, { location: this.location(offset) })
          : problems.yamlSyntax({ reason }, { location: this.location(offset) }),
      );
      return undefined;
    }
    return this.#value(document.contents, undefined, false);
  }

  #value(node: Node | null, key: string | undefined, inConnection: boolean): unknown {
    if (++this.#values > MAX_VALUES) return null;
    if (isScalar(node)) return this.#scalar(node.value, node.source ?? "", node.range?.[0] ?? 0, key, inConnection);
    if (isMap(node)) return this.#map(node, inConnection);
    if (isSeq(node)) {
      const list: unknown[] = [];
      const places: Places = { start: node.range?.[0] ?? 0, keys: new Map(), values: new Map() };
      this.places.set(list, places);
      for (const [index, item] of node.items.entries()) {
        const child = item as Node | null;
        places.keys.set(index, child?.range?.[0] ?? places.start);
        list.push(this.#value(child, key, inConnection));
      }
      return list;
    }
    if (isAlias(node) && this.#document) {
      const target = node.resolve(this.#document);
      if (target === undefined) {
        this.problems.push(
          problems.yamlSyntax(
            { reason: `the anchor *${node.source} is not defined.` },
            { location: this.location(node.range?.[0] ?? 0) },
          ),
        );
        return null;
      }
      return this.#value(target, key, inConnection);
    }
    return null;
  }

  #map(node: YAMLMap, inConnection: boolean): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    const places: Places = { start: node.range?.[0] ?? 0, keys: new Map(), values: new Map() };
    this.places.set(out, places);
    for (const pair of node.items as Pair<Node | null, Node | null>[]) {
      const offset = pair.key?.range?.[0] ?? places.start;
      if (!isScalar(pair.key)) {
        const text = this.#text.slice(Math.max(0, offset - 1), offset + 60);
        const template = TEMPLATE.exec(text);
        const location = this.location(template ? Math.max(0, offset - 1) : offset);
        this.problems.push(
          template
            ? problems.yamlTemplate({ text: template[0] }, { location })
            : problems.yamlSyntax({ reason: "a key must be text." }, { location }),
        );
        continue;
      }
      const key = String(pair.key.value);
      if (key === "<<" && isAlias(pair.value)) {
        this.#merge(out, places, this.#value(pair.value, undefined, inConnection));
        continue;
      }
      const first = places.keys.get(key);
      if (first !== undefined && Object.hasOwn(out, key)) {
        this.problems.push(
          problems.yamlDuplicateKey(
            { key, firstLine: this.location(first).line ?? 0 },
            { location: this.location(offset) },
          ),
        );
        continue;
      }
      places.keys.set(key, offset);
      places.values.set(key, pair.value?.range?.[0] ?? offset);
      // Own property even for __proto__.
      const value = this.#value(pair.value, key, inConnection || key === "connection");
      Object.defineProperty(out, key, { value, enumerable: true, writable: true, configurable: true });
    }
    return out;
  }

  /** YAML's merge key: what the mapping has itself wins. */
  #merge(out: Record<string, unknown>, places: Places, merged: unknown): void {
    if (typeof merged !== "object" || merged === null || Array.isArray(merged)) return;
    const from = this.places.get(merged);
    for (const [key, value] of Object.entries(merged)) {
      if (Object.hasOwn(out, key)) continue;
      out[key] = value;
      places.keys.set(key, from?.keys.get(key) ?? places.start);
      places.values.set(key, from?.values.get(key) ?? places.start);
    }
  }

  #scalar(value: unknown, source: string, offset: number, key: string | undefined, inConnection: boolean): unknown {
    if (typeof value === "string") {
      if (key === "description" || (!value.includes("{") && !value.includes("$"))) return value;
      const template = TEMPLATE.exec(value);
      if (template)
        this.problems.push(problems.yamlTemplate({ text: template[0] }, { location: this.location(offset) }));
      const environment = inConnection ? null : ENVIRONMENT.exec(value);
      if (environment)
        this.problems.push(problems.yamlEnvironment({ text: environment[0] }, { location: this.location(offset) }));
      return value;
    }
    if (
      typeof value === "number" &&
      (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    ) {
      this.problems.push(problems.yamlNumberNotExact({ text: source }, { location: this.location(offset) }));
    }
    return value ?? null;
  }
}

/** Reads one YAML document. Never throws: what is wrong with the text is in `problems`. */
export function readYaml(file: string, text: string): YamlFile {
  const reader = new Reader(file, text);
  const value = reader.read();
  const placesOf = (container: unknown) =>
    typeof container === "object" && container !== null ? reader.places.get(container) : undefined;
  const locate = (container: unknown, key?: string | number): Location => {
    const places = placesOf(container);
    if (!places) return { file, line: 1, column: 1 };
    return reader.location(key === undefined ? places.start : (places.keys.get(key) ?? places.start));
  };
  const locateValue = (container: unknown, key: string | number): Location => {
    const places = placesOf(container);
    const offset = places?.values.get(key);
    return offset === undefined ? locate(container, key) : reader.location(offset);
  };
  return { value, problems: reader.problems, locate, locateValue };
}
