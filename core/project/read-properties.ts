// Owns the facts of a property file: sources, snapshots, models, seeds and reports, as written.
import { type Diagnostic, type Location, type MeshError, problems, toDiagnostic } from "../errors/index.ts";
import { parseReference } from "../util/index.ts";
import { checkYaml, inOrder } from "./check-yaml.ts";
import { nameProblem } from "./names.ts";
import { readTests } from "./read-tests.ts";
import { readYaml, type YamlFile } from "./read-yaml.ts";
import { type DescribedEntry, type PropertiesFile, propertiesSchema, type TestEntry } from "./schemas.ts";
import type {
  ColumnDeclaration,
  ConfigDeclaration,
  ModelProperties,
  ReportDeclaration,
  SourceDeclaration,
  TestDeclaration,
  TextFile,
} from "./types.ts";

export interface PropertyFacts {
  readonly sources: readonly SourceDeclaration[];
  readonly properties: readonly ModelProperties[];
  readonly reports: readonly ReportDeclaration[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Keys that dbt also takes outside `config`. */
const CONFIG_BESIDE = ["access", "group", "tags", "meta"] as const;

type ColumnEntry =
  | NonNullable<DescribedEntry["columns"]>[number]
  | NonNullable<PropertiesFile["sources"]>[number]["tables"][number]["columns"][number];

const spot = ({ file, line }: Location) => `${file}:${line}`;

class PropertyReader {
  readonly yaml: YamlFile;
  readonly found: MeshError[];

  constructor(yaml: YamlFile, found: MeshError[]) {
    this.yaml = yaml;
    this.found = found;
  }

  tests(
    entry: { readonly data_tests?: TestEntry[] | undefined; readonly tests?: TestEntry[] | undefined },
    place: string,
  ): readonly TestDeclaration[] {
    if (entry.data_tests && entry.tests) {
      const other = spot(this.yaml.locate(entry, "data_tests"));
      this.found.push(
        problems.keyInTwoPlaces(
          { key: "tests", place, other: `${other} (data_tests)` },
          { location: this.yaml.locate(entry, "tests") },
        ),
      );
    }
    return readTests(this.yaml, entry.data_tests ?? entry.tests, place, this.found);
  }

  columns(list: readonly ColumnEntry[] | undefined, place: string): readonly ColumnDeclaration[] {
    const seen = new Map<string, Location>();
    return (list ?? []).map((entry, index) => {
      const at = this.yaml.locate(list, index);
      const first = seen.get(entry.name);
      if (first)
        this.found.push(
          problems.declaredTwice(
            { what: "column", name: `${place}.${entry.name}`, other: spot(first) },
            { location: at },
          ),
        );
      seen.set(entry.name, at);
      return {
        name: entry.name,
        ...(entry.data_type !== undefined && { data_type: entry.data_type }),
        ...(entry.description !== undefined && { description: entry.description }),
        ...(entry.classification !== undefined && { classification: entry.classification }),
        ...("identifier" in entry && entry.identifier !== undefined && { identifier: entry.identifier }),
        ...("protect" in entry && entry.protect !== undefined && { protect: entry.protect }),
        ...("token_domain" in entry && entry.token_domain !== undefined && { token_domain: entry.token_domain }),
        ...(entry.meta !== undefined && { meta: entry.meta }),
        tests: this.tests(entry, `${place}.${entry.name}`),
        at,
      };
    });
  }

  config(entry: DescribedEntry): ConfigDeclaration {
    const values: Record<string, unknown> = {};
    const at: Record<string, Location> = {};
    for (const [key, value] of Object.entries(entry.config ?? {})) {
      values[key] = value;
      at[key] = this.yaml.locate(entry.config, key);
    }
    for (const key of CONFIG_BESIDE) {
      if (entry[key] === undefined) continue;
      const location = this.yaml.locate(entry, key);
      const inConfig = at[key];
      if (inConfig)
        this.found.push(
          problems.keyInTwoPlaces({ key, place: entry.name, other: spot(location) }, { location: inConfig }),
        );
      values[key] = entry[key];
      at[key] = location;
    }
    return { values, at };
  }

  sla(written: object | undefined): Pick<ModelProperties, "sla" | "slaAt"> {
    if (written === undefined) return {};
    const slaAt = Object.fromEntries(Object.keys(written).map((key) => [key, this.yaml.locate(written, key)]));
    return { sla: written as NonNullable<ModelProperties["sla"]>, slaAt };
  }

  properties(
    list: readonly DescribedEntry[],
    index: number,
    resource: ModelProperties["resource"],
  ): ModelProperties | undefined {
    const entry = list[index];
    if (!entry) return undefined;
    const at = this.yaml.locate(list, index);
    if (resource === "snapshot") {
      const problem = nameProblem("model", entry.name, this.yaml.locateValue(entry, "name"));
      if (problem) this.found.push(problem);
    }
    const relation = "relation" in entry ? parseReference(entry.relation) : undefined;
    return {
      name: entry.name,
      resource,
      ...(entry.description !== undefined && { description: entry.description }),
      config: this.config(entry),
      ...this.sla(entry.sla),
      columns: this.columns(entry.columns, entry.name),
      tests: this.tests(entry, entry.name),
      ...(relation?.kind === "source" && {
        relation: { store: relation.store, table: relation.table, at: this.yaml.locateValue(entry, "relation") },
      }),
      at,
    };
  }

  sources(list: NonNullable<PropertiesFile["sources"]>, index: number): readonly SourceDeclaration[] {
    const entry = list[index];
    return (entry?.tables ?? []).map((table, position) => ({
      store: entry?.name ?? "",
      name: table.name,
      ...(table.identifier !== undefined && { identifier: table.identifier }),
      ...(entry?.schema !== undefined && { schema: entry.schema }),
      ...(table.query !== undefined && { query: table.query }),
      ...(table.description !== undefined && { description: table.description }),
      ...(table.verify !== undefined && { verify: table.verify }),
      ...(table.loss_budget !== undefined && { loss_budget: table.loss_budget }),
      ...(table.drift !== undefined && { drift: table.drift as NonNullable<SourceDeclaration["drift"]> }),
      ...(table.scan !== undefined && { scan: table.scan }),
      ...this.sla(table.sla),
      columns: this.columns(table.columns, `${entry?.name}.${table.name}`),
      at: this.yaml.locate(entry?.tables, position),
    }));
  }

  report(list: NonNullable<PropertiesFile["exposures"]>, index: number): ReportDeclaration | undefined {
    const entry = list[index];
    if (!entry) return undefined;
    const { name, email } = entry.owner;
    return {
      name: entry.name,
      type: entry.type,
      ...(entry.url !== undefined && { url: entry.url }),
      ...(entry.description !== undefined && { description: entry.description }),
      owner: { ...(name !== undefined && { name }), ...(email !== undefined && { email }) },
      depends_on: entry.depends_on.flatMap((text, position) => {
        const reference = parseReference(text);
        if (reference?.kind !== "ref") return [];
        const at = this.yaml.locate(entry.depends_on, position);
        return [{ ...(reference.project !== undefined && { project: reference.project }), name: reference.name, at }];
      }),
      at: this.yaml.locate(list, index),
    };
  }
}

/** Reads one property file. Entries the schema refuses are left out and reported; the others are read. */
export async function readProperties(file: TextFile): Promise<PropertyFacts> {
  const yaml = await readYaml(file.path, file.content);
  const found: MeshError[] = [...yaml.problems];
  const sources: SourceDeclaration[] = [];
  const properties: ModelProperties[] = [];
  const reports: ReportDeclaration[] = [];
  if (yaml.value !== undefined) {
    const checked = checkYaml(yaml, propertiesSchema);
    found.push(...checked.problems);
    const reader = new PropertyReader(yaml, found);
    // Each entry is used only when the schema accepts it.
    const content = (yaml.value ?? {}) as PropertiesFile;
    const entries = <T>(section: keyof PropertiesFile, list: readonly T[] | undefined): readonly number[] =>
      Array.isArray(list) ? [...list.keys()].filter((index) => checked.fits(section, index)) : [];
    for (const index of entries("sources", content.sources))
      sources.push(...reader.sources(content.sources ?? [], index));
    for (const [section, resource] of [
      ["snapshots", "snapshot"],
      ["models", "model"],
      ["seeds", "seed"],
    ] as const) {
      const list: readonly DescribedEntry[] = content[section] ?? [];
      for (const index of entries(section, list)) {
        const read = reader.properties(list, index, resource);
        if (read) properties.push(read);
      }
    }
    for (const index of entries("exposures", content.exposures)) {
      const read = reader.report(content.exposures ?? [], index);
      if (read) reports.push(read);
    }
  }
  return { sources, properties, reports, diagnostics: inOrder(found).map((error) => toDiagnostic(error)) };
}
