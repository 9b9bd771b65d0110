// How new rows go onto the build before. Builds are immutable, so each strategy is one query over the base and the new rows.
import { problems } from "../errors/index.ts";
import type { Model } from "../manifest/index.ts";
import { quoteIdentifier as q } from "../util/index.ts";
import type { BuildStatement } from "../warehouse/index.ts";
import { findColumn } from "./find-column.ts";
import type { ReconciledColumns } from "./reconcile-columns.ts";
import type { IncrementalBase } from "./statement-input.ts";

export interface IncrementalRequest {
  readonly model: Pick<Model, "id" | "config">;
  readonly sql: string;
  readonly base: IncrementalBase;
  readonly columns: ReconciledColumns;
  /** Empty only for `append`. */
  readonly key: readonly string[];
}

export type IncrementalStrategy = (request: IncrementalRequest) => BuildStatement;

/** The new rows, evaluated once: the query may be costly or not repeat itself. */
const NEW_ROWS = "mesh_new_rows";

export const incrementalStrategies: Readonly<Record<string, IncrementalStrategy>> = {
  /** Adds every row. */
  append({ sql, base, columns }) {
    if (columns.sameAsBase)
      return { kind: "append", base: base.build.data, sql: `select ${newColumns(columns)} from (\n${sql}\n) as n` };
    return {
      kind: "select",
      sql: `select ${baseColumns(columns)} from ${base.relation} as b union all select ${newColumns(columns)} from (\n${sql}\n) as n`,
    };
  },

  /** Rows of the base whose key is among the new rows go, every new row comes. A NULL in a key matches nothing. */
  "delete+insert"({ sql, base, columns, key }) {
    return {
      kind: "select",
      setup: [takeNewRows(sql)],
      sql: [
        `select ${baseColumns(columns)} from ${base.relation} as b where not exists (select 1 from ${NEW_ROWS} as n where ${matches(key)})`,
        `union all select ${newColumns(columns)} from ${NEW_ROWS} as n`,
      ].join("\n"),
    };
  },

  /** Rows of the base whose key is among the new rows take over their values, or some of them; the other new rows come. */
  merge({ model, sql, base, columns, key }) {
    const updated = updatedColumns(model, columns, key);
    const merged = columns.all.map((column) => {
      const name = q(column.name);
      const old = column.inBase ? `b.${name}` : `cast(null as ${column.type})`;
      if (!column.inNew || !updated.has(column.name)) return `${old} as ${name}`;
      return `case when n.mesh_matched then cast(n.${name} as ${column.type}) else ${old} end as ${name}`;
    });
    return {
      kind: "select",
      setup: [takeNewRows(sql)],
      checks: [
        {
          sql: `select 1 from ${NEW_ROWS} where ${key.map((k) => `${q(k)} is not null`).join(" and ")} group by ${key.map(q).join(", ")} having count(*) > 1 limit 1`,
          problem: problems.duplicateMergeKeys({ model: model.id, key }),
        },
      ],
      sql: [
        `select ${merged.join(", ")} from ${base.relation} as b left join (select *, true as mesh_matched from ${NEW_ROWS}) as n on ${matches(key)}`,
        `union all select ${newColumns(columns)} from ${NEW_ROWS} as n where not exists (select 1 from ${base.relation} as b where ${matches(key)})`,
      ].join("\n"),
    };
  },
};

function takeNewRows(sql: string): string {
  return `create or replace temporary table ${NEW_ROWS} as\n${sql}`;
}

function matches(key: readonly string[]): string {
  return key.map((k) => `b.${q(k)} = n.${q(k)}`).join(" and ");
}

function baseColumns({ all }: ReconciledColumns): string {
  return all
    .map(({ name, type, inBase }) => (inBase ? `b.${q(name)}` : `cast(null as ${type}) as ${q(name)}`))
    .join(", ");
}

function newColumns({ all }: ReconciledColumns): string {
  return all
    .map(({ name, type, inNew }) => `cast(${inNew ? `n.${q(name)}` : "null"} as ${type}) as ${q(name)}`)
    .join(", ");
}

function updatedColumns(
  model: Pick<Model, "id" | "config">,
  columns: ReconciledColumns,
  key: readonly string[],
): ReadonlySet<string> {
  const names = columns.all.map((column) => column.name);
  const { merge_update_columns: only, merge_exclude_columns: except } = model.config;
  if (only) return new Set(only.map((column) => findColumn(model.id, "merge_update_columns", column, names)));
  const excluded = new Set(
    (except ?? []).map((column) => findColumn(model.id, "merge_exclude_columns", column, names)),
  );
  // Key columns are equal already; leaving them out keeps the base's spelling of equal values, such as -0.0 and 0.0.
  return new Set(names.filter((name) => !excluded.has(name) && !key.includes(name)));
}
