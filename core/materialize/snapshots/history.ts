// The strategies `timestamp` and `check`: every version of a row with the time it was valid, as dbt's snapshots keep it.
// Where dbt would write intervals that overlap or run backwards, the store's clock decides; see docs/snapshots.md.
import { problems } from "../../errors/index.ts";
import { quoteIdentifier as q, quoteString } from "../../util/index.ts";
import { findColumn } from "../find-column.ts";
import { alignColumns, equalKeys, retypedChecks, sameColumns, selectFrom } from "./align-columns.ts";
import { timeOf } from "./cursor.ts";
import { cursorChecks, keyChecks, repeatedKeys } from "./landing-checks.ts";
import { metaColumns, metaNames } from "./meta-columns.ts";
import { cursorOf, keyOf } from "./settings.ts";
import type { AlignedColumn, SnapshotInput, SnapshotStrategy, SnapshotWork } from "./snapshot-strategy.ts";

const NEW_VERSIONS = "mesh_new_versions";
const GONE = "mesh_gone_rows";
// A colon is in no column's name that anybody writes.
const UPDATED = q("mesh:updated");
const FROM = q("mesh:from");
const CLOSES = q("mesh:closes");
const AT = q("mesh:at");
const CURRENT = q("mesh:current");
/** The version begins when its row was changed, as in dbt. */
const PLAIN = q("mesh:plain");

type Base = NonNullable<SnapshotInput["base"]>;

/** All that the statements of one build share. */
interface History {
  readonly input: SnapshotInput;
  readonly key: readonly string[];
  readonly columns: readonly AlignedColumn[];
  /** Quoted names of the columns added. */
  readonly scdId: string;
  readonly updatedAt: string;
  readonly validFrom: string;
  readonly validTo: string;
  readonly isDeleted: string;
  /** Type of the times. */
  readonly time: string;
  /** The store's clock. */
  readonly now: string;
  /** When a row of the source, under an alias, was last changed. */
  readonly changedAt: (alias: string) => string;
  /** `dbt_valid_to` of a current row. */
  readonly current: string;
  readonly marksDeleted: boolean;
}

export const timestamp: SnapshotStrategy = {
  name: "timestamp",
  reads: "all",
  keepsHistory: true,
  backfillBy: "updated_at",
  combine: (input) => combine(input, () => `p.${UPDATED} < s.${UPDATED}`),
};

export const check: SnapshotStrategy = {
  name: "check",
  reads: "all",
  keepsHistory: true,
  combine: (input) => combine(input, anyDiffers),
};

/** As in dbt, a checked column that the history does not have yet makes every row a changed one. */
function anyDiffers({ input, columns }: History): string {
  const { check_cols: wanted = "all" } = input.model.config;
  const sources = columns.filter(({ inLanding }) => inLanding);
  const names = sources.map(({ name }) => name);
  const checked =
    wanted === "all" ? names : wanted.map((column) => findColumn(input.model.id, "check_cols", column, names));
  if (sources.some(({ name, inBase }) => checked.includes(name) && !inBase)) return "true";
  return checked.map((name) => `p.${q(name)} is distinct from s.${q(name)}`).join(" or ");
}

function combine(input: SnapshotInput, rowChanged: (history: History) => string): SnapshotWork {
  const history = describe(input);
  const { model, landing, base } = input;
  const checks = [
    ...keyChecks(model.id, landing.relation, history.key),
    repeatedKeys(model.id, landing.relation, history.key),
    ...(model.config.updated_at === undefined
      ? []
      : cursorChecks(model.id, landing.relation, cursorOf(model, landing.data.columns, "updated_at"), "updated_at")),
  ];
  return base
    ? onBase(history, base, checks, rowChanged(history))
    : { checks, setup: [], touched: "select 0", statement: () => ({ kind: "select", sql: firstVersions(history) }) };
}

function describe(input: SnapshotInput): History {
  const { model, landing, base, asOf } = input;
  const { config } = model;
  const names = metaNames(config);
  const source = landing.data.columns;
  const time = metaColumns(config, source)[1]?.type ?? "";
  const now = timeOf(asOf, time);
  const updatedAt = config.updated_at === undefined ? undefined : cursorOf(model, source, "updated_at").column;
  const { dbt_valid_to_current: current } = config;
  // A history that has the column once keeps it: the rows it marks are no rows of the source.
  const hasMark = base?.data.columns.some(({ name }) => name.toLowerCase() === names.dbt_is_deleted.toLowerCase());
  return {
    input,
    key: keyOf(model, source),
    columns: alignColumns(source, base?.data.columns, Object.values(names)),
    scdId: q(names.dbt_scd_id),
    updatedAt: q(names.dbt_updated_at),
    validFrom: q(names.dbt_valid_from),
    validTo: q(names.dbt_valid_to),
    isDeleted: q(names.dbt_is_deleted),
    time,
    now,
    changedAt: (alias) => (updatedAt === undefined ? now : `${alias}.${q(updatedAt)}`),
    current: `cast(${current === undefined ? "null" : `(${current})`} as ${time})`,
    marksDeleted: config.hard_deletes === "new_record" || hasMark === true,
  };
}

