// Owns rendering one SQL file: every problem of its references at once, both forms of an incremental model, and remembering the result.
import { MeshError } from "../../errors/index.ts";
import { type CompiledSql, sqlFromTokens } from "../../manifest/index.ts";
import type { TextFile } from "../../project/index.ts";
import { type RelationValue, type RenderContext, type Rendered, renderTemplate } from "../../template/index.ts";
import { hashOf } from "../../util/index.ts";
import type { ProjectCache } from "../cache/project-cache.ts";
import { canonicalSql } from "../sql/canonical-sql.ts";
import { relationOf, stableName } from "../stable-name.ts";
import { type Asked, answersHold, WorldQuestions } from "./ask-world.ts";
import type { RenderWorld } from "./render-world.ts";

type Values = Readonly<Record<string, unknown>>;

export interface RenderSubject {
  /** `project.name`; of a model or of a test. */
  readonly id: string;
  readonly name: string;
  readonly resource: "model" | "test";
  readonly file: TextFile;
  /** What `config.get()` answers where the file itself says nothing. */
  readonly beneath: Values;
}

export interface RenderedQuery {
  readonly sql: CompiledSql;
  /** When `is_incremental()` was asked and the model is incremental. */
  readonly incrementalSql?: CompiledSql;
  /** Hash of both texts without formatting. */
  readonly canonical: string;
  /** What the file gave to config(). */
  readonly config: Values;
  /** Ids of the models it reads, sorted. */
  readonly models: readonly string[];
  /** `path:macro` and its hash, of every macro reached. */
  readonly macros: Readonly<Record<string, string>>;
}

export interface RenderResult {
  /** Absent when there are problems. */
  readonly query?: RenderedQuery;
  readonly problems: readonly MeshError[];
  /** The models resolved before the problems. */
  readonly models: readonly string[];
  /** A broken project that holds what it reads. */
  readonly brokenUpstream?: string;
}

interface Remembered {
  readonly key: string;
  readonly asked: Asked;
  readonly query: RenderedQuery;
}

/** Problems of one file shown at once. */
const MOST_PROBLEMS = 30;

export function renderQuery(subject: RenderSubject, world: RenderWorld, cache: ProjectCache): RenderResult {
  const { file, beneath, resource } = subject;
  const key = hashOf([resource, file.path, file.hash, world.project.name, world.macros.names, beneath, world.target]);
  const name = `${resource} ${subject.name}`;
  const remembered = cache.get("queries", name) as Remembered | undefined;
  if (remembered?.key === key && answersHold(remembered.asked, world)) {
    return { query: remembered.query, problems: [], models: remembered.query.models };
  }
  cache.forget("queries", name);
  const questions = new WorldQuestions(world);
  const found: MeshError[] = [];
  while (found.length < MOST_PROBLEMS) {
    try {
      const { query, asked } = renderBoth(subject, world, questions);
      if (found.length > 0 || questions.brokenUpstream !== undefined) break;
      cache.set("queries", name, { key, asked, query } satisfies Remembered);
      return { query, problems: [], models: query.models };
    } catch (error) {
      if (!(error instanceof MeshError)) throw error;
      found.push(error);
      if (!questions.excuse(error)) break;
    }
  }
  const { brokenUpstream, models } = questions;
  return { problems: found, models, ...(brokenUpstream !== undefined && { brokenUpstream }) };
}

function renderBoth(
  subject: RenderSubject,
  world: RenderWorld,
  questions: WorldQuestions,
): { readonly query: RenderedQuery; readonly asked: Asked } {
  const full = renderOnce(subject, world, questions, false);
  const materialized = full.config.materialized ?? subject.beneath.materialized;
  const twice = full.askedIncremental && materialized === "incremental" && subject.resource === "model";
  const increment = twice ? renderOnce(subject, world, questions, true) : undefined;
  const reached = [...new Set([...full.rendered.macros, ...(increment?.rendered.macros ?? [])])].sort();
  const asked = questions.asked(reached);
  const sql = compiled(full.rendered, subject.file.path);
  const incrementalSql = increment && compiled(increment.rendered, subject.file.path);
  return {
    asked,
    query: {
      sql,
      ...(incrementalSql && { incrementalSql }),
      canonical: hashOf([canonicalSql(sql.text), incrementalSql ? canonicalSql(incrementalSql.text) : null]),
      config: full.config,
      models: questions.models,
      macros: Object.fromEntries(asked.macros),
    },
  };
}

function compiled({ text, map }: Rendered, file: string): CompiledSql {
  return sqlFromTokens(text, stableName, { file, map });
}

function renderOnce(subject: RenderSubject, world: RenderWorld, questions: WorldQuestions, incremental: boolean) {
  const { id, name, file, beneath, resource } = subject;
  const config: Record<string, unknown> = {};
  let askedIncremental = false;
  const context: RenderContext = {
    ref: (target) => relationValue(questions.ref(target) ?? `${target.project ?? world.project.name}.${target.name}`),
    source: (store, table) => relationValue(questions.source(store, table) ?? `${store}.${table}`),
    this: resource === "model" ? relationValue(id) : undefined,
    config: (values) => void Object.assign(config, values),
    configValue: (key) => (Object.hasOwn(config, key) ? config[key] : beneath[key]),
    variable: (variable, fallback) => questions.variable(variable, fallback),
    environment: (variable, fallback) => questions.environment(variable, fallback),
    target: world.target,
    isIncremental: () => {
      askedIncremental = true;
      return incremental;
    },
    model: {
      name,
      unique_id: id,
      package_name: world.project.name,
      project: world.project.name,
      resource_type: resource,
      schema: world.project.name,
      alias: name,
      original_file_path: file.path,
      config: beneath,
    },
  };
  const rendered = renderTemplate({ path: file.path, content: file.content }, world.macros.library, context);
  return { rendered, config, askedIncremental };
}

function relationValue(model: string): RelationValue {
  const { schema, name } = relationOf(model);
  return { model, schema, identifier: name };
}
