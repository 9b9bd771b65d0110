// Problems of reading a microservice's store. They name the store and where it is, never its user's password nor a value of a row.
import { defineProblem } from "../define-problem.ts";

/** `store` is `project.store`; `place` is `host:port/database` or a file. */
interface StorePlace {
  readonly store: string;
  readonly place: string;
}

export const storeConnectionInvalid = defineProblem<{ store: string; client: string; reason: string }>(
  {
    code: "store/connection-invalid",
    doc: "The connection of a store cannot be understood: a URL of another kind of database, or one that is not a URL at all.",
  },
  ({ store, client, reason }) => ({
    message: `The connection of the store \`${store}\` (client \`${client}\`) is not usable: ${reason}.`,
    help: "Expected `postgres://user:password@host:5432/database`, `mysql://user:password@host:3306/database`, the path of a SQLite file, or the driver's options as keys.",
  }),
);

export const storeUnreachable = defineProblem<StorePlace & { reason: string }>(
  {
    code: "store/unreachable",
    doc: "No connection to the store's server came about: wrong host or port, a firewall, or the server is down or still starting.",
  },
  ({ store, place, reason }) => ({
    message: `The store \`${store}\` cannot be reached at ${place}: ${reason}.`,
    help: "Check that the server runs and that host and port of the store's `connection` are right from this machine.",
  }),
);

export const storeTooManyConnections = defineProblem<StorePlace>(
  {
    code: "store/too-many-connections",
    doc: "The store's server, or the role's own limit, allows no more connections.",
  },
  ({ store, place }) => ({
    message: `The store \`${store}\` at ${place} allows no more connections.`,
    help: "Lower `concurrency` of the store, or raise the limit of the server or the role.",
  }),
);

export const storeAccessDenied = defineProblem<StorePlace & { reason: string }>(
  { code: "store/access-denied", doc: "The store's server refused the user or the password." },
  ({ store, place, reason }) => ({
    message: `The store \`${store}\` at ${place} refused the login: ${reason}.`,
    help: "Check the user and the password in the environment variables that the store's `connection` names.",
  }),
);

export const storeDatabaseMissing = defineProblem<StorePlace & { reason: string }>(
  { code: "store/database-missing", doc: "The server has no such database, or the SQLite file does not exist." },
  ({ store, place, reason }) => ({
    message: `The store \`${store}\` has no database at ${place}: ${reason}.`,
    help: "Check the database's name, or the file's path, in the store's `connection`.",
  }),
);

export const storeNotADatabase = defineProblem<StorePlace & { reason: string }>(
  { code: "store/not-a-database", doc: "The SQLite file is not a database, or is damaged." },
  ({ store, place, reason }) => ({
    message: `The file of the store \`${store}\`, ${place}, is not a readable SQLite database: ${reason}.`,
    help: "Check the path; `PRAGMA integrity_check` in the sqlite3 shell tells whether the file is damaged.",
  }),
);

export const storePermissionDenied = defineProblem<StorePlace & { what: string; reason: string }>(
  {
    code: "store/permission-denied",
    doc: "The store's user may log in but may not read what was declared. Row-level security counts too: rows are never left out silently.",
  },
  ({ store, place, what, reason }) => ({
    message: `The store \`${store}\` at ${place} does not let its user read ${what}: ${reason}.`,
    help: "Grant SELECT on the declared table or view, and USAGE on its schema, to that user. For a table with row policies, declare a view.",
  }),
);

export const storeConnectionLost = defineProblem<StorePlace & { what: string; reason: string }>(
  {
    code: "store/connection-lost",
    doc: "The connection ended while the store was being read. What had been read is thrown away; the next attempt reads from the start.",
  },
  ({ store, place, what, reason }) => ({
    message: `The store \`${store}\` at ${place} closed the connection during ${what}: ${reason}.`,
    help: "Run again. If it comes back, look in the server's log: a restart, an administrator or a time limit ended the connection.",
  }),
);

export const storeTimeout = defineProblem<StorePlace & { what: string; reason: string }>(
  {
    code: "store/timeout",
    doc: "The store stopped a query because it ran, or waited for a lock, longer than allowed.",
  },
  ({ store, place, what, reason }) => ({
    message: `The store \`${store}\` at ${place} stopped ${what}: ${reason}.`,
    help: "Run again when no migration holds the table. For a table that takes longer, raise the statement timeout of the store's user.",
  }),
);

export const storeConflict = defineProblem<StorePlace & { what: string; reason: string }>(
  {
    code: "store/conflict",
    doc: "The store withdrew the consistent point that was being read: a standby needed to replay a change, or the point is too old.",
  },
  ({ store, place, what, reason }) => ({
    message: `The store \`${store}\` at ${place} gave up ${what}: ${reason}.`,
    help: "Run again. On a standby, raise `max_standby_streaming_delay` or set `hot_standby_feedback`.",
  }),
);

export const storeBusy = defineProblem<StorePlace & { what: string; reason: string }>(
  { code: "store/busy", doc: "A program holds the SQLite file's lock longer than mesh waits." },
  ({ store, place, what, reason }) => ({
    message: `The file of the store \`${store}\`, ${place}, is locked by another program during ${what}: ${reason}.`,
    help: "Run again when it has finished. In WAL mode (`PRAGMA journal_mode=WAL`) readers and the writer never wait for each other.",
  }),
);

export const storeQueryFailed = defineProblem<StorePlace & { what: string; reason: string }>(
  {
    code: "store/query-failed",
    doc: "The store refused a query, for instance because a view fails on a row or a table was dropped a moment ago.",
  },
  ({ store, place, what, reason }) => ({
    message: `The store \`${store}\` at ${place} failed during ${what}: ${reason}.`,
    help: "Run the same SELECT in the store's own shell; a view that fails there must be repaired by the store's team.",
  }),
);

