// Owns giving every model its columns, parents first, and checking them against what is declared.
import { type MeshError, placed, problems } from "../../errors/index.ts";
import type { Column, ColumnSchema } from "../../manifest/index.ts";
import { metaNames } from "../../materialize/index.ts";
import { assembleModel } from "../assemble-shard.ts";
import type { ProjectCache } from "../cache/project-cache.ts";
import { checkColumns } from "../check-columns.ts";
import { type KnownColumns, unknownType } from "../find-columns.ts";
import { placeOfKey } from "../settle-config.ts";
import type { ModelWork } from "../types.ts";
import { fail, failBehind, failGiven } from "./fail-model.ts";
import { cacheOf, type PassState } from "./pass-state.ts";

/** Columns and types, parents first. A model that reads a failed one is left out with one problem that names the root cause. */
export async function findColumns(state: PassState): Promise<void> {
  // What stands on or behind a circle is in no order; it only has to be told why it is left out.
  const ordered = new Set(state.graph.order);
  const order = [...state.graph.order, ...[...state.works.keys()].filter((id) => !ordered.has(id)).sort()];
  for (const id of order) {
    if (failGiven(state, id)) continue;
    const work = state.works.get(id);
    if (!work || state.failed.has(id) || failBehind(state, work)) continue;
    const cache = cacheOf(state, work.draft.project.name);
    const wrong = sourceProblems(work);
    if (wrong.length > 0) {
      fail(state, work, wrong);
      continue;
    }
    const { known, problems: found } = state.session.types
      ? await state.finder.find(work, state.known, cache)
      : { known: { because: "types were not asked for" }, problems: [] };
    if (found.length > 0) {
      fail(state, work, found);
      continue;
    }
    state.known.set(id, known);
    await settleColumns(state, work, known, cache);
  }
}

async function settleColumns(
  state: PassState,
  work: ModelWork,
  known: KnownColumns,
  cache: ProjectCache,
): Promise<void> {
  const { draft, settings } = work;
  const protectionKey = state.session.config.protectionKeys[0]?.id;
  if ("because" in known) {
    if (settings.contract.enforced && state.session.types) {
      const location = draft.properties?.at ?? draft.location;
      fail(state, work, [problems.contractNotChecked({ model: draft.id, because: known.because }, { location })]);
    } else {
      // Their order and types are not known, but what is classified stays so.
      const columns = (draft.properties?.columns ?? []).map(declaredOnly);
      state.models.set(draft.id, assembleModel(work, { columns, known: false, protectionKey }));
    }
    return;
  }
  const declared = draft.properties?.columns ?? [];
  const canonical = await state.finder.canonicalTypes(
    declared.flatMap(({ data_type }) => data_type ?? []),
    cache,
  );
  const wrongTypes = declared.flatMap(({ name, data_type, at }) =>
    data_type === undefined || canonical.has(data_type) ? [] : [unknownType(name, data_type, at)],
  );
  const checked = checkColumns(work, known.columns, canonical);
  const found = [...wrongTypes, ...checked.problems, ...(await currentProblems(state, work, known.columns, cache))];
  if (found.length > 0) fail(state, work, found);
  else state.models.set(draft.id, assembleModel(work, { columns: checked.columns, known: true, protectionKey }));
}

/** `dbt_valid_to_current` is SQL, bound as a value of the column it stands in. */
async function currentProblems(
  state: PassState,
  { draft, settings }: ModelWork,
  columns: readonly ColumnSchema[],
  cache: ProjectCache,
): Promise<readonly MeshError[]> {
  const { dbt_valid_to_current: current } = settings.config;
  const { dbt_valid_to: name } = metaNames(settings.config);
  const type = columns.find((column) => column.name === name)?.type;
  if (current === undefined || type === undefined) return [];
  const location = placeOfKey(draft, "dbt_valid_to_current", {});
  const subject = { id: undefined, project: draft.project.name, what: `dbt_valid_to_current of ${draft.id}`, location };
  const sql = { text: `select cast((${current}) as ${type})`, slots: [], map: [], file: location.file };
  const problem = await state.finder.bind(`${draft.name} dbt_valid_to_current`, sql, subject, state.known, cache);
  return problem ? [placed(problem, location)] : [];
}

function sourceProblems(work: ModelWork): readonly MeshError[] {
  const { source, draft, definedColumns } = work;
  if (source === undefined) return [];
  if (!definedColumns || definedColumns.length === 0) {
    const [, store, table] = source.split(".");
    const declared = draft.project.sources.find((one) => one.store === store && one.name === table);
    return [problems.sourceWithoutColumns({ source }, { location: declared?.at ?? draft.location })];
  }
  return definedColumns.flatMap(({ name, type, at }) =>
    type === "" ? [problems.sourceColumnWithoutType({ source, column: name }, { location: at ?? draft.location })] : [],
  );
}

function declaredOnly(column: {
  readonly name: string;
  readonly description?: string;
  readonly classification?: string;
}): Column {
  const { name, description, classification } = column;
  return {
    name,
    type: null,
    ...(description !== undefined && { description }),
    ...(classification !== undefined && { classification }),
  };
}
