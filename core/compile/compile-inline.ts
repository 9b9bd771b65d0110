// Owns compiling one query given on the command line: `ref()` finds any model of the manifest, shared macros work. Checks no access: whoever runs it reads the warehouse anyway.
import type { Config } from "../config/index.ts";
import { problems } from "../errors/index.ts";
import { type CompiledSql, type Manifest, sqlFromTokens } from "../manifest/index.ts";
import type { TextFile } from "../project/index.ts";
import { loadMacros, type RelationValue, renderTemplate } from "../template/index.ts";
import { closest } from "../util/index.ts";
import { relationOf, stableName } from "./stable-name.ts";

export interface InlineRequest {
  readonly config: Config;
  readonly manifest: Manifest;
  readonly sharedMacros: readonly TextFile[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sql: string;
}

/** The file named in messages. */
const INLINE = "(inline query)";

/** Throws MeshError at its place in the query. */
export function compileInline({ config, manifest, sharedMacros, env, sql }: InlineRequest): {
  readonly sql: CompiledSql;
  readonly dependsOn: readonly string[];
} {
  const reads = new Set<string>();
  const relation = (id: string): RelationValue => {
    reads.add(id);
    const { schema, name } = relationOf(id);
    return { model: id, schema, identifier: name };
  };
  const notFound = (name: string) =>
    problems.modelNotFound({
      name,
      candidates: [],
      near:
        closest(name, Object.keys(manifest.models)) ??
        closest(
          name,
          Object.values(manifest.models).map((model) => model.name),
        ),
    });
  const rendered = renderTemplate({ path: INLINE, content: sql }, loadMacros(sharedMacros, []), {
    ref({ project, name }) {
      const found = Object.values(manifest.models).filter(
        (model) => model.name === name && (project === undefined || model.project === project),
      );
      if (found.length > 1)
        throw problems.modelNotFound({ name, candidates: found.map((model) => model.id), near: undefined });
      const [model] = found;
      if (!model) throw notFound(project === undefined ? name : `${project}.${name}`);
      return relation(model.id);
    },
    source(store, table) {
      const snapshot = Object.values(manifest.models).find((model) => model.source?.endsWith(`.${store}.${table}`));
      if (!snapshot) throw notFound(`${store}.${table}`);
      return relation(snapshot.id);
    },
    this: undefined,
    config: () => undefined,
    configValue: () => undefined,
    variable(name, fallback) {
      if (Object.hasOwn(config.vars, name)) return config.vars[name];
      if (fallback) return fallback.value;
      throw problems.inlineNameUnknown({ what: "variable", name });
    },
    environment(name, fallback) {
      const value = env[name] ?? fallback?.value;
      if (value === undefined) throw problems.inlineNameUnknown({ what: "environment variable", name });
      return value;
    },
    target: { name: config.target.name, type: config.target.warehouse.kind },
    isIncremental: () => false,
    model: {},
  });
  return {
    sql: sqlFromTokens(rendered.text, stableName, { file: INLINE, map: rendered.map }),
    dependsOn: [...reads].sort(),
  };
}
