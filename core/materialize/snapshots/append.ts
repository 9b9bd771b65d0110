// The strategy `append`: events, which never change once they are there. New ones are added, and the files of the build before shared.
import { problems } from "../../errors/index.ts";
import { quoteIdentifier as q } from "../../util/index.ts";
import { alignColumns, equalKeys, retypedChecks, sameColumns, selectFrom } from "./align-columns.ts";
import { inWindow } from "./cursor.ts";
import { cursorChecks } from "./landing-checks.ts";
import { cursorOf, keyOf } from "./settings.ts";
import type { SnapshotCheck, SnapshotInput, SnapshotStrategy, SnapshotWork } from "./snapshot-strategy.ts";

const NEW_ROWS = "mesh_new_rows";

export const append: SnapshotStrategy = {
  name: "append",
  reads: "window",
  keepsHistory: false,
  backfillBy: "cursor",
  combine(input) {
    const { model, landing, base } = input;
    const cursor = cursorOf(model, landing.data.columns);
    const key = keyOf(model, landing.data.columns);
    const checks = cursorChecks(model.id, landing.relation, cursor, "cursor");
    if (!base) {
      return {
        checks: [...checks, ...repeatedEvents(model.id, landing.relation, key)],
        setup: [],
        touched: "select 0",
        statement: () => ({
          kind: "append",
          base: landing.data,
          sql: `select * from ${landing.relation} where false`,
        }),
      };
    }
    const within = { base: inWindow("b", cursor, input.window), landing: inWindow("n", cursor, input.window) };
    return onBase(input, base, key, checks, within);
  },
};

function onBase(
  { model, landing, backfill }: SnapshotInput,
  base: NonNullable<SnapshotInput["base"]>,
  key: readonly string[],
  checks: readonly SnapshotCheck[],
  within: { readonly base: string; readonly landing: string },
): SnapshotWork {
  const columns = alignColumns(landing.data.columns, base.data.columns);
  const fromLanding = `select ${selectFrom("n", "landing", columns)} from ${landing.relation} as n`;
  const fromBase = `select ${selectFrom("b", "base", columns)} from ${base.relation} as b`;
  // Of a column that only the base has, nothing new is known.
  const told = columns.filter(({ inLanding }) => inLanding).map(({ name }) => q(name));
  const gone = columns.some(({ inLanding }) => !inLanding);
  const known = `${fromBase} where ${within.base}`;
  const fresh = gone
    ? `select ${selectFrom("f", "landing", columns)} from (select ${told.join(", ")} from (${fromLanding}) except all select ${told.join(", ")} from (${known})) as f`
    : `${fromLanding} except all ${known}`;
  const kept = `${fromBase} where not (${within.base})`;
  return {
    checks: [
      ...retypedChecks(model.id, base, columns),
      ...checks,
      {
        // They would be taken for new ones.
        sql: `select count(*) from ${landing.relation} as n where not (${within.landing})`,
        problem: (rows) =>
          problems.unexpected({
            what: `reading ${model.id}`,
            reason: `the store gave ${rows} rows from outside of the window`,
          }),
      },
    ],
    setup: [
      `create or replace temporary table ${NEW_ROWS} as ${fresh}`,
      ...(backfill ? [`create or replace temporary table mesh_gone_rows as ${known} except all ${fromLanding}`] : []),
    ],
    afterSetup: changedEvents(model.id, backfill ? `(${kept})` : base.relation, key),
    touched: backfill ? "select count(*) from mesh_gone_rows" : "select 0",
    statement: (touched) =>
      touched === 0 && sameColumns(columns, base.data.columns)
        ? { kind: "append", base: base.data, sql: `select * from ${NEW_ROWS}` }
        : {
            kind: "select",
            sql: backfill ? `${kept} union all ${fromLanding}` : `${fromBase} union all select * from ${NEW_ROWS}`,
          },
  };
}

/** With a key an event that comes again with other values is told from a new one. */
function changedEvents(model: string, relation: string, key: readonly string[]): readonly SnapshotCheck[] {
  if (key.length === 0) return [];
  return [
    {
      sql: `select count(*) from ${NEW_ROWS} as n where exists (select 1 from ${relation} as b where ${equalKeys("b", "n", key)})`,
      problem: (events) => problems.snapshotEventChanged({ model, key, events }),
    },
    ...repeatedEvents(model, NEW_ROWS, key),
  ];
}

function repeatedEvents(model: string, relation: string, key: readonly string[]): readonly SnapshotCheck[] {
  if (key.length === 0) return [];
  const keys = key.map(q).join(", ");
  return [
    {
      sql: `select count(*) from (select 1 from ${relation} where ${key.map((k) => `${q(k)} is not null`).join(" and ")} group by ${keys} having count(*) > 1)`,
      problem: (count) => problems.snapshotKeyRepeated({ model, key, keys: count }),
    },
  ];
}
