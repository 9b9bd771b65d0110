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
        sql: `select count(*) from ${base.relation} as b where b.${q(name)} is not null and try_cast(b.${q(name)} as ${type}) is null`,
        problem: (rows: number) =>
          problems.snapshotTypeChanged({ model, column: name, was: before.type, now: type, rows }),
      },
    ];
  });
}
