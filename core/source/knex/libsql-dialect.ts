// Owns running knex's SQLite dialect on libsql, whose programs come prebuilt. The state store has the same few lines of its own.
import { createRequire } from "node:module";
import type { Knex } from "knex";

const require = createRequire(import.meta.url);
const BetterSqlite3 = require("knex/lib/dialects/better-sqlite3/index.js") as typeof Knex.Client;

export class LibsqlDialect extends BetterSqlite3 {
  _driver(): unknown {
    return require("libsql");
  }
}
