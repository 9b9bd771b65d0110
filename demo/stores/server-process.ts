// Owns running a database server as a child: its own session, its own unprivileged user, gone when its parent is gone.
// Knows no particular server.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { access, chmod, chown, constants, lstat, mkdir, open, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** How a server of the demo is started, whatever kind it is. */
export interface ServerOptions {
  /** Kept between starts when given, else a temporary folder that goes when the server is stopped. */
  readonly dataDir?: string;
  /** The `dataDir` of a server with the same password, stopped: a new folder begins with a copy of it, which costs a fifth of making one. */
  readonly copyOf?: string;
  readonly port?: number;
  /** Of the user `mesh`, who may do everything. Postgres takes it only when the folder is new. */
  readonly password?: string;
  /** Leave the server running when this process ends. */
  readonly keepRunning?: boolean;
  /** Extra settings in the server's own words, such as `{ max_connections: "20" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A running server of the demo. */
export interface StoreServer {
  /** With user and password; append nothing: it names the default database. */
  readonly url: string;
  /** The same server, another database. */
  urlOf(database: string): string;
  readonly host: string;
  readonly port: number;
  /** The server's own process. */
  readonly pid: number;
  /** Where its files are: the folder asked for, or one under the system's temporary folder when that cannot be used. */
  readonly dataDir: string;
  /** Ends it by its id and waits until it is gone. Safe to call twice. */
  stop(): Promise<void>;
}

/** Database servers refuse to run as root: there they run as *nobody*. Elsewhere they run as whoever called. */
const SERVER_USER: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** True when every folder above `path` can be entered by the server's user. */
export async function serverUserReaches(path: string): Promise<boolean> {
  if (SERVER_USER.uid === undefined) return true;
  for (let folder = resolve(path); folder !== dirname(folder); folder = dirname(folder)) {
    const found = await stat(folder).catch(() => undefined);
    if (found && found.uid !== SERVER_USER.uid && (found.mode & 0o001) === 0) return false;
  }
  return true;
}

/** A folder only the server's user can use, at `wanted` or, when that user cannot get there, at a fixed temporary place. */
export async function ownFolder(wanted: string): Promise<string> {
  const name = createHash("sha256").update(resolve(wanted)).digest("hex").slice(0, 16);
  const folder = (await serverUserReaches(dirname(resolve(wanted))))
    ? resolve(wanted)
    : join(tmpdir(), `mesh-store-${name}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  const owners = [process.getuid?.(), SERVER_USER.uid];
  if (!found.isDirectory() || !owners.includes(found.uid))
    throw new Error(`${folder} belongs to somebody else; remove it`);
  if (SERVER_USER.uid !== undefined) await chown(folder, SERVER_USER.uid, SERVER_USER.gid ?? SERVER_USER.uid);
  await chmod(folder, 0o700);
  return folder;
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return address.port;
}

/** The first of these programs that exists, looked for on the PATH and in the system's folders. */
export async function findProgram(...names: readonly string[]): Promise<string | undefined> {
  const folders = [
    ...(process.env.PATH ?? "").split(":"),
    "/usr/sbin",
    "/usr/local/sbin",
    "/usr/libexec",
    "/opt/homebrew/bin",
  ];
  for (const name of names) {
    for (const folder of folders.filter((f) => f !== "")) {
      const path = join(folder, name);
      if (
        await access(path, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return path;
    }
  }
  return undefined;
}

/** Runs a set-up program to its end as the server's user. Its own output is the error when it fails. */
export function runProgram(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const done = spawnSync(program, args, {
    ...SERVER_USER,
    cwd: "/",
    env: { PATH: process.env.PATH, ...env },
    encoding: "utf8",
  });
  if (done.status !== 0)
    throw new Error(`${program} failed: ${done.error?.message ?? `${done.stderr}${done.stdout}`.trim().slice(-2_000)}`);
}

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Receives standard output and error. */
  readonly logFile: string;
  readonly stopSignal: "INT" | "TERM";
  /** Leave it running when this process ends. */
  readonly keepRunning: boolean;
  /** Asked again and again until true. */
  ready(pid: number): Promise<boolean>;
}

// The shell holds the read end of a pipe whose write end is ours alone: when we die, however we die, `cat` ends.
const GUARD = '"$@" & child=$!; echo "$child"; cat >/dev/null; kill -s "$STOP" "$child" 2>/dev/null; wait "$child"';
const READY_TIMEOUT_MS = 60_000;

export async function startServer(command: ServerCommand): Promise<{ readonly pid: number; stop(): Promise<void> }> {
  const log = await open(command.logFile, "w", 0o600);
  const options = {
    ...SERVER_USER,
    cwd: "/",
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: "C", STOP: command.stopSignal },
  };
  const guarded = !command.keepRunning;
  const child: ChildProcess = guarded
    ? spawn("/bin/sh", ["-c", GUARD, "guard", command.program, ...command.args], {
        ...options,
        stdio: ["pipe", "pipe", log.fd],
      })
    : spawn(command.program, command.args, { ...options, stdio: ["ignore", log.fd, log.fd] });
  const exited = once(child, "exit");
  exited.catch(() => undefined);
  try {
    await once(child, "spawn");
    const pid = guarded
      ? Number(String((await once(child.stdout as NodeJS.ReadableStream, "data"))[0]))
      : (child.pid ?? 0);
    const stop = () => stopProcess(pid, command.stopSignal, child);
    await waitUntilReady(command, pid, stop);
    child.unref();
    (child.stdin as { unref?: () => void } | null)?.unref?.();
    (child.stdout as { unref?: () => void } | null)?.unref?.();
    return { pid, stop };
  } finally {
    await log.close();
  }
}

async function waitUntilReady(command: ServerCommand, pid: number, stop: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await command.ready(pid))) {
    if (isAlive(pid) && performance.now() < deadline) {
      await pause(20);
      continue;
    }
    await stop();
    throw new Error(`${command.program} did not start; see ${command.logFile}`);
  }
}

/** The same server, whose temporary folder goes with it. */
export function stoppedWith<Server extends { stop(): Promise<void> }>(
  server: Server,
  folder: string | undefined,
): Server {
  if (folder === undefined) return server;
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...server, stop };
}

/** Ends a server by its process id and waits until it is gone; kills it after a while. */
async function stopProcess(pid: number, signal: "INT" | "TERM", child?: ChildProcess): Promise<void> {
  const deadline = performance.now() + 15_000;
  if (isAlive(pid)) process.kill(pid, `SIG${signal}`);
  // The guard reaps the server once its pipe is closed; until then a dead server would still look alive.
  child?.stdin?.end();
  while (isAlive(pid)) {
    if (performance.now() > deadline) process.kill(pid, "SIGKILL");
    await pause(10);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
