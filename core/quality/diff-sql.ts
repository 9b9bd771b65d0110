// Owns the SQL of a keyed comparison of two relations. Runs nothing.
import type { ColumnSchema } from "../manifest/index.ts";
import { quoteIdentifier as q, quoteString } from "../util/index.ts";

export interface DiffSides {
  /** Relations, in full. */
  readonly before: string;
  readonly after: string;
  /** Relations without the rows that both sides are known to share, or the same. */
  readonly beforeOwn: string;
  readonly afterOwn: string;
  readonly key: readonly string[];
  /** Columns besides the key that both sides have. */
  readonly compared: readonly { readonly name: string; readonly sameType: boolean }[];
}

const DIFFERENCES = "mesh_differences";

/** A query for the number of keys that stand in several rows. */
export function repeatedKeysSql(relation: string, key: readonly string[]): string {
  return `select count(*) from (select 1 from ${relation} group by ${key.map(q).join(", ")} having count(*) > 1)`;
}

/** A temporary table with a row for each key that differs: its change, its columns, and the list of columns that changed. */
export function differencesSql({ beforeOwn, afterOwn, key, compared }: DiffSides): string {
  const on = key.map((name) => `b.${q(name)} is not distinct from a.${q(name)}`).join(" and ");
  // Values of different types are compared as they are printed.
  const side = (alias: string, name: string, sameType: boolean) =>
    sameType ? `${alias}.${q(name)}` : `cast(${alias}.${q(name)} as varchar)`;
  const changed = compared.map(
    ({ name, sameType }) =>
      `case when ${side("b", name, sameType)} is distinct from ${side("a", name, sameType)} then ${quoteString(name)} end`,
  );
  const columns =
    changed.length === 0 ? "cast([] as varchar[])" : `list_filter([${changed.join(", ")}], lambda c: c is not null)`;
  return [
    `create or replace temporary table ${DIFFERENCES} as select * from (`,
    `select case when b."mesh:there" is null then 'inserted' when a."mesh:there" is null then 'deleted' else 'updated' end as "mesh:change",`,
    `${key.map((name) => `coalesce(a.${q(name)}, b.${q(name)}) as ${q(name)}`).join(", ")},`,
    `case when b."mesh:there" and a."mesh:there" then ${columns} else [] end as "mesh:columns"`,
    `from (select *, true as "mesh:there" from ${beforeOwn}) as b full join (select *, true as "mesh:there" from ${afterOwn}) as a on ${on}`,
    `) where "mesh:change" <> 'updated' or len("mesh:columns") > 0`,
  ].join("\n");
}

/** Rows before and after, and how many keys changed in which way. */
export function countsSql({ before, after }: DiffSides): string {
  const of = (change: string) => `(select count(*) from ${DIFFERENCES} where "mesh:change" = '${change}')`;
  return `select (select count(*) from ${before}), (select count(*) from ${after}), ${of("inserted")}, ${of("updated")}, ${of("deleted")}`;
}

/** In how many updated rows each column changed. */
export function changedColumnsSql(): string {
  return `select c, count(*) from (select unnest("mesh:columns") as c from ${DIFFERENCES}) group by c order by 2 desc, 1`;
}

/** The first rows of each change by key: change, changed columns separated by a newline, key. */
export function sampleSql(key: readonly string[], rows: number): string {
  const keys = key.map(q).join(", ");
  return `select "mesh:change", array_to_string("mesh:columns", chr(10)), ${keys} from ${DIFFERENCES} qualify row_number() over (partition by "mesh:change" order by ${keys}) <= ${rows} order by "mesh:change", ${keys}`;
}

/** How the columns of two builds differ. */
export function schemaChanges(before: readonly ColumnSchema[], after: readonly ColumnSchema[]) {
  const key = (name: string) => name.toLowerCase();
  const old = new Map(before.map((column) => [key(column.name), column]));
  const now = new Set(after.map(({ name }) => key(name)));
  return {
    added: after.filter(({ name }) => !old.has(key(name))),
    removed: before.filter(({ name }) => !now.has(key(name))),
    retyped: after.flatMap(({ name, type }) => {
      const was = old.get(key(name))?.type;
      return was === undefined || was === type ? [] : [{ name, was, now: type }];
    }),
  };
}
