// Owns the file that readers open: a DuckDB file of views only, written aside and renamed over the one before.
import { rename, rm, stat, writeFile } from "node:fs/promises";
import { MeshError, problems } from "../../errors/index.ts";
import type { Build } from "../../manifest/index.ts";
import { createId, quoteIdentifier, quoteString, readJsonFile } from "../../util/index.ts";
import type { PublishedRelation } from "../types.ts";
import type { Engine } from "./engine.ts";
import type { Layout } from "./layout.ts";
import { missingFile } from "./missing-file.ts";
import { createProcessName } from "./process-name.ts";
import { buildQuery, defineBuilds } from "./read-build.ts";
import { fileProblem, sqlProblem } from "./to-problem.ts";
import { sync } from "./write-build-file.ts";

export interface PublishRequest {
  readonly project: string;
  readonly relations: readonly PublishedRelation[];
  readonly behindViews: ReadonlyMap<string, Build>;
  readonly sequence: number;
}

/** Which file a mark speaks of. A rename keeps all of it; another writer's file differs in it. */
interface Mark {
  readonly sequence: number;
  /** The views name files by absolute path: in a folder that was moved they lead nowhere. */
  readonly root: string;
  readonly inode: string;
  readonly bytes: string;
  readonly modifiedNs: string;
}

/**
 * Writers need no lock: each renames a complete file. The mark names the file it belongs to, so that a crash or another
 * writer between the two renames shows as "nothing known to be served" and the caller publishes again.
 */
export async function publishProject(engine: Engine, layout: Layout, request: PublishRequest): Promise<void> {
  const { project, relations, behindViews, sequence } = request;
  const target = layout.servingFile(project);
  const staged = `${target}.${createProcessName()}.tmp`;
  const context = { what: `publishing ${project}`, path: layout.serving, memoryLimit: engine.memoryLimit() };
  try {
    await writeServingFile(engine, layout, staged, request);
    const mark = await markOf(staged, sequence, layout.root);
    await rename(staged, target);
    await sync(layout.serving);
    await writeMark(layout.servingMark(project), mark);
  } catch (error) {
    for (const left of [staged, `${staged}.wal`]) await rm(left, { force: true }).catch(() => undefined);
    if (error instanceof MeshError) throw error;
    throw (
      (await missingFile([...relations.map(({ build }) => build), ...behindViews.values()], layout)) ??
      asPublishProblem(error, project, context)
    );
  }
}

function asPublishProblem(error: unknown, project: string, context: Parameters<typeof fileProblem>[1]): MeshError {
  const problem =
    (error as NodeJS.ErrnoException).code === undefined ? sqlProblem(error, "", context) : fileProblem(error, context);
  if (problem.code !== "warehouse/sql-failed" && problem.code !== "internal/unexpected") return problem;
  return problems.publishFailed({ project, reason: problem.message }, { cause: error });
}

/** The sequence of the file that is served now; 0 when there is none or its mark does not belong to it. */
export async function servedSequence(layout: Layout, project: string): Promise<number> {
  const mark = (await readJsonFile(layout.servingMark(project)).catch(() => undefined)) as Partial<Mark> | undefined;
  if (typeof mark?.sequence !== "number") return 0;
  const actual = await markOf(layout.servingFile(project), mark.sequence, layout.root).catch(() => undefined);
  const same =
    actual !== undefined &&
    actual.root === mark.root &&
    actual.inode === mark.inode &&
    actual.bytes === mark.bytes &&
    actual.modifiedNs === mark.modifiedNs;
  return same ? mark.sequence : 0;
}

/** Not synced: a mark lost with the machine's power only makes somebody publish again. */
async function writeMark(path: string, mark: Mark): Promise<void> {
  const staged = `${path}.${createProcessName()}.tmp`;
  try {
    await writeFile(staged, `${JSON.stringify(mark)}\n`);
    await rename(staged, path);
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
}

async function markOf(path: string, sequence: number, root: string): Promise<Mark> {
  const found = await stat(path, { bigint: true });
  return { sequence, root, inode: String(found.ino), bytes: String(found.size), modifiedNs: String(found.mtimeNs) };
}

async function writeServingFile(
  engine: Engine,
  layout: Layout,
  path: string,
  { project, relations, behindViews, sequence }: PublishRequest,
): Promise<void> {
  const connection = await engine.connect();
  const catalog = quoteIdentifier(`serving_${createId()}`);
  try {
    await connection.run(`attach ${quoteString(path)} as ${catalog}; use ${catalog}`);
    try {
      await connection.run(
        ["begin", ...servingStatements(layout, project, relations, behindViews, sequence), "commit"].join(";\n"),
      );
    } finally {
      // Detaching checkpoints: the file is whole and synced, and no write-ahead log is left beside it.
      await connection.run(`rollback`).catch(() => undefined);
      await connection.run(`use memory; detach ${catalog}`);
    }
  } finally {
    connection.close();
  }
}

function servingStatements(
  layout: Layout,
  project: string,
  relations: readonly PublishedRelation[],
  behindViews: ReadonlyMap<string, Build>,
  sequence: number,
): readonly string[] {
  const builds = new Map([...behindViews, ...relations.map(({ build }) => [build.id, build] as const)]);
  const findBuild = (id: string) => builds.get(id);
  // Only what a view reads needs a name of its own; every other build is read where it is published.
  const statements = [...defineBuilds(behindViews.values(), layout, findBuild, new Set())];
  for (const { relation, description, build } of relations) {
    const name = `main.${quoteIdentifier(relation.name)}`;
    statements.push(`create view ${name} as\n${buildQuery(build.data, build.model, layout, findBuild)}`);
    if (description !== undefined && description !== "")
      statements.push(`comment on view ${name} is ${quoteString(description)}`);
  }
  const rows = relations.map(
    ({ relation, build }) =>
      `(${[quoteString(build.model), quoteString(relation.name), quoteString(build.id), sequence, ...(build.data.kind === "files" ? [build.data.rows, build.data.bytes] : ["null", "null"])].join(", ")})`,
  );
  const none =
    "select null::varchar, null::varchar, null::varchar, null::bigint, null::bigint, null::bigint where false";
  statements.push(
    "create schema _mesh",
    `create view _mesh.publications (model, relation, build_id, sequence, rows, bytes) as ${none}${rows.length === 0 ? "" : ` union all values ${rows.join(", ")}`}`,
    `comment on view _mesh.publications is ${quoteString(`What this file shows of the project ${project}.`)}`,
  );
  return statements;
}
