// Owns running knex's SQLite dialect on libsql, whose programs come prebuilt, in its form that works off this thread. The state
// store has a dialect of its own.
import { createRequire } from "node:module";
import type { Knex } from "knex";

const require = createRequire(import.meta.url);
const BetterSqlite3 = require("knex/lib/dialects/better-sqlite3/index.js") as typeof Knex.Client;

export class LibsqlDialect extends BetterSqlite3 {
  _driver(): unknown {
    return require("libsql/promise");
  }
}
