// Owns turning what a schema finds wrong with a YAML file into coded errors with their places.
import type { z } from "zod";
import { describePath, type Path, type SchemaProblem, schemaProblems } from "../config/index.ts";
import { type Location, type MeshError, problems } from "../errors/index.ts";
import type { YamlFile } from "./read-yaml.ts";

function containerOf(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path)
    value = typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[key] : undefined;
  return value;
}

/** The place of what a path leads to: of its key or list entry, or of its value. */
function placeOf(yaml: YamlFile, root: unknown, path: Path, part: "key" | "value"): Location {
  const key = path.at(-1);
  const container = containerOf(root, path.slice(0, -1));
  if (key === undefined) return yaml.locate(root);
  return part === "key" ? yaml.locate(container, key) : yaml.locateValue(container, key);
}

/** The coded error of one problem. `root` is the checked value, `prefix` where it stands in the file, for the message. */
export function yamlProblem(yaml: YamlFile, root: unknown, problem: SchemaProblem, prefix = ""): MeshError {
  const inner = describePath(problem.path, root);
  const place = [prefix, inner].filter((part) => part !== "").join(".") || "the file";
  switch (problem.kind) {
    case "unknown-key": {
      const location = yaml.locate(containerOf(root, problem.path), problem.key);
      return problems.yamlUnknownKey(
        { key: problem.key, place, near: problem.near, known: problem.known },
        { location },
      );
    }
    case "missing-key": {
      const location = placeOf(yaml, root, problem.path, "key");
      const subject = place === "the file" ? "The file" : place;
      return problems.yamlMissingKey({ key: problem.key, place: subject, expected: problem.expected }, { location });
    }
    case "wrong-type": {
      const { expected, got } = problem;
      return problems.yamlWrongType(
        { place: place === "the file" ? "The file" : place, expected, got },
        { location: placeOf(yaml, root, problem.path, "value") },
      );
    }
    case "wrong-value": {
      const { expected, got, near } = problem;
      return problems.yamlWrongValue(
        { place, expected, got, near },
        { location: placeOf(yaml, root, problem.path, "value") },
      );
    }
  }
}

export interface CheckedYaml {
  readonly problems: readonly MeshError[];
  /** False for an entry the schema refuses: `fits("models", 3)`. What fits can be read although its neighbours cannot. */
  fits(...path: Path): boolean;
}

const placeKey = (at: Location | undefined) => `${at?.line}:${at?.column}`;

/** The problems of one file in the order of their places. */
export function inOrder(found: readonly MeshError[]): readonly MeshError[] {
  return [...found].sort(
    (a, b) =>
      (a.location?.line ?? 0) - (b.location?.line ?? 0) || (a.location?.column ?? 0) - (b.location?.column ?? 0),
  );
}

/** Checks a whole file against its schema. An empty file counts as an empty mapping. */
export function checkYaml(yaml: YamlFile, schema: z.ZodType): CheckedYaml {
  const value = yaml.value ?? {};
  const found = schemaProblems(schema, value);
  const startsWith = (path: Path, start: Path) => start.every((key, index) => path[index] === key);
  // A value refused as such, a template for instance, needs no second word about its type.
  const said = new Set(yaml.problems.map((problem) => placeKey(problem.location)));
  return {
    problems: found
      .map((problem) => yamlProblem(yaml, value, problem))
      .filter((problem) => !said.has(placeKey(problem.location))),
    fits: (...path) => !found.some((problem) => startsWith(problem.path, path)),
  };
}
