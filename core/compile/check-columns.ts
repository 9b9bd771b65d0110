// Owns comparing the columns a model has with those its YAML declares, and putting both together.
import { type MeshError, problems } from "../errors/index.ts";
import type { Column, ColumnSchema } from "../manifest/index.ts";
import type { ColumnDeclaration } from "../project/index.ts";
import { closest } from "../util/index.ts";
import { snapshotColumnProblems } from "./check-snapshot.ts";
import { placeOfKey } from "./settle-config.ts";
import type { ModelWork } from "./types.ts";

export interface CheckedColumns {
  readonly columns: readonly Column[];
  readonly problems: readonly MeshError[];
}

const key = (name: string) => name.toLowerCase();

/** `canonical` spells a declared type as the database does; it has an entry for every type declared that is one. */
export function checkColumns(
  work: ModelWork,
  actual: readonly ColumnSchema[],
  canonical: ReadonlyMap<string, string>,
): CheckedColumns {
  const declared = work.draft.properties?.columns ?? [];
  const byName = new Map(declared.map((column) => [key(column.name), column]));
  const defined = new Map(work.definedColumns?.map((column) => [key(column.name), column]));
  const found = [
    ...declared.flatMap((column) => declarationProblems(work, column, actual, canonical)),
    ...undeclaredProblems(work, actual, byName),
    ...configProblems(work, actual),
  ];
  const columns = actual.map(({ name, type }): Column => {
    const description = byName.get(key(name))?.description ?? defined.get(key(name))?.description;
    const classification = byName.get(key(name))?.classification ?? defined.get(key(name))?.classification;
    return {
      name,
      type,
      ...(description !== undefined && { description }),
      ...(classification !== undefined && { classification }),
    };
  });
  return { columns, problems: found };
}

function declarationProblems(
  work: ModelWork,
  declared: ColumnDeclaration,
  actual: readonly ColumnSchema[],
  canonical: ReadonlyMap<string, string>,
): readonly MeshError[] {
  const model = work.draft.id;
  const { enforced } = work.settings.contract;
  const { name: column, data_type: type } = declared;
  const at = { location: declared.at };
  const match = actual.find(({ name }) => key(name) === key(column));
  if (!match) {
    const near = closest(
      column,
      actual.map(({ name }) => name),
    );
    const about = { model, column, near };
    return [enforced ? problems.contractColumnMissing(about, at) : problems.declaredColumnMissing(about, at)];
  }
  if (type === undefined)
    return enforced ? [problems.contractTypeMissing({ model, column, type: match.type }, at)] : [];
  const meant = canonical.get(type);
  // A type that is none was reported where the types were looked up.
  if (meant === undefined || meant === match.type) return [];
  return [problems.dataTypeDiffers({ model, column, declared: meant, actual: match.type }, at)];
}

function undeclaredProblems(
  work: ModelWork,
  actual: readonly ColumnSchema[],
  declared: ReadonlyMap<string, ColumnDeclaration>,
): readonly MeshError[] {
  if (!work.settings.contract.enforced) return [];
  const location = work.draft.properties?.at ?? work.draft.location;
  return actual
    .filter(({ name }) => !declared.has(key(name)))
    .map(({ name, type }) =>
      problems.contractColumnUndeclared({ model: work.draft.id, column: name, type }, { location }),
    );
}

/** Keys of the configuration that name columns. */
function configProblems(work: ModelWork, actual: readonly ColumnSchema[]): readonly MeshError[] {
  if (work.draft.kind === "snapshot") return snapshotColumnProblems(work, actual);
  const { config } = work.settings;
  const names = actual.map(({ name }) => name);
  const known = new Set(names.map(key));
  return (["unique_key", "merge_update_columns", "merge_exclude_columns"] as const).flatMap((name) =>
    (config[name] ?? [])
      .filter((column) => !known.has(key(column)))
      .map((column) => {
        const about = { model: work.draft.id, key: name, column, near: closest(column, names) };
        return problems.configColumnNotFound(about, { location: placeOfKey(work.draft, name, work.inFile ?? {}) });
      }),
  );
}
