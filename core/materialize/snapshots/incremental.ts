// The strategy `incremental`: rows that the cursor says are new or changed replace those of the same key.
import { problems } from "../../errors/index.ts";
import { quoteIdentifier as q } from "../../util/index.ts";
import { alignColumns, equalKeys, retypedChecks, sameColumns, selectFrom } from "./align-columns.ts";
import { type Cursor, inWindow } from "./cursor.ts";
import { cursorChecks, keyChecks } from "./landing-checks.ts";
import { cursorOf, keyOf } from "./settings.ts";
import type { SnapshotInput, SnapshotStrategy, SnapshotWork } from "./snapshot-strategy.ts";

const NEW_ROWS = "mesh_new_rows";

export const incremental: SnapshotStrategy = {
  name: "incremental",
  reads: "window",
  keepsHistory: false,
  backfillBy: "cursor",
  combine(input) {
    const { model, landing, base } = input;
    const key = keyOf(model, landing.data.columns);
    const cursor = cursorOf(model, landing.data.columns);
    const keys = key.map(q).join(", ");
    const checks = [
      ...keyChecks(model.id, landing.relation, key),
      ...cursorChecks(model.id, landing.relation, cursor, "cursor"),
      {
        sql: tiesSql(landing.relation, keys, q(cursor.column)),
        problem: (count: number) => problems.snapshotTie({ model: model.id, key, cursor: cursor.column, keys: count }),
      },
    ];
    const last = `qualify row_number() over (partition by ${keys} order by ${q(cursor.column)} desc) = 1`;
    return base ? onBase(input, base, key, cursor, checks, last) : first(input, keys, checks, last);
  },
};

/** Rows of one key and one cursor that are not alike, where the cursor is the key's greatest: none of them is the last. */
function tiesSql(relation: string, keys: string, cursor: string): string {
  const repeated = `select ${keys} from ${relation} group by all having count(*) > 1`;
  const versions = `select distinct * from ${relation} semi join (${repeated}) using (${keys})`;
  const last = `select ${keys} from (${versions}) qualify rank() over (partition by ${keys} order by ${cursor} desc) = 1`;
  return `select count(*) from (select 1 from (${last}) group by ${keys} having count(*) > 1)`;
}

function first({ landing }: SnapshotInput, keys: string, checks: SnapshotWork["checks"], last: string): SnapshotWork {
  return {
    checks,
    setup: [],
    touched: `select count(*) - count(distinct (${keys})) from ${landing.relation}`,
    statement: (repeated) =>
      repeated === 0
        ? { kind: "append", base: landing.data, sql: `select * from ${landing.relation} where false` }
        : { kind: "select", sql: `select * from ${landing.relation} ${last}` },
  };
}

function onBase(
  { model, landing, backfill, window }: SnapshotInput,
  base: NonNullable<SnapshotInput["base"]>,
  key: readonly string[],
  cursor: Cursor,
  checks: SnapshotWork["checks"],
  last: string,
): SnapshotWork {
  const columns = alignColumns(landing.data.columns, base.data.columns);
  const same = sameColumns(columns, base.data.columns);
  const alike = columns
    .filter(({ inLanding }) => inLanding)
    .map(
      ({ name, type, inBase }) =>
        `n.${q(name)} is not distinct from ${inBase ? `cast(b.${q(name)} as ${type})` : "null"}`,
    )
    .join(" and ");
  // What comes behind the range was not read, and the row with the greatest cursor counts.
  const { to } = window;
  const isLater =
    backfill && to !== undefined && columns.some(({ name, inBase }) => name === cursor.column && inBase)
      ? `not (${inWindow("b", cursor, { to })})`
      : "false";
  return {
    checks: [...retypedChecks(model.id, base, columns), ...checks],
    setup: [
      // Most of a look-back is what the base has already: what is alike is no change.
      [
        `create or replace temporary table ${NEW_ROWS} as`,
        `with n as (select * from ${landing.relation} ${last})`,
        `select ${selectFrom("n", "landing", columns)} from n`,
        `where not exists (select 1 from ${base.relation} as b where ${equalKeys("b", "n", key)} and (${isLater} or (${alike})))`,
      ].join("\n"),
    ],
    touched: `select count(*) from ${NEW_ROWS} as n where exists (select 1 from ${base.relation} as b where ${equalKeys("b", "n", key)})`,
    statement: (touched) =>
      touched === 0 && same
        ? { kind: "append", base: base.data, sql: `select * from ${NEW_ROWS}` }
        : {
            kind: "select",
            sql: [
              `select ${selectFrom("b", "base", columns)} from ${base.relation} as b`,
              `where not exists (select 1 from ${NEW_ROWS} as n where ${equalKeys("b", "n", key)})`,
              `union all select * from ${NEW_ROWS}`,
            ].join("\n"),
          },
  };
}
