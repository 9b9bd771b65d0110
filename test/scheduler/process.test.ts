// What every long-lived process has: logs without secrets, endpoints for those who watch it, an end in order.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { problems } from "../../core/errors/index.ts";
import { openState } from "../../core/state/index.ts";
import { Redactor } from "../../core/util/index.ts";
import { createAdmissionRules } from "../../scheduler/engine/index.ts";
import {
  createLog,
  createMetrics,
  drain,
  type ProbeServer,
  startHeartbeat,
  startProbeServer,
} from "../../scheduler/process/index.ts";
import { createTracing } from "../../scheduler/tracing/index.ts";

const SECRET = 'p"ss\\word-1';
const servers: ProbeServer[] = [];
afterEach(async () => void (await Promise.all(servers.splice(0).map((server) => server.close()))));

function logged(readable = false) {
  const lines: string[] = [];
  const redactor = new Redactor();
  redactor.add(SECRET);
  const log = createLog({
    write: (text) => lines.push(text),
    redact: (text) => redactor.redact(text),
    readable,
    fields: { process: "worker" },
  });
  return { log, lines };
}

test("lines are JSON with level, time and the process's own fields, and errors without a stack", () => {
  const { log, lines } = logged();
  log.warn({ task: "build:shop.orders", error: problems.unexpected({ what: "a test", reason: "boom" }) }, "it failed");
  const line = JSON.parse(lines[0]!);
  expect(line).toMatchObject({
    level: "warn",
    process: "worker",
    msg: "it failed",
    task: "build:shop.orders",
    error: { code: "internal/unexpected", message: "Unexpected failure while a test: boom" },
  });
  expect(new Date(line.time).getTime()).toBeGreaterThan(0);
  expect(lines[0]).not.toContain("stack");
});

test.each([false, true])(
  "no secret is in a line, however deep it is and whatever it is made of (readable: %s)",
  (readable) => {
    const { log, lines } = logged(readable);
    log.info({ error: new Error(`login with ${SECRET} failed`) }, `the password is ${SECRET}`);
    log.info({ deep: { list: [SECRET, { url: "postgres://mesh:other-secret@db/mesh" }] } }, "nested");
    const text = lines.join("");
    expect(text).toContain("***");
    for (const hidden of [SECRET, JSON.stringify(SECRET).slice(1, -1), "other-secret"])
      expect(text).not.toContain(hidden);
  },
);

test("on a terminal a line is short, and one line", () => {
  const { log, lines } = logged(true);
  log.info({ duty: "sweep", took: 3 }, "first\nsecond");
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d info {2}first \| second duty=sweep took=3\n$/);
});

async function serve(checks: Readonly<Record<string, () => Promise<void>>>, port = 0) {
  const server = await startProbeServer({
    host: "127.0.0.1",
    port,
    metrics: createMetrics("scheduler"),
    readiness: Object.entries(checks).map(([name, check]) => ({ name, check })),
    redact: (text) => text.replaceAll(SECRET, "***"),
  });
  servers.push(server);
  return { server, get: (path: string, method = "GET") => fetch(`http://127.0.0.1:${server.port}${path}`, { method }) };
}

test("a process is alive, and ready when everything it needs is", async () => {
  const { get } = await serve({ state: async () => undefined, transport: async () => undefined });
  expect((await get("/healthz")).status).toBe(200);
  const ready = await get("/readyz");
  expect([ready.status, await ready.json()]).toEqual([
    200,
    { status: "ready", checks: { state: "ok", transport: "ok" } },
  ]);
});

test("a process that lacks something is alive, not ready, and says what is wrong without secrets", async () => {
  const { get } = await serve({
    state: async () => undefined,
    transport: () => Promise.reject(new Error(`cannot log in with ${SECRET}`)),
  });
  expect((await get("/healthz")).status).toBe(200);
  const ready = await get("/readyz");
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: "not ready", checks: { state: "ok", transport: "cannot log in with ***" } },
  ]);
});

test("a check that never answers does not hold the endpoint up", async () => {
  const { get } = await serve({ state: () => new Promise(() => undefined) });
  expect(await (await get("/readyz")).json()).toEqual({ status: "not ready", checks: { state: "no answer in 3 s" } });
});

test("metrics are in Prometheus' form; other paths and methods are refused", async () => {
  const { get } = await serve({});
  const metrics = await get("/metrics");
  expect(metrics.headers.get("content-type")).toContain("text/plain");
  expect(await metrics.text()).toContain("# TYPE mesh_tasks_total counter");
  expect((await get("/metrics?x=1")).status).toBe(200);
  expect((await get("/")).status).toBe(404);
  expect((await get("/healthz", "POST")).status).toBe(405);
});

test("a port that is taken is an error that says so", async () => {
  const { server } = await serve({});
  await expect(serve({}, server.port)).rejects.toMatchObject({ code: "process/port-unusable" });
});

test("an end goes on past what fails, and past what never ends", async () => {
  const { log, lines } = logged();
  const ran: string[] = [];
  const clean = await drain(
    [
      { name: "first", run: async () => void ran.push("first") },
      { name: "broken", run: () => Promise.reject(new Error("no")) },
      { name: "endless", run: () => new Promise(() => undefined) },
      { name: "last", run: async () => void ran.push("last") },
    ],
    100,
    log,
  );
  expect([clean, ran]).toEqual([false, ["first", "last"]]);
  expect(lines.map((line) => [JSON.parse(line).step, JSON.parse(line).msg])).toEqual([
    ["broken", "could not be ended properly"],
    ["endless", "gave up waiting"],
  ]);
});

test("a worker that drains is alive and counted on for nothing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mesh-draining-"));
  const state = await openState({ kind: "sqlite", path: join(folder, "state.db") });
  try {
    await state.migrate();
    const worker = { id: "w", kind: "worker", host: "h", pid: 1, classes: ["duckdb"], concurrency: 4 } as const;
    const capacity = async () => (await createAdmissionRules(state, {})()).capacityOf("duckdb");
    const heartbeat = await startHeartbeat(state, worker, logged().log);
    expect(await capacity()).toBeGreaterThan(0);
    heartbeat.drain();
    while ((await state.listWorkers(60_000))[0]?.concurrency !== 0);
    expect(await capacity()).toBe(0);
    expect(await state.listWorkers(60_000)).toMatchObject([{ id: "w", classes: [] }]);
    await heartbeat.stop();
    expect(await state.listWorkers(60_000)).toEqual([]);
  } finally {
    await state.close();
    await rm(folder, { recursive: true });
  }
});

test("tracing is off unless asked for, and says when nobody would see it", async () => {
  const { log, lines } = logged();
  expect((await createTracing({}, log)).startOfRun("mesh.task", "r1", {}).carrier).toEqual({});
  expect(lines).toEqual([]);
  const tracing = await createTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" }, log);
  tracing.startOfRun("mesh.task", "r1", {}).end({ failed: false });
  expect(lines.join("")).toContain("no OpenTelemetry SDK is registered");
});
