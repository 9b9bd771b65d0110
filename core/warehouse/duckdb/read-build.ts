// Owns the SQL that reads a build: its files with their columns' types restored, or a view's query on the builds it pinned.
import { problems } from "../../errors/index.ts";
import { type Build, type BuildData, bindSql } from "../../manifest/index.ts";
import { quoteIdentifier, quoteString } from "../../util/index.ts";
import { trimQuery } from "../sql-failure.ts";
import type { Layout } from "./layout.ts";
import { needsCastWhenRead } from "./parquet-types.ts";

/** In every catalog a build has a schema of its own, so that its relation can have the model's name. */
export function relationOf(build: Pick<Build, "id" | "relation">): string {
  return `${quoteIdentifier(build.id)}.${quoteIdentifier(build.relation.name)}`;
}

/** A query with the build's rows. `findBuild` gives the builds that a view reads. */
export function buildQuery(
  data: BuildData,
  model: string,
  layout: Layout,
  findBuild: (id: string) => Build | undefined,
): string {
  if (data.kind === "files") return filesQuery(data, layout);
  return trimQuery(
    bindSql(data.sql, (input) => {
      const id = data.inputs[input];
      const build = id === undefined ? undefined : findBuild(id);
      if (!build) throw problems.inputNotInSession({ model: `${input} (read by the view ${model})` });
      return relationOf(build);
    }).text,
  );
}

function filesQuery(data: Extract<BuildData, { readonly kind: "files" }>, layout: Layout): string {
  const columns = data.columns.map(({ name, type }) => {
    const column = quoteIdentifier(name);
    return needsCastWhenRead(type) ? `cast(${column} as ${type}) as ${column}` : column;
  });
  const paths = data.files.map((file) => quoteString(layout.file(file)));
  return `select ${columns.join(", ")} from read_parquet([${paths.join(", ")}], hive_partitioning = false)`;
}

/** The statements that make these builds and all they read readable in the current catalog, each build after what it reads. */
export function defineBuilds(
  builds: Iterable<Build>,
  layout: Layout,
  findBuild: (id: string) => Build | undefined,
  defined: Set<string>,
): readonly string[] {
  const statements: string[] = [];
  const define = (build: Build) => {
    if (defined.has(build.id)) return;
    defined.add(build.id);
    if (build.data.kind === "view") {
      for (const id of Object.values(build.data.inputs)) {
        const input = findBuild(id);
        if (input) define(input);
      }
    }
    statements.push(
      `create schema ${quoteIdentifier(build.id)}`,
      `create view ${relationOf(build)} as\n${buildQuery(build.data, build.model, layout, findBuild)}`,
    );
  };
  for (const build of builds) define(build);
  return statements;
}
