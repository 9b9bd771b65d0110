// Owns checking plain data against a zod schema and saying what is wrong as plain data. Does not know files or places.
import { z } from "zod";
import { closest, parseDurationMs } from "../util/index.ts";

export type Path = readonly (string | number)[];

/** One thing wrong with plain data. `path` leads to the value, for a missing or unknown key to what contains it. */
export type SchemaProblem =
  | {
      readonly kind: "unknown-key";
      readonly path: Path;
      readonly key: string;
      readonly near: string | undefined;
      readonly known: readonly string[];
    }
  | { readonly kind: "missing-key"; readonly path: Path; readonly key: string; readonly expected: string }
  | { readonly kind: "wrong-type"; readonly path: Path; readonly expected: string; readonly got: string }
  | {
      readonly kind: "wrong-value";
      readonly path: Path;
      readonly expected: string;
      readonly got: string;
      readonly near: string | undefined;
    };

/** An object without other keys than these. Its known keys travel in the issue's message, for the suggestion. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? Object.keys(shape).join(" ") : undefined),
  });
}

/** Text of a form. `expected` completes "must be …"; the pattern also reaches the JSON Schema. */
export function textLike(pattern: RegExp, expected: string) {
  return z.string().regex(pattern, { error: expected });
}

/** A duration as people write it. `examples` are those that fit the key: `30m, 2h`. */
export function durationLike(examples: string) {
  return z
    .string()
    .refine((value) => parseDurationMs(value) !== undefined, { error: `a duration such as ${examples}` });
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  function: "a function",
};

function child(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;
}

/** How a bad value is quoted. Nothing under a connection is: it may be a secret. */
export function describeValue(value: unknown, path: Path = []): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return Object.keys(value).length === 0 ? "an empty mapping" : "a mapping";
  if (typeof value === "function") return "a function";
  if (path.includes("connection")) return typeof value === "string" ? "text" : `a ${typeof value}`;
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** `models[orders].columns[id].data_type`: list entries by their name where they have one. */
export function describePath(path: Path, root: unknown): string {
  let text = "";
  let value = root;
  for (const key of path) {
    value = child(value, key);
    if (typeof key === "number") {
      const name = child(value, "name");
      text += `[${typeof name === "string" ? name : key}]`;
    } else text += text === "" ? key : `.${key}`;
  }
  return text;
}

const pathOf = (keys: readonly PropertyKey[]): Path => keys.map((key) => (typeof key === "number" ? key : String(key)));

/** Issues of the branch the writer most likely meant, or undefined when the value has no branch's type. */
function likelyBranch(
  issue: z.core.$ZodIssue & { readonly code: "invalid_union" },
  value: unknown,
): readonly z.core.$ZodIssue[] | undefined {
  // A mapping is of another type than any word of a list.
  const ofOtherType = (i: z.core.$ZodIssue) =>
    i.path.length === 0 && (i.code === "invalid_type" || (i.code === "invalid_value" && typeof value === "object"));
  const fitting = issue.errors.filter((branch) => !branch.some(ofOtherType));
  return fitting.sort((a, b) => a.length - b.length)[0];
}

function expectedOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      // A schema's own words, where it has some.
      return issue.message.startsWith("Invalid input") ? (TYPES[issue.expected] ?? issue.expected) : issue.message;
    case "invalid_value": {
      const values = issue.values.map((v) => (typeof v === "string" ? v : String(v)));
      return values.length === 1 ? JSON.stringify(issue.values[0]) : `one of ${values.join(", ")}`;
    }
    case "invalid_union":
      return (
        [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(expectedOf)))].join(" or ") || issue.message
      );
    case "too_small":
      return issue.origin === "array"
        ? `a list of at least ${issue.minimum} ${issue.minimum === 1 ? "entry" : "entries"}`
        : issue.origin === "string"
          ? "text that is not empty"
          : `a number of at least ${issue.minimum}`;
    case "too_big":
      return `a number of at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function translate(issue: z.core.$ZodIssue, prefix: Path, root: unknown): SchemaProblem[] {
  const path = [...prefix, ...pathOf(issue.path)];
  if (issue.code === "unrecognized_keys") {
    const known = issue.message.split(" ");
    return issue.keys.map((key) => ({ kind: "unknown-key", path, key, near: closest(key, known), known }));
  }
  let value = root;
  for (const key of path) value = child(value, key);
  if (issue.code === "invalid_union" && value !== undefined) {
    const branch = likelyBranch(issue, value);
    if (branch && branch.length > 0) return branch.flatMap((inner) => translate(inner, path, root));
  }
  const key = path.at(-1);
  if (issue.code === "invalid_key") {
    const expected = issue.issues[0]?.message ?? issue.message;
    return [{ kind: "wrong-value", path, expected, got: JSON.stringify(String(key)), near: undefined }];
  }
  const expected = expectedOf(issue);
  if (value === undefined && typeof key === "string")
    return [{ kind: "missing-key", path: path.slice(0, -1), key, expected }];
  const got = describeValue(value, path);
  if (issue.code === "invalid_type" || (issue.code === "invalid_union" && issue.errors.length > 0))
    return [{ kind: "wrong-type", path, expected, got }];
  const near =
    issue.code === "invalid_value" && typeof value === "string" ? closest(value, issue.values.map(String)) : undefined;
  return [{ kind: "wrong-value", path, expected, got, near }];
}

/** Everything wrong with the value, in the order of the schema; empty when it fits. */
export function schemaProblems(schema: z.ZodType, value: unknown): readonly SchemaProblem[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.flatMap((issue) => translate(issue, [], value));
}

/** One sentence, for places that list several problems of one object. */
export function sayProblem(problem: SchemaProblem, root: unknown): string {
  const place = describePath(problem.path, root);
  const near = "near" in problem && problem.near !== undefined ? ` Did you mean "${problem.near}"?` : "";
  switch (problem.kind) {
    case "unknown-key":
      return `unknown key "${problem.key}"${place === "" ? "" : ` in ${place}`}.${near || ` Known keys: ${problem.known.join(", ")}.`}`;
    case "missing-key":
      return `${place === "" ? "" : `${place} lacks `}the required key "${problem.key}" (${problem.expected})${place === "" ? " is missing" : ""}.`;
    case "wrong-type":
    case "wrong-value":
      return `${place || "it"} must be ${problem.expected}, but is ${problem.got}.${near}`;
  }
}