function firstVersions(history: History): string {
  const { input, columns, changedAt } = history;
  return [
    `select ${selectFrom("n", "landing", columns)},`,
    `${scdIdOf(history, "n", changedAt("n"))} as ${history.scdId},`,
    `${changedAt("n")} as ${history.updatedAt}, ${changedAt("n")} as ${history.validFrom},`,
    `${history.current} as ${history.validTo}${history.marksDeleted ? `, 'False' as ${history.isDeleted}` : ""}`,
    `from ${input.landing.relation} as n`,
  ].join("\n");
}

function onBase(history: History, base: Base, checks: SnapshotWork["checks"], rowChanged: string): SnapshotWork {
  const { input, key, columns, time } = history;
  const { model } = input;
  const metas = [history.updatedAt, history.validFrom, history.validTo].map((name) => ({
    name: name.slice(1, -1).replaceAll('""', '"'),
    type: time,
  }));
  const kept = keptVersions(history, base);
  const fresh = freshVersions(history);
  const output = [
    ...columns,
    ...metaColumns(
      { ...model.config, ...(history.marksDeleted && { hard_deletes: "new_record" }) },
      input.landing.data.columns,
    ),
  ];
  return {
    checks: [
      ...retypedChecks(model.id, base, [...columns, ...metas]),
      {
        sql: `select count(*) from (select 1 from ${base.relation} as b where ${isCurrent(history, "b")} group by ${key.map(q).join(", ")} having count(*) > 1)`,
        problem: (keys: number) => problems.snapshotHistoryBroken({ model: model.id, key, keys }),
      },
      {
        sql: endlessRows(history, base),
        problem: (rows: number) => problems.snapshotCurrentMark({ model: model.id, rows }),
      },
      ...checks,
    ],
    setup: [newVersions(history, base, rowChanged), goneRows(history, base)],
    touched: `select (select count(*) from ${NEW_VERSIONS} where ${CLOSES}) + (select count(*) from ${GONE})`,
    statement: (touched) =>
      touched === 0 && sameColumns(output, base.data.columns)
        ? { kind: "append", base: base.data, sql: fresh }
        : { kind: "select", sql: `${kept}\nunion all\n${fresh}` },
  };
}

/**
 * Counts rows that end in a far future at which nothing follows: another `dbt_valid_to_current` marked them as current. Taken for
 * ended ones, their rows of the source would begin anew then.
 */
function endlessRows(history: History, base: Base): string {
  const { key, now, time, validFrom, validTo } = history;
  const end = `cast(b.${validTo} as ${time})`;
  const follows = `exists (select 1 from ${base.relation} as f where ${equalKeys("f", "b", key)} and cast(f.${validFrom} as ${time}) >= ${end})`;
  return `select count(*) from ${base.relation} as b where not (${isCurrent(history, "b")}) and ${end} > ${now} + interval 1 year and not ${follows}`;
}

/** Rows of the source that are new, changed, or back again; each with the time from which it is valid. */
function newVersions(history: History, base: Base, rowChanged: string): string {
  const { input, key, columns, now, time } = history;
  const keys = key.map(q).join(", ");
  const deleted = isMarkedDeleted(history, base, "b");
  const before = `coalesce(p.${FROM}, o.${AT})`;
  return [
    `create or replace temporary table ${NEW_VERSIONS} as`,
    `with s as (select ${selectFrom("n", "landing", columns)}, ${history.changedAt("n")} as ${UPDATED} from ${input.landing.relation} as n),`,
    `p as (select ${selectFrom("b", "base", columns)}, cast(b.${history.updatedAt} as ${time}) as ${UPDATED}, cast(b.${history.validFrom} as ${time}) as ${FROM}, ${deleted} as ${q("mesh:deleted")} from ${base.relation} as b where ${isCurrent(history, "b")}),`,
    `o as (select ${keys}, max(cast(b.${history.validTo} as ${time})) as ${AT} from ${base.relation} as b where not (${isCurrent(history, "b")}) group by all)`,
    `select s.*, p.${q(key[0] ?? "")} is not null as ${CLOSES},`,
    // A version begins when the row was changed, yet never before the one it follows began or ended.
    `(${before} is null or s.${UPDATED} > ${before}) as ${PLAIN},`,
    `case when ${PLAIN} then s.${UPDATED} else greatest(${now}, ${before}) end as ${FROM}`,
    `from s left join p on ${equalKeys("p", "s", key)} left join o on ${equalKeys("o", "s", key)}`,
    `where p.${q(key[0] ?? "")} is null or p.${q("mesh:deleted")} or (${rowChanged})`,
  ].join("\n");
}

