// Owns a MariaDB on 127.0.0.1 when one is installed, for the demo and the tests. Its files are throw-away.
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  findProgram,
  freePort,
  ownFolder,
  runProgram,
  type ServerOptions,
  type StoreServer,
  startServer,
  stoppedWith,
} from "./server-process.ts";

const USER = "mesh";
const THROW_AWAY = {
  "innodb-flush-log-at-trx-commit": "0",
  "innodb-doublewrite": "0",
  "innodb-buffer-pool-size": "64M",
  "innodb-log-file-size": "16M",
  // Not even what defines a table is synced to the disk: it outlives the server, not the machine.
  "debug-no-sync": "1",
};
const INSTALL = ["--auth-root-authentication-method=normal", "--skip-test-db", ...asFlags(THROW_AWAY)];

/** True when this machine has the programs. */
export async function isMariadbInstalled(): Promise<boolean> {
  return (await findProgram("mariadbd")) !== undefined && (await findProgram("mariadb-install-db")) !== undefined;
}

/** Starts a server with a user `mesh` and the default database `mesh`. Throws Error when it is not installed or cannot start. */
export async function startMariadb(options: ServerOptions = {}): Promise<StoreServer> {
  const program = await findProgram("mariadbd");
  const installer = await findProgram("mariadb-install-db");
  if (program === undefined || installer === undefined)
    throw new Error("MariaDB is not installed (package mariadb-server)");
  const home = await ownFolder(options.dataDir ?? (await mkdtemp(join(tmpdir(), "mesh-mariadb-"))));
  const data = join(home, "data");
  if (!existsSync(join(data, "mysql"))) {
    if (options.copyOf === undefined) runProgram(installer, ["--no-defaults", `--datadir=${data}`, ...INSTALL]);
    else runProgram("cp", ["-R", join(options.copyOf, "data"), data]);
  }
  const password = options.password ?? "only-for-this-demo";
  const initFile = join(home, "init.sql");
  await writeFile(initFile, initialStatements(password));
  await chmod(initFile, 0o644);
  const port = options.port ?? (await freePort());
  const logFile = join(home, "mariadb.log");
  const settings = {
    "bind-address": "127.0.0.1",
    port: String(port),
    "character-set-server": "utf8mb4",
    ...THROW_AWAY,
    ...options.settings,
  };
  const files = [
    `--datadir=${data}`,
    `--socket=${join(home, "socket")}`,
    `--pid-file=${join(home, "pid")}`,
    `--init-file=${initFile}`,
  ];
  const server = await startServer({
    program,
    args: ["--no-defaults", "--skip-name-resolve", ...files, ...asFlags(settings)],
    logFile,
    stopSignal: "TERM",
    keepRunning: options.keepRunning ?? false,
    ready: async () => (await readFile(logFile, "utf8").catch(() => "")).includes("ready for connections"),
  });
  const urlOf = (database: string) =>
    `mysql://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    ...stoppedWith(server, options.dataDir === undefined ? home : undefined),
    url: urlOf("mesh"),
    urlOf,
    host: "127.0.0.1",
    port,
    dataDir: home,
  };
}

function initialStatements(password: string): string {
  const quoted = `'${password.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
  return [
    `CREATE USER IF NOT EXISTS '${USER}'@'127.0.0.1';`,
    `ALTER USER '${USER}'@'127.0.0.1' IDENTIFIED BY ${quoted};`,
    `ALTER USER 'root'@'localhost' IDENTIFIED BY ${quoted};`,
    `GRANT ALL PRIVILEGES ON *.* TO '${USER}'@'127.0.0.1' WITH GRANT OPTION;`,
    "CREATE DATABASE IF NOT EXISTS mesh;",
    "",
  ].join("\n");
}

function asFlags(settings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(settings).map(([key, value]) => `--${key}=${value}`);
}
