// Owns reading any YAML with the yaml package, the reference for what a text means.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { problems } from "../errors/index.ts";
import { type Standing, standingUnder, TOP, templateIn, type YamlBuilder } from "./yaml-builder.ts";

/** More values than this, aliases followed, is an attack or a mistake. */
const MAX_VALUES = 1_000_000;

/** The file's value; undefined with a problem added when it is not YAML. */
export function readWithLibrary(builder: YamlBuilder): unknown {
  const document = parseDocument(builder.text, { prettyErrors: false, uniqueKeys: false });
  const [error] = document.errors;
  if (!error) return new Converter(builder, document).value(document.contents, TOP);
  const location = builder.location(error.pos[0]);
  const line = builder.text.split(/\r?\n/)[(location.line ?? 1) - 1] ?? "";
  const template = templateIn(line);
  const reason =
    error.code === "MULTIPLE_DOCS"
      ? "it holds more than one document."
      : `${error.message.replace(/\.$/, "").replace(/(["'])quote$/, "$1")}.`;
  builder.problems.push(
    template === undefined
      ? problems.yamlSyntax({ reason }, { location })
      : problems.yamlTemplate({ text: template }, { location }),
  );
  return undefined;
}

const offsetOf = (node: Node | null, otherwise: number): number => node?.range?.[0] ?? otherwise;

class Converter {
  readonly #builder: YamlBuilder;
  readonly #document: Document.Parsed;
  #values = 0;

  constructor(builder: YamlBuilder, document: Document.Parsed) {
    this.#builder = builder;
    this.#document = document;
  }

  value(node: Node | null, standing: Standing): unknown {
    if (++this.#values > MAX_VALUES) {
      if (this.#values === MAX_VALUES + 1)
        this.#refuse(`it holds more than ${MAX_VALUES} values once its aliases are followed.`, offsetOf(node, 0));
      return null;
    }
    if (isMap(node)) return this.#map(node, standing);
    if (isSeq(node)) {
      const start = offsetOf(node, 0);
      const list = this.#builder.list(start);
      for (const item of node.items as (Node | null)[])
        this.#builder.push(list, offsetOf(item, start), this.value(item, standing));
      return list;
    }
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target !== undefined) return this.value(target, standing);
      this.#refuse(`the anchor *${node.source} is not defined before this place.`, offsetOf(node, 0));
      return null;
    }
    if (!isScalar(node)) return null;
    const offset = offsetOf(node, 0);
    if (typeof node.value === "string") return this.#builder.string(node.value, offset, standing);
    if (typeof node.value === "number") return this.#builder.number(node.value, node.source ?? "", offset);
    return node.value ?? null;
  }

  #map(node: YAMLMap, standing: Standing): Record<string, unknown> {
    const builder = this.#builder;
    const map = builder.map(offsetOf(node, 0));
    const merged: unknown[] = [];
    for (const pair of node.items as Pair<Node | null, Node | null>[]) {
      const offset = offsetOf(pair.key, offsetOf(node, 0));
      if (!isScalar(pair.key)) {
        this.#refuseKey(offset);
        continue;
      }
      const key = String(pair.key.value);
      const under = standingUnder(standing, key);
      if (key === "<<" && isAlias(pair.value)) merged.push(this.value(pair.value, standing));
      else
        builder.put(
          map,
          key,
          offset,
          isScalar(pair.value) && pair.value.value === null ? offset : offsetOf(pair.value, offset),
          this.value(pair.value, under),
        );
    }
    // After the mapping's own keys, which win.
    for (const from of merged) builder.merge(map, from);
    return map;
  }

  /** `name: {{ x }}` is a mapping whose key is a mapping: nobody means that. */
  #refuseKey(offset: number): void {
    const start = Math.max(0, offset - 1);
    const template = templateIn(this.#builder.text.slice(start, offset + 60));
    if (template === undefined) this.#refuse("a key must be text.", offset);
    else
      this.#builder.problems.push(
        problems.yamlTemplate({ text: template }, { location: this.#builder.location(start) }),
      );
  }

  #refuse(reason: string, offset: number): void {
    this.#builder.problems.push(problems.yamlSyntax({ reason }, { location: this.#builder.location(offset) }));
  }
}
