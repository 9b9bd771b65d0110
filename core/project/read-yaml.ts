// Owns reading YAML as plain data that remembers its places. YAML is data only: templates and environment places are refused.
import type { Location, MeshError } from "../errors/index.ts";
import { readPlain } from "./plain-yaml.ts";
import { YamlBuilder } from "./yaml-builder.ts";

export interface YamlFile {
  /** Plain JSON-safe data; undefined when the text could not be read, null when it is empty. */
  readonly value: unknown;
  readonly problems: readonly MeshError[];
  /** The place of a mapping or list of `value`; with a key, of that key (or list entry). Falls back to the nearest place known. */
  locate(container: unknown, key?: string | number): Location;
  /** The place of the value under a key. */
  locateValue(container: unknown, key: string | number): Location;
}

const yamlFile = (builder: YamlBuilder, value: unknown): YamlFile => ({
  value,
  problems: builder.problems,
  locate: (container, key) => builder.locate(container, key),
  locateValue: (container, key) => builder.locateValue(container, key),
});

/** Reads one YAML document. Never throws: what is wrong with the text is in `problems`. */
export async function readYaml(file: string, text: string): Promise<YamlFile> {
  const fast = new YamlBuilder(file, text);
  const plain = readPlain(fast);
  if (plain) return yamlFile(fast, plain.value);
  const { readWithLibrary } = await import("./library-yaml.ts");
  const builder = new YamlBuilder(file, text);
  return yamlFile(builder, readWithLibrary(builder));
}
