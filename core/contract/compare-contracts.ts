// Owns what a new version of a project's models does to those who read them: each change of a public model with its weight, and the
// consumers it reaches. Pure.
import type { DataTest, Manifest, Model } from "../manifest/index.ts";
import { type Consumer, findConsumers, indexReaders } from "./find-consumers.ts";
import { judgeType } from "./judge-type.ts";

/** breaking: who reads it may fail or be wrong. dangerous: it works, and may surprise. minor: more than before. */
export type ChangeLevel = "breaking" | "dangerous" | "minor";

export type ContractChangeKind =
  | "model-removed"
  | "model-not-public"
  | "model-added"
  | "column-removed"
  | "column-retyped"
  | "column-widened"
  | "column-unknown"
  | "column-added"
  | "key-changed"
  | "key-added"
  | "test-removed"
  | "test-weakened"
  | "test-changed"
  | "test-added"
  | "classification-changed"
  | "contract-not-enforced"
  | "sla-changed";

export interface ContractChange {
  readonly level: ChangeLevel;
  readonly kind: ContractChangeKind;
  readonly model: string;
  readonly column?: string;
  /** A sentence without its full stop. */
  readonly what: string;
  readonly consumers: readonly Consumer[];
}

export interface CompareRequest {
  /** What is deployed. */
  readonly before: Manifest;
  /** What would be. */
  readonly after: Manifest;
  /** The projects that change. */
  readonly projects: readonly string[];
  /** Projects that were compiled over what would be, without a problem. Their consumers that hold, or that change too, are no concern. */
  readonly compiled?: ReadonlySet<string>;
}

/** Heaviest first, then by model. */
export function compareContracts({
  before,
  after,
  projects,
  compiled = new Set(),
}: CompareRequest): readonly ContractChange[] {
  const changing = new Set(projects);
  const readers = indexReaders(after);
  const [testsBefore, testsAfter] = [promisesOf(before), promisesOf(after)];
  const found: Found[] = [];
  for (const model of Object.values(before.models)) {
    if (model.access !== "public" || !changing.has(model.project)) continue;
    const now = after.models[model.id];
    if (now?.access !== "public") found.push(gone(model, now, after));
    else found.push(...compareModel(model, now), ...compareTests(model.id, testsBefore, testsAfter));
  }
  for (const { id, access, project } of Object.values(after.models)) {
    if (access === "public" && changing.has(project) && before.models[id]?.access !== "public")
      found.push({ level: "minor", kind: "model-added", model: id, what: `${id} is new` });
  }
  const weight: readonly ChangeLevel[] = ["breaking", "dangerous", "minor"];
  return found
    .map((change) => ({
      ...change,
      consumers: findConsumers(readers, change.model, change.column).filter(
        (consumer) => !compiled.has(consumer.project) || !isAdapted(consumer, change.kind, before, after),
      ),
    }))
    .sort((a, b) => weight.indexOf(a.level) - weight.indexOf(b.level) || (a.model < b.model ? -1 : 1));
}

/** Of these compiling tells whether a query holds; that its rows mean the same it does not tell. */
const PROVED: ReadonlySet<ContractChangeKind> = new Set(["model-removed", "model-not-public", "column-removed"]);

function isAdapted({ kind, id }: Consumer, change: ContractChangeKind, before: Manifest, after: Manifest): boolean {
  const section = ({ models, tests, reports }: Manifest) =>
    kind === "model" ? models[id] && [models[id].fingerprint] : kind === "test" ? tests[id]?.sql.text : reports[id];
  if (kind !== "report" && PROVED.has(change) && after.models[id]?.kind !== "typescript") return true;
  return JSON.stringify(section(before)) !== JSON.stringify(section(after));
}

type Found = Omit<ContractChange, "consumers">;

function gone(model: Model, now: Model | undefined, after: Manifest): Found {
  const { id } = model;
  if (now)
    return { level: "breaking", kind: "model-not-public", model: id, what: `${id} is ${now.access}, was public` };
  const twin = Object.values(after.models).find(
    (other) => other.project === model.project && other.fingerprint === model.fingerprint && other.access === "public",
  );
  const hint = twin === undefined ? "" : `; ${twin.id} is made in the same way, so it may be its new name`;
  return { level: "breaking", kind: "model-removed", model: id, what: `${id} is gone${hint}` };
}

function compareModel(was: Model, now: Model): readonly Found[] {
  return [
    ...compareColumns(was, now),
    ...compareKeys(was, now),
    ...(was.contract.enforced && !now.contract.enforced
      ? [
          make(
            "dangerous",
            "contract-not-enforced",
            was.id,
            undefined,
            `the contract of ${was.id} is no longer enforced`,
          ),
        ]
      : []),
    ...(["freshness", "available_by", "max_duration"] as const).flatMap((promise) => {
      const [before, after] = [was.sla?.[promise], now.sla?.[promise]];
      if (before === undefined || before === after) return [];
      const what = `${was.id} promises ${promise} ${after ?? "no more"}, was ${before}`;
      return [make("dangerous", "sla-changed", was.id, undefined, what)];
    }),
  ];
}

