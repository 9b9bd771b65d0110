// Owns the triggers by which the database writes an event with every change that somebody may watch.
import { type Database, quoted, type TableName } from "../database.ts";

interface Watched {
  readonly table: TableName;
  readonly kind: string;
  /** SQL of the new row's run, subject and status. */
  readonly runId: string;
  readonly subject: string;
  readonly status: string;
  /** key -> SQL; of the columns that are JSON already, their names. */
  readonly detail: Readonly<Record<string, string>>;
  readonly json?: readonly string[];
  readonly inserted: boolean;
  /** When an update is an event. */
  readonly updated?: string;
}

const WATCHED: readonly Watched[] = [
  {
    table: "run",
    kind: "run",
    runId: "new.id",
    subject: "new.id",
    status: "new.status",
    detail: {
      selection: "new.selection",
      trigger: 'new."trigger"',
      schedule: "new.schedule",
      reason: "new.reason",
      raisedBecause: "new.raised_because",
      cancelledBy: "new.cancelled_by",
      cancelReason: "new.cancel_reason",
    },
    inserted: true,
    updated:
      "old.status <> new.status or old.priority <> new.priority or (old.cancelled_by is null and new.cancelled_by is not null)",
  },
  {
    table: "step",
    kind: "step",
    runId: "new.run_id",
    subject: "new.step",
    status: "new.status",
    detail: {
      kind: "new.kind",
      model: "new.model",
      reason: "new.reason",
      rows: 'new."rows"',
      bytes: "new.bytes",
      error: "new.error",
    },
    json: ["error"],
    inserted: true,
    updated: "old.status <> new.status",
  },
  {
    table: "task",
    kind: "task",
    runId: "new.run_id",
    subject: "new.id",
    status: "new.status",
    detail: {
      workerClass: "new.worker_class",
      worker: "new.worker",
      attempt: "new.attempt",
      losses: "new.losses",
      error: "new.error",
    },
    json: ["error"],
    inserted: false,
    // On the way from waiting to running nothing happens that a person would want to be told.
    updated:
      "old.status <> new.status and (new.status not in ('waiting', 'ready', 'queued') or old.status = 'running')",
  },
  {
    table: "publication",
    kind: "publication",
    runId: "new.run_id",
    subject: "new.model",
    status: "new.action",
    detail: {
      project: "new.project",
      sequence: "new.sequence",
      buildId: "new.build_id",
      previousBuildId: "new.previous_build_id",
    },
    inserted: true,
  },
  {
    table: "audit",
    kind: "audit",
    runId: "null",
    subject: "new.subject",
    status: "new.action",
    detail: { sequence: "new.sequence", actor: "new.actor", via: "new.via" },
    inserted: true,
  },
];

/** What events tell of a table beyond what they told at first, and when an update is one. */
export type ToldMore = Pick<Watched, "table" | "detail" | "json" | "updated">;

/** Statements after which the events of these tables tell more. */
export function tellMore(database: Database, more: readonly ToldMore[]): readonly string[] {
  const make = database.kind === "sqlite" ? inSqlite : inPostgres;
  const ofTable = database.kind === "sqlite" ? () => "" : (table: TableName) => ` on ${quoted(database, table)}`;
  return more.flatMap(({ table, detail, json = [], ...rest }) =>
    WATCHED.filter((watched) => watched.table === table).flatMap((watched) => [
      ...[...(watched.inserted ? ["insert"] : []), ...(watched.updated ? ["update"] : [])].map(
        (what) => `drop trigger event_${table}_${what}${ofTable(table)}`,
      ),
      ...make(database, {
        ...watched,
        ...rest,
        detail: { ...watched.detail, ...detail },
        json: [...(watched.json ?? []), ...json],
      }),
    ]),
  );
}

/** Statements that make them, one for each to be run. */
export function eventTriggers(database: Database): readonly string[] {
  return WATCHED.flatMap((watched) => (database.kind === "sqlite" ? inSqlite : inPostgres)(database, watched));
}

function insertion(database: Database, watched: Watched, detail: string): string {
  const { kind, runId, subject, status } = watched;
  return `insert into ${quoted(database, "event")} (at, kind, run_id, subject, status, detail) values (${database.now}, '${kind}', ${runId}, ${subject}, ${status}, ${detail})`;
}

function pairs({ detail, json = [] }: Watched, asJson: (sql: string) => string): string {
  return Object.entries(detail)
    .map(([key, sql]) => `'${key}', ${json.includes(key) ? asJson(sql) : sql}`)
    .join(", ");
}

function inSqlite(database: Database, watched: Watched): readonly string[] {
  const { table, inserted, updated } = watched;
  const body = insertion(database, watched, `json_object(${pairs(watched, (sql) => `json(${sql})`)})`);
  const create = (what: string, when: string) =>
    `create trigger event_${table}_${what} after ${what} on ${quoted(database, table)} for each row ${when} begin ${body}; end`;
  return [
    ...(inserted ? [create("insert", "")] : []),
    ...(updated === undefined ? [] : [create("update", `when ${updated}`)]),
  ];
}

function inPostgres(database: Database, watched: Watched): readonly string[] {
  const { table, inserted, updated } = watched;
  const object = `json_strip_nulls(json_build_object(${pairs(watched, (sql) => `cast(${sql} as json)`)}))`;
  const body = insertion(database, watched, `cast(${object} as text)`);
  const name = quoted(database, table).replace(/"[^"]*"$/, `"event_of_${table}"`);
  const create = (what: string, when: string) =>
    `create trigger event_${table}_${what} after ${what} on ${quoted(database, table)} for each row ${when} execute function ${name}()`;
  return [
    `create or replace function ${name}() returns trigger language plpgsql as $$ begin ${body}; return null; end $$`,
    ...(inserted ? [create("insert", "")] : []),
    ...(updated === undefined ? [] : [create("update", `when (${updated})`)]),
  ];
}
