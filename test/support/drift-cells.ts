// Owns the cells of the drift matrix as tables of a real store: one table and one snapshot for each cell, and the migration that
// makes it drift. What must come of each is the matrix's to say, not this file's.
import { DRIFT_MATRIX, type DriftOutcome, wordsFor } from "../../core/contract/index.ts";
import type { DriftAction, DriftKind, StoreClient } from "../../core/manifest/index.ts";

export interface DriftCase {
  /** Name of the table and of the snapshot. */
  readonly name: string;
  readonly kind: DriftKind;
  readonly word: DriftAction;
  /** Whether a build is published before the store changes. */
  readonly existing: boolean;
  readonly expected: DriftOutcome;
  /** Other words of the policy. */
  readonly also: Readonly<Partial<Record<DriftKind, DriftAction>>>;
  readonly change: Change;
}

type Change = Exclude<DriftKind, "retyped"> | "widened" | "retyped";

/** Every word for every kind, for a new and for an existing build, and the cases that a cell tells apart. */
export function driftCases(kinds: readonly DriftKind[]): readonly DriftCase[] {
  return kinds.flatMap((kind) =>
    wordsFor(kind).flatMap((word) =>
      [true, false].flatMap((existing): readonly DriftCase[] => {
        const cell = DRIFT_MATRIX[kind][word];
        const name = `${kind}_${word}_${existing ? "existing" : "fresh"}`;
        const one = {
          name,
          kind,
          word,
          existing,
          also: {},
          change: kind,
          expected: existing ? cell.existing : cell.fresh,
        };
        if (existing && kind === "renamed" && word === "ignore_new") {
          const both: DriftCase = { ...one, name: `${name}_allowed`, also: { dropped: "ignore_new" } };
          return [{ ...one, expected: "refused" }, both];
        }
        if (existing && kind === "retyped" && word === "widen") {
          const widened: DriftCase = { ...one, name: `${name}_lossless`, change: "widened", expected: "noted" };
          return [{ ...one, expected: "refused" }, widened];
        }
        return [one];
      }),
    ),
  );
}

interface Types {
  readonly text: string;
  readonly wide: string;
  readonly other: string;
}
const TYPES: Readonly<Record<string, Types>> = {
  sqlite: { text: "text", wide: "bigint", other: "numeric" },
  pg: { text: "text", wide: "bigint", other: "numeric(20,0)" },
  mysql: { text: "varchar(40)", wide: "bigint", other: "decimal(20,0)" },
};

const typesOf = (client: StoreClient): Types => TYPES[client] as Types;

/** The statements that make the table as it was declared, with two rows and a column that nobody declared. */
export function createTable({ name }: DriftCase, client: StoreClient, more = ""): readonly string[] {
  const { text } = typesOf(client);
  return [
    `CREATE TABLE ${name} (id integer not null primary key, customer ${text} not null, qty integer, note ${text}, secret ${text}${more})`,
    `INSERT INTO ${name} (id, customer, qty, note, secret) VALUES (1, 'ada', 5, 'a', 's'), (2, 'grace', 6, 'b', 's')`,
  ];
}

/** The migration, and a row that comes after it. */
export function migrate({ name, change }: DriftCase, client: StoreClient): readonly string[] {
  const { text, wide, other } = typesOf(client);
  const row = (columns: string, values: string) => `INSERT INTO ${name} (id, ${columns}) VALUES (3, ${values})`;
  const all = row("customer, qty, note", "'joan', 7, 'c'");
  switch (change) {
    case "added":
      return [`ALTER TABLE ${name} ADD COLUMN discount integer`, all];
    case "dropped":
      return [`ALTER TABLE ${name} DROP COLUMN note`, row("customer, qty", "'joan', 7")];
    case "renamed":
      return [`ALTER TABLE ${name} RENAME COLUMN note TO remark`, row("customer, qty, remark", "'joan', 7, 'c'")];
    case "table_gone":
      return [`DROP TABLE ${name}`];
    case "nullable":
      return [...alter(name, client, "customer", `${text} NULL`), row("qty, note", "7, 'c'")];
    case "widened":
      return [...alter(name, client, "qty", wide), all];
    case "retyped":
      return [...alter(name, client, "qty", other), all];
  }
}

function alter(table: string, client: StoreClient, column: string, type: string): readonly string[] {
  if (client === "mysql") return [`ALTER TABLE ${table} MODIFY COLUMN ${column} ${type}`];
  if (client === "pg") {
    return type.endsWith(" NULL")
      ? [`ALTER TABLE ${table} ALTER COLUMN ${column} DROP NOT NULL`]
      : [`ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${type}`];
  }
  // SQLite changes no column: as its own documentation says, the table is made anew.
  const customer = column === "customer" ? "customer text" : "customer text not null";
  const qty = column === "qty" ? `qty ${type}` : "qty integer";
  return [
    `CREATE TABLE ${table}_new (id integer not null primary key, ${customer}, ${qty}, note text, secret text)`,
    `INSERT INTO ${table}_new SELECT * FROM ${table}`,
    `DROP TABLE ${table}`,
    `ALTER TABLE ${table}_new RENAME TO ${table}`,
  ];
}

/** The property file that declares and snapshots the tables. */
export function declareCases(cases: readonly DriftCase[], config = ""): string {
  const tables = cases.map(
    ({ name, kind, word, also }) => `      - name: ${name}
        drift: ${JSON.stringify({ ...also, [kind]: word })}
        columns:
          - { name: id, data_type: integer }
          - { name: customer, data_type: varchar }
          - { name: qty, data_type: integer }
          - { name: note, data_type: varchar }
`,
  );
  const snapshots = cases.map(({ name }) => `  - name: ${name}\n    relation: source('shop_db', '${name}')\n${config}`);
  return `sources:\n  - name: shop_db\n    tables:\n${tables.join("")}snapshots:\n${snapshots.join("")}`;
}