function compareColumns(was: Model, now: Model): readonly Found[] {
  const { id } = was;
  const columns = new Map(now.columns.map((column) => [column.name, column]));
  const before = new Map(was.columns.map((column) => [column.name, column]));
  const found = was.columns.flatMap(({ name, type, classification }): readonly Found[] => {
    const column = columns.get(name);
    if (!column) {
      if (!now.columnsKnown)
        return [make("dangerous", "column-unknown", id, name, `whether ${id} has ${quote(name)} is no longer known`)];
      return [make("breaking", "column-removed", id, name, `${id} has no column ${quote(name)} any more`)];
    }
    const classified =
      column.classification === classification
        ? []
        : [
            make(
              "dangerous",
              "classification-changed",
              id,
              name,
              `${quote(name)} of ${id} is classified ${column.classification ?? "no more"}, was ${classification ?? "not"}`,
            ),
          ];
    return [...classified, ...compareTypes(id, name, type, column.type)];
  });
  // Where the columns were not all known, one that is seen now may have been there.
  const added = was.columnsKnown ? now.columns.filter(({ name }) => !before.has(name)) : [];
  return [
    ...found,
    ...added.map(({ name }) => make("minor", "column-added", id, name, `${id} has a new column ${quote(name)}`)),
  ];
}

function compareTypes(id: string, column: string, was: string | null, now: string | null): readonly Found[] {
  if (was === null) return [];
  const place = `${quote(column)} of ${id}`;
  if (now === null)
    return [make("dangerous", "column-unknown", id, column, `the type of ${place} is no longer known, was ${was}`)];
  const verdict = judgeType(was, now);
  if (verdict === "same") return [];
  const what = `${place} is ${now}, was ${was}`;
  return verdict === "wider"
    ? [make("dangerous", "column-widened", id, column, `${what}: wider`)]
    : [make("breaking", "column-retyped", id, column, what)];
}

function compareKeys(was: Model, now: Model): readonly Found[] {
  const [before, after] = [was.config.unique_key ?? [], now.config.unique_key ?? []];
  const text = (key: readonly string[]) => (key.length === 0 ? "none" : key.map(quote).join(", "));
  if ([...before].sort().join("\n") === [...after].sort().join("\n")) return [];
  const what = `the key of ${was.id} is ${text(after)}, was ${text(before)}`;
  if (before.length === 0) return [make("minor", "key-added", was.id, undefined, what)];
  return [make("breaking", "key-changed", was.id, undefined, what)];
}

/** What readers rely on without saying so: no NULLs, no doubles. */
const RELIED_ON: ReadonlySet<string> = new Set(["not_null", "unique", "unique_combination_of_columns"]);

type Promises = ReadonlyMap<string, ReadonlyMap<string, DataTest>>;

/** model -> what each of its tests is about -> the test. */
function promisesOf(manifest: Manifest): Promises {
  const promises = new Map<string, Map<string, DataTest>>();
  for (const test of Object.values(manifest.tests)) {
    const own = promises.get(test.model) ?? new Map<string, DataTest>();
    // A test without a column is about what its name says.
    own.set(`${test.type} ${test.column ?? test.name}`, test);
    promises.set(test.model, own);
  }
  return promises;
}

function compareTests(model: string, before: Promises, after: Promises): readonly Found[] {
  const [was, now] = [
    before.get(model) ?? new Map<string, DataTest>(),
    after.get(model) ?? new Map<string, DataTest>(),
  ];
  const found = [...was].flatMap(([subject, test]): readonly Found[] => {
    const label = `the test ${test.type}${test.column === undefined ? ` (${test.name})` : ` of ${quote(test.column)}`} on ${model}`;
    const same = now.get(subject);
    if (!same) {
      const breaks = test.severity === "error" && RELIED_ON.has(test.type);
      return [make(breaks ? "breaking" : "dangerous", "test-removed", model, test.column, `${label} is gone`)];
    }
    if (test.severity === "error" && same.severity === "warn")
      return [make("dangerous", "test-weakened", model, test.column, `${label} only warns`)];
    // Such as other accepted values: whether they are more or fewer its query does not tell.
    if (same.sql.text !== test.sql.text)
      return [make("dangerous", "test-changed", model, test.column, `${label} checks something else`)];
    return [];
  });
  const added = [...now].filter(([subject]) => !was.has(subject));
  return [
    ...found,
    ...added.map(([, { type, column, name }]) =>
      make(
        "minor",
        "test-added",
        model,
        column,
        `${model} is tested with ${type}${column === undefined ? ` (${name})` : ` of ${quote(column)}`}`,
      ),
    ),
  ];
}

function make(
  level: ChangeLevel,
  kind: ContractChangeKind,
  model: string,
  column: string | undefined,
  what: string,
): Found {
  return { level, kind, model, what, ...(column !== undefined && { column }) };
}

function quote(name: string): string {
  return `\`${name}\``;
}