/** Current rows that the source no longer has, and when that was seen. None where it is not asked for, or only a part was read. */
function goneRows(history: History, base: Base): string {
  const { input, key, now, time } = history;
  const { hard_deletes: policy = "ignore" } = input.model.config;
  const looked = policy !== "ignore" && !input.backfill;
  return [
    `create or replace temporary table ${GONE} as`,
    `select ${selectFrom("b", "base", history.columns)}, cast(b.${history.scdId} as varchar) as ${history.scdId}, cast(b.${history.validTo} as ${time}) as ${history.validTo}, greatest(${now}, cast(b.${history.validFrom} as ${time})) as ${AT}`,
    `from ${base.relation} as b where ${looked ? `${isCurrent(history, "b")} and not ${isMarkedDeleted(history, base, "b")} and not exists (select 1 from ${input.landing.relation} as n where ${equalKeys("n", "b", key)})` : "false"}`,
  ].join("\n");
}

/** The base's rows; those that are current no more get their end. */
function keptVersions(history: History, base: Base): string {
  const { key, columns, time } = history;
  const keys = key.map(q).join(", ");
  // Which of a key's versions is meant is part of the key: a condition on one side alone would make the join a slow one.
  const ended = `select ${keys}, true as ${CURRENT}, ${FROM} as ${AT} from ${NEW_VERSIONS} where ${CLOSES} union all select ${keys}, true, ${AT} from ${GONE}`;
  const mark = `case when ${isMarkedDeleted(history, base, "b")} then 'True' else 'False' end as ${history.isDeleted}`;
  return [
    `select ${selectFrom("b", "base", columns)}, b.${history.scdId} as ${history.scdId},`,
    `cast(b.${history.updatedAt} as ${time}) as ${history.updatedAt}, cast(b.${history.validFrom} as ${time}) as ${history.validFrom},`,
    `coalesce(e.${AT}, cast(b.${history.validTo} as ${time})) as ${history.validTo}${history.marksDeleted ? `, ${mark}` : ""}`,
    `from ${base.relation} as b left join (${ended}) as e on ${equalKeys("e", "b", key)} and e.${CURRENT} = (${isCurrent(history, "b")})`,
  ].join("\n");
}

/** New versions, and with `new_record` a row for each deletion. */
function freshVersions(history: History): string {
  const { input, columns } = history;
  const parts = [
    [
      `select ${columns.map(({ name }) => `v.${q(name)}`).join(", ")},`,
      // dbt's id, except for a version that begins when the store's clock says: its `updated_at` may have begun one before.
      `case when v.${PLAIN} then ${scdIdOf(history, "v", `v.${UPDATED}`)} else ${scdIdOf(history, "v", `v.${UPDATED}`, quoteString(input.asOf.toISOString()))} end as ${history.scdId},`,
      `v.${UPDATED} as ${history.updatedAt}, v.${FROM} as ${history.validFrom},`,
      `${history.current} as ${history.validTo}${history.marksDeleted ? `, 'False' as ${history.isDeleted}` : ""}`,
      `from ${NEW_VERSIONS} as v`,
    ].join("\n"),
  ];
  if (input.model.config.hard_deletes === "new_record") {
    parts.push(
      [
        `select ${columns.map(({ name }) => `g.${q(name)}`).join(", ")},`,
        `${md5([`g.${history.scdId}`, history.now])}, g.${AT}, g.${AT}, g.${history.validTo}, 'True'`,
        `from ${GONE} as g`,
      ].join("\n"),
    );
  }
  return parts.join("\nunion all\n");
}

function isCurrent({ validTo, current, input }: History, alias: string): string {
  const column = `${alias}.${validTo}`;
  return input.model.config.dbt_valid_to_current === undefined
    ? `${column} is null`
    : `(${column} is null or ${column} = ${current})`;
}

function isMarkedDeleted({ isDeleted, input }: History, base: Base, alias: string): string {
  const name = metaNames(input.model.config).dbt_is_deleted.toLowerCase();
  const has = base.data.columns.some((column) => column.name.toLowerCase() === name);
  return has ? `coalesce(${alias}.${isDeleted} = 'True', false)` : "false";
}

function scdIdOf({ key }: History, alias: string, time: string, ...more: readonly string[]): string {
  return md5([...key.map((name) => `${alias}.${q(name)}`), time, ...more]);
}

/** dbt's `snapshot_hash_arguments`. */
function md5(parts: readonly string[]): string {
  return `md5(${parts.map((part) => `coalesce(cast(${part} as varchar), '')`).join(" || '|' || ")})`;
}
