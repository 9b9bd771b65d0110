// Owns putting the columns of a landing and of the build before side by side, when the source has gained, lost or retyped some.
import { problems } from "../../errors/index.ts";
import type { ColumnSchema } from "../../manifest/index.ts";
import { quoteIdentifier as q } from "../../util/index.ts";
import type { AlignedColumn, SnapshotCheck, SnapshotRows } from "./snapshot-strategy.ts";

const key = (name: string) => name.toLowerCase();

/** The landing's columns with their types, then those that only the base has. `except`: columns that are no source's. */
export function alignColumns(
  landing: readonly ColumnSchema[],
  base: readonly ColumnSchema[] = [],
  except: readonly string[] = [],
): readonly AlignedColumn[] {
  const others = new Set(except.map(key));
  const old = new Map(base.filter(({ name }) => !others.has(key(name))).map((column) => [key(column.name), column]));
  const now = new Set(landing.map(({ name }) => key(name)));
  return [
    ...landing.map((column) => ({ ...column, inBase: old.has(key(column.name)), inLanding: true })),
    ...[...old.values()]
      .filter(({ name }) => !now.has(key(name)))
      .map((column) => ({ ...column, inBase: true, inLanding: false })),
  ];
}

/** A list for SELECT with each column under its name and type. */
export function selectFrom(alias: string, side: "base" | "landing", columns: readonly AlignedColumn[]): string {
  return columns
    .map(({ name, type, inBase, inLanding }) => {
      const value = (side === "base" ? inBase : inLanding) ? `${alias}.${q(name)}` : "null";
      return `cast(${value} as ${type}) as ${q(name)}`;
    })
    .join(", ");
}

/** The base's rows can be taken over as they are, file by file. */
export function sameColumns(columns: readonly ColumnSchema[], base: readonly ColumnSchema[]): boolean {
  const old = new Map(base.map(({ name, type }) => [key(name), type]));
  return columns.length === base.length && columns.every(({ name, type }) => old.get(key(name)) === type);
}

export function equalKeys(left: string, right: string, keys: readonly string[]): string {
  return keys.map((name) => `${left}.${q(name)} = ${right}.${q(name)}`).join(" and ");
}

/** Values of the base that the source's present type cannot hold. Told by their number: the engine's own error shows one. */
export function retypedChecks(
  model: string,
  base: SnapshotRows | undefined,
  columns: readonly ColumnSchema[],
): readonly SnapshotCheck[] {
  if (!base) return [];
  const old = new Map(base.data.columns.map((column) => [key(column.name), column]));
  return columns.flatMap(({ name, type }) => {
    const before = old.get(key(name));
    if (before === undefined || before.type === type) return [];
    return [
      {
        sql: `select count(*) from ${base.relation} as b where b.${q(name)} is not null and (${isNotHeld(`b.${q(name)}`, before.type, type)})`,
        problem: (rows: number) =>
          problems.snapshotTypeChanged({ model, column: name, was: before.type, now: type, rows }),
      },
    ];
  });
}

const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(.*\)|FLOAT|DOUBLE)$/;
const INSTANT = /^(DATE|TIMESTAMP.*)$/;

/** True of a value that the type cannot hold whole. A cast alone would round 1.5 to an integer and cut a day's time off. */
function isNotHeld(value: string, was: string, type: string): string {
  const held = `try_cast(${value} as ${type})`;
  const differs = (as: string) => `try_cast(${held} as ${as}) is distinct from try_cast(${value} as ${as})`;
  if (was === "VARCHAR") {
    // One value has many texts: they are compared as what they mean.
    if (NUMBER.test(type)) return `${held} is null or ${differs("double")}`;
    return INSTANT.test(type) ? `${held} is null or ${differs("timestamp with time zone")}` : `${held} is null`;
  }
  const isNested = [was, type].some((one) => /[[(]/.test(one) && !NUMBER.test(one));
  return isNested ? `${held} is null` : `${held} is null or ${differs(was)}`;
}
