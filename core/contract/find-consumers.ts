// Owns who reads a public model from outside its project: models and tests of other projects, and reports.
import { describeOwner, type Manifest } from "../manifest/index.ts";

export interface Consumer {
  readonly kind: "model" | "test" | "report";
  readonly id: string;
  readonly project: string;
  /** With a way to reach them: `Finance (finance-data@example.com)`. */
  readonly owner: string;
  /** `reads`: the model; `uses`: its SQL names the column; `may use`: it reads the model, and more is not known. */
  readonly how: "reads" | "uses" | "may use";
}

/** Models, tests and reports that read a model, by the model's id. */
export type ReaderIndex = ReadonlyMap<string, readonly Reader[]>;

interface Reader {
  readonly kind: Consumer["kind"];
  readonly id: string;
  readonly project: string;
  readonly owner: string;
  /** None of TypeScript models and reports: what they use of a model cannot be seen. */
  readonly sql: readonly string[];
}

export function indexReaders(manifest: Manifest): ReaderIndex {
  const index = new Map<string, Reader[]>();
  const add = (inputs: readonly string[], reader: Reader) => {
    for (const input of inputs) {
      const known = index.get(input);
      if (known) known.push(reader);
      else index.set(input, [reader]);
    }
  };
  const teamOf = (project: string) => {
    const owner = manifest.projects[project]?.owner;
    return owner === undefined ? project : describeOwner(owner);
  };
  for (const { id, project, owner, dependsOn, sql, incrementalSql } of Object.values(manifest.models)) {
    const texts = [sql, incrementalSql].flatMap((one) => (one ? [bare(one.text)] : []));
    add(dependsOn.models, { kind: "model", id, project, owner: describeOwner(owner), sql: texts });
  }
  for (const { id, project, dependsOn, sql } of Object.values(manifest.tests))
    add(dependsOn, { kind: "test", id, project, owner: teamOf(project), sql: [bare(sql.text)] });
  for (const { id, project, owner, dependsOn } of Object.values(manifest.reports))
    add(dependsOn, { kind: "report", id, project, owner: describeOwner(owner), sql: [] });
  return index;
}

/** Those of other projects, and reports of any: a report may be another's than the project's that declares it. */
export function findConsumers(index: ReaderIndex, model: string, column?: string): readonly Consumer[] {
  const own = model.slice(0, model.indexOf("."));
  return (index.get(model) ?? [])
    .filter(({ kind, project }) => kind === "report" || project !== own)
    .map(({ kind, id, project, owner, sql }): Consumer => {
      const how = column === undefined ? "reads" : sql.some((text) => names(text, column)) ? "uses" : "may use";
      return { kind, id, project, owner, how };
    })
    .sort((a, b) => order(a.project, b.project) || order(a.kind, b.kind) || order(a.id, b.id));
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Without comments and strings: a column's name in them is no use of it. */
function bare(sql: string): string {
  return sql.replace(/'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\/|("(?:[^"]|"")*")/g, (_, quoted: string | undefined) =>
    quoted === undefined ? " " : quoted,
  );
}

function names(sql: string, column: string): boolean {
  const escaped = column.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}_$])${escaped}(?![\\p{L}\\p{N}_$])`, "iu").test(sql);
}
