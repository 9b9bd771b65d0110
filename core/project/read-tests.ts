// Owns the forms in which dbt lets a data test be written. What a test type means is not here.
import { describeValue, schemaProblems } from "../config/index.ts";
import { type MeshError, problems } from "../errors/index.ts";
import { yamlProblem } from "./check-yaml.ts";
import type { YamlFile } from "./read-yaml.ts";
import { type TestEntry, testConfig } from "./schemas.ts";
import type { TestConfig, TestDeclaration } from "./types.ts";

type Fields = Readonly<Record<string, unknown>>;

const CONFIG_KEYS: ReadonlySet<string> = new Set(Object.keys(testConfig.shape));
const OWN_KEYS: ReadonlySet<string> = new Set(["name", "description", "arguments", "config", "test_name"]);

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Reads the tests of one model or column; `list` holds them. What is wrong goes to `found`, the rest is still read. */
export function readTests(
  yaml: YamlFile,
  list: readonly TestEntry[] | undefined,
  place: string,
  found: MeshError[],
): readonly TestDeclaration[] {
  const tests: TestDeclaration[] = [];
  for (const [index, entry] of (list ?? []).entries()) {
    const at = yaml.locate(list, index);
    if (typeof entry === "string") {
      tests.push({ type: entry, args: {}, config: {}, at });
      continue;
    }
    const refuse = (reason: string) => found.push(problems.testEntryUnclear({ reason }, { location: at }));
    const keys = Object.keys(entry);
    const [only] = keys;
    const isLongForm = Object.hasOwn(entry, "test_name");
    if (!isLongForm && (keys.length !== 1 || only === undefined || OWN_KEYS.has(only))) {
      refuse(keys.length === 0 ? "it is empty" : `it has the keys ${keys.join(", ")}, but no test_name`);
      continue;
    }
    const type = isLongForm ? entry.test_name : only;
    const body = isLongForm ? entry : (entry[only ?? ""] ?? {});
    if (typeof type !== "string" || type === "") refuse("its test_name is not text");
    else if (!isFields(body)) refuse(`${type} must have a mapping of arguments, but has ${describeValue(body)}`);
    else {
      const test = readBody(yaml, type, body, `${place}.${type}`, found);
      if (test) tests.push({ ...test, at });
    }
  }
  return tests;
}

function readBody(
  yaml: YamlFile,
  type: string,
  body: Fields,
  place: string,
  found: MeshError[],
): Omit<TestDeclaration, "at"> | undefined {
  const before = found.length;
  const refuse = (key: string, reason: string) =>
    found.push(problems.testEntryUnclear({ reason }, { location: yaml.locate(body, key) }));
  for (const key of ["name", "description"]) {
    if (Object.hasOwn(body, key) && textOf(body[key]) === undefined)
      refuse(key, `the ${key} of ${type} must be text, but is ${describeValue(body[key])}`);
  }
  for (const key of ["arguments", "config"]) {
    if (Object.hasOwn(body, key) && !isFields(body[key]))
      refuse(key, `the ${key} of ${type} must be a mapping, but is ${describeValue(body[key])}`);
  }
  const inline = Object.fromEntries(
    Object.entries(body).filter(([key]) => !OWN_KEYS.has(key) && !CONFIG_KEYS.has(key)),
  );
  const [inlineKey] = Object.keys(inline);
  const given = isFields(body.arguments) ? body.arguments : undefined;
  if (given && inlineKey !== undefined)
    refuse(inlineKey, `${type} has arguments both under \`arguments\` and beside it (${inlineKey})`);

  const nested = isFields(body.config) ? body.config : {};
  const beside = Object.fromEntries(Object.entries(body).filter(([key]) => CONFIG_KEYS.has(key)));
  for (const key of Object.keys(beside)) {
    if (!Object.hasOwn(nested, key)) continue;
    const { file, line } = yaml.locate(body, key);
    found.push(
      problems.keyInTwoPlaces({ key, place, other: `${file}:${line}` }, { location: yaml.locate(nested, key) }),
    );
  }
  for (const problem of schemaProblems(testConfig, nested))
    found.push(yamlProblem(yaml, nested, problem, `${place}.config`));
  for (const problem of schemaProblems(testConfig, beside)) {
    const key = String(problem.path[0] ?? "");
    const location = yaml.locateValue(body, key);
    const facts = {
      place: `${place}.${key}`,
      expected: "expected" in problem ? problem.expected : "",
      got: "got" in problem ? problem.got : "",
    };
    found.push(
      problem.kind === "wrong-value"
        ? problems.yamlWrongValue({ ...facts, near: problem.near }, { location })
        : problems.yamlWrongType(facts, { location }),
    );
  }
  if (found.length > before) return undefined;
  const config = { ...beside, ...nested } as TestConfig & { readonly severity?: string };
  const name = textOf(body.name);
  const description = textOf(body.description);
  return {
    type,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    args: given ?? inline,
    config:
      config.severity === undefined
        ? config
        : { ...config, severity: config.severity.toLowerCase() as "error" | "warn" },
  };
}