export const storeNotConsistent = defineProblem<StorePlace & { table: string; engine: string }>(
  {
    code: "store/not-consistent",
    doc: "The table's engine has no transactions, so it cannot be read at the same instant as the store's other tables.",
  },
  ({ store, place, table, engine }) => ({
    message: `The table \`${table}\` of the store \`${store}\` at ${place} is stored by ${engine}, which has no consistent reads.`,
    help: `Convert it: ALTER TABLE ${table} ENGINE=InnoDB. Until then take it out of the project's sources.`,
  }),
);

export const storeLockNotAllowed = defineProblem<StorePlace>(
  {
    code: "store/lock-not-allowed",
    doc: "Several readers of a MySQL or MariaDB store can only start at one instant behind a global read lock, which its user may not take.",
  },
  ({ store, place }) => ({
    message: `The store \`${store}\` at ${place} does not let its user take the lock behind which several readers start (\`lock_and_start\`).`,
    help: "GRANT RELOAD ON *.* TO that user, or leave `lock_and_start` and `readers` out: the tables are then read one after another on one connection.",
  }),
);

export const storeRowTooLong = defineProblem<StorePlace & { table: string; rows: number; limitBytes: number }>(
  {
    code: "store/row-too-long",
    doc: "The text of a row is longer than the longest one the MySQL or MariaDB server makes (`max_allowed_packet`). Bytes count twice, as hex.",
  },
  ({ store, place, table, rows, limitBytes }) => ({
    message: `The table \`${table}\` of the store \`${store}\` at ${place} has ${rows} ${rows === 1 ? "row" : "rows"} whose text is longer than the server's \`max_allowed_packet\` of ${limitBytes} bytes.`,
    help: "Raise `max_allowed_packet` on the server, or leave the long column out of the source.",
  }),
);

export const storeQueryNotASelect = defineProblem<StorePlace & { port: string; reason: string }>(
  {
    code: "store/query-not-a-select",
    doc: "The query of a port is not one SELECT: it holds several statements, or one that could change the store, or the store does not take it as a table.",
  },
  ({ store, place, port, reason }) => ({
    message: `The query of \`${port}\` in the store \`${store}\` at ${place} is not usable as a port: ${reason}.`,
    help: "Expected one SELECT (or WITH … SELECT) without a semicolon between statements, which gives every column a name of its own. Run it in the store's own shell first.",
  }),
);

export const storeTableChanged = defineProblem<StorePlace & { table: string; reason: string }>(
  {
    code: "store/table-changed",
    doc: "A migration changed the table between the consistent point and its reading: dropped or changed a column, truncated or rewrote the table, attached or detached a partition. What is there now is not what was there at the point.",
  },
  ({ store, place, table, reason }) => ({
    message: `The table \`${table}\` of the store \`${store}\` at ${place} was changed after the consistent point: ${reason}.`,
    help: "Run again when the migration has finished: the next run takes a new point.",
  }),
);

export const storeTextNotUtf8 = defineProblem<StorePlace & { what: string }>(
  {
    code: "store/text-not-utf8",
    doc: "The store holds text that has no UTF-8 form: bytes of another encoding in a database that does not check them (SQL_ASCII), or a character that its encoding cannot convert.",
  },
  ({ store, place, what }) => ({
    message: `The store \`${store}\` at ${place} holds text that is not UTF-8; met during ${what}.`,
    help: "Repair the rows, or declare a view that converts them: `convert_from(column::bytea, 'LATIN1')` in Postgres.",
  }),
);

export const storeIsolationUnavailable = defineProblem<StorePlace & { reason: string }>(
  {
    code: "store/isolation-unavailable",
    doc: "The store cannot give the isolation that its `reading` asks for: a standby of Postgres has no serializable transactions.",
  },
  ({ store, place, reason }) => ({
    message: `The store \`${store}\` at ${place} cannot be read with \`isolation: serializable\`: ${reason}.`,
    help: "Leave `isolation` out, or read the primary.",
  }),
);

export const storeTypeNotExact = defineProblem<{
  store: string;
  table: string;
  columns: readonly { readonly column: string; readonly storeType: string; readonly declared: string }[];
}>(
  {
    code: "store/type-not-exact",
    doc: "A column is declared with a type that its values cannot be given in without change or guesswork.",
  },
  ({ store, table, columns }) => ({
    message: `${columns
      .map(
        ({ column, storeType, declared }) => `\`${column}\` is ${storeType} in the store and declared as ${declared}`,
      )
      .join("; ")} (table \`${table}\` of \`${store}\`).`,
    help: "Declare varchar, which holds the store's own text, and cast in a model; or declare a type that holds every value.",
  }),
);

export const storeValueNotRepresentable = defineProblem<{
  store: string;
  table: string;
  columns: readonly {
    readonly column: string;
    readonly declared: string;
    readonly rows: number;
    readonly first?: string | undefined;
  }[];
}>(
  {
    code: "store/value-not-representable",
    doc: "Some rows hold values that the declared type cannot hold: text in an integer column of SQLite, a zero date of MySQL, a number with more decimals than declared. They are refused, never rounded or turned into NULL.",
  },
  ({ store, table, columns }) => ({
    message: `The table \`${table}\` of \`${store}\` holds values that the declared types cannot hold: ${columns
      .map(({ column, declared, rows, first }) => {
        const where = first === undefined ? "" : rows === 1 ? `, ${first}` : `, the first ${first}`;
        return `\`${column}\` (${declared}) in ${rows} ${rows === 1 ? "row" : "rows"}${where}`;
      })
      .join(", ")}.`,
    help: "Repair the rows in the store, declare a wider type or varchar, or declare a view that converts them as its team wants.",
  }),
);
