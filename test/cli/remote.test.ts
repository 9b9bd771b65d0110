// The real commands against the API of a real process: what they show, what they do, how they fail, and a server that is killed meanwhile.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openState, type StateStore } from "../../core/state/index.ts";
import { deployedManifest, makeToken } from "../support/api-bench.ts";
import { ensureBuilt } from "../support/built-cli.ts";
import { contentOf, newDeployment } from "../support/new-deployment.ts";
import { SOON_MS } from "../support/soon.ts";
import { passedBuild } from "../support/state-builds.ts";
import { newRun, newTask, recordedBackfill } from "../support/state-runs.ts";
import { runMeshHere, startMesh } from "../support/temp-mesh.ts";
import { startTypeScript, type TypeScriptChild } from "../support/typescript-child.ts";

vi.setConfig({ testTimeout: 120_000 });

let folder = "";
let state: StateStore;
let server: TypeScriptChild;
let url = "";
let operate = "";
let read = "";

const start = async (port = "0", ...more: string[]) => {
  const location = { kind: "sqlite", path: join(folder, "state.db") };
  const child = startTypeScript("./api-child.ts", [JSON.stringify(location), port, ...more]);
  await child.untilLines(1);
  return child;
};
/** In a folder without any mesh: what it shows can only have come over the API. */
const mesh = (args: readonly string[], token = operate) =>
  runMeshHere(folder, args, { MESH_REMOTE: url, MESH_TOKEN: token });
const document = async (args: readonly string[], token = operate) => {
  const { code, stdout, stderr } = await mesh([...args, "--json"], token);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
};

beforeAll(async () => {
  await ensureBuilt();
  folder = await mkdtemp(join(tmpdir(), "mesh-remote-"));
  state = await openState({ kind: "sqlite", path: join(folder, "state.db") });
  await state.migrate();
  operate = await makeToken(state, "operator", "operate");
  read = await makeToken(state, "reader", "read");
  server = await start();
  url = server.lines[0] ?? "";
});
afterAll(async () => {
  server?.process.kill("SIGKILL");
  await state?.close();
  await rm(folder, { recursive: true, force: true });
});

test("trigger, runs, watch and cancel: a run is asked for, seen, followed and ended, under the token's name", async () => {
  const asked = await document(["trigger", "shop.hourly", "--why", "late files"]);
  expect(asked).toMatchObject({ status: "waiting", createdBy: "operator", selection: "shop.daily shop.orders" });
  expect(await document(["runs", "--limit", "1"], read)).toMatchObject([{ id: asked.id, reason: "late files" }]);
  expect((await mesh(["runs"])).stdout).toContain(asked.id);

  const watching = startMesh(folder, ["watch", asked.id.slice(0, 20), "--json"], {
    MESH_REMOTE: url,
    MESH_TOKEN: read,
  });
  await new Promise((resolve) => watching.stdout?.once("data", resolve));
  expect(await mesh(["cancel", asked.id, "--why", "wrong data"])).toMatchObject({
    code: 0,
    stdout: `Run ${asked.id} is cancelled.\n`,
  });
  const watched = await watching.done;
  expect(watched.code).toBe(130);
  const events = watched.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.map(({ status }) => status)).toEqual(["waiting", "cancelled"]);
  expect(await state.listAudit({ subject: asked.id })).toMatchObject([
    { actor: "operator", via: "api", action: "run.cancel", detail: { reason: "wrong data" } },
    { actor: "operator", via: "api", action: "run.ask" },
  ]);
  expect(await mesh(["cancel", asked.id])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("run/already-ended"),
  });
});

test("a run is recorded at once while Redis is away", async () => {
  const deaf = await start("0", "no-redis");
  try {
    const startedMs = performance.now();
    const response = await fetch(`${deaf.lines[0]}/v1/runs`, {
      method: "POST",
      headers: { authorization: `Bearer ${operate}`, "content-type": "application/json" },
      body: JSON.stringify({ select: ["shop.daily"], reason: "by hand" }),
    });
    const tookMs = performance.now() - startedMs;
    const { id } = (await response.json()) as { id: string };
    expect(await state.getRun(id)).toMatchObject({ status: "waiting", reason: "by hand" });
    console.info(`recorded in ${Math.round(tookMs)} ms without Redis`);
    expect(tookMs).toBeLessThan(SOON_MS);
  } finally {
    deaf.process.kill("SIGKILL");
    await deaf.ended;
  }
});

test("schedules, pause and unpause", async () => {
  expect(await document(["pause", "schedule:shop.hourly", "--why", "store moves", "--until", "2h"])).toMatchObject({
    by: "operator",
    why: "store moves",
  });
  expect((await mesh(["schedules"], read)).stdout).toMatch(
    /shop\.hourly +5 \* \* \* \* +[-0-9]{10} \d\d:05.* Europe\/Madrid +- +latest +buffer_one +operator; no scheduler has seen it/,
  );
  await document(["pause", "project:shop", "--why", "it moves"]);
  expect(await mesh(["unpause", "schedule:shop.hourly"])).toMatchObject({
    code: 0,
    stdout: "Unpaused schedule:shop.hourly: 1 pause ended. It is still held by project:shop.\n",
  });
  expect(await document(["unpause", "project:shop"])).toMatchObject({ ended: [{ name: "shop" }], held: [] });
  expect(await mesh(["unpause", "schedule:shop.hourly"])).toMatchObject({ code: 1 });
  expect(await document(["schedules", "--why", "shop.hourly"], read)).toMatchObject({
    schedule: "shop.hourly",
    on: "cron",
  });
  expect((await mesh(["schedules", "--why", "shop.hourly"], read)).stdout).toContain("goes by the clock alone");
  expect(await mesh(["schedules", "--why", "shop.houly"])).toMatchObject({
    stderr: expect.stringContaining("schedule/not-deployed"),
  });
});

test.each(["system", "project:shop", "schedule:shop.hourly", "model:shop.daily", "pool:warehouse"])(
  "pause %s, pauses and unpause: by the token's name, in the audit log",
  async (what) => {
    const [kind = "", name = ""] = what.split(/:(.*)/);
    expect(await document(["pause", what, "--why", "store moves"])).toMatchObject({ kind, name, by: "operator" });
    expect(await document(["pauses"], read)).toMatchObject([{ kind, name, why: "store moves" }]);
    expect((await mesh(["pauses"], read)).stdout).toContain("until unpaused");
    expect(await mesh(["pause", what, "--why", "x"], read)).toMatchObject({
      stderr: expect.stringContaining("api/forbidden"),
    });
    expect(await document(["unpause", what])).toMatchObject({ ended: [{ kind, name, endedBy: "operator" }] });
    expect(await document(["pauses"], read)).toEqual([]);
    expect(await mesh(["unpause", what])).toMatchObject({ stderr: expect.stringContaining("pause/not-paused") });
    expect(await state.listAudit({ limit: 2 })).toMatchObject([
      { actor: "operator", via: "api", action: `${kind}.unpause` },
      { actor: "operator", via: "api", action: `${kind}.pause`, detail: { why: "store moves" } },
    ]);
  },
);

test("what is not deployed cannot be paused", async () => {
  expect(await mesh(["pause", "model:shop.dayly", "--why", "x"])).toMatchObject({
    stderr: expect.stringContaining("error[pause/unknown]"),
  });
});

test("freshness, slo and incidents: what is promised, how it stands, and who looks after it", async () => {
  const promised = { subject: "fin.report", kind: "freshness", own: expect.any(String) };
  expect(await document(["freshness"], read)).toMatchObject([promised]);
  expect(await document(["freshness", "--select", "project:shop"], read)).toEqual([]);
  expect((await mesh(["freshness", "--select", "fin.report"], read)).stdout).toMatch(/fin\.report +freshness +[A-Z]+/);
  expect(await document(["slo", "--month", "2026-11"], read)).toMatchObject([
    { month: "2026-11", subject: "fin.report", promise: "freshness", unit: "minutes" },
  ]);
  expect(await document(["slo", "--project", "shop"], read)).toEqual([]);
  expect(await document(["incidents"], read)).toEqual([]);

  const now = await state.now();
  const { version } = await state.readServiceLevels(now);
  const id = "01k00000000000000000000001";
  const owner = { team: "fin" };
  await state.recordServiceLevels(version, {
    at: now,
    levels: [],
    changes: [],
    slots: [],
    forgotten: [],
    alerts: [],
    silenced: [],
    incidents: [
      {
        id,
        status: "open",
        severity: "page",
        cause: { kind: "model", id: "shop.orders", project: "shop", owner, why: "its build failed" },
        affected: [{ subject: "fin.report", kind: "freshness", state: "BREACH", project: "fin" }],
        openedAt: now,
        lastSeenAt: now,
        reopened: 0,
      },
    ],
  });
  expect((await mesh(["incidents"], read)).stdout).toContain("shop.orders: its build failed");
  expect(await document(["incidents", id, "ack", "--why", "I look"])).toMatchObject({
    status: "acknowledged",
    acknowledgedBy: "operator",
    why: "I look",
    deliveries: [],
  });
  expect((await mesh(["incidents", id.slice(0, 20)], read)).stdout).toContain("seen by   operator");
  expect(await mesh(["incidents", id, "resolve", "--why", "x"], read)).toMatchObject({
    stderr: expect.stringContaining("api/forbidden"),
  });
  expect(await document(["incidents", id, "resolve", "--why", "mended"])).toMatchObject({ status: "resolved" });
  expect(await document(["incidents"], read)).toEqual([]);
  expect(await document(["incidents", "--all"], read)).toMatchObject([{ id }]);
});

test("mute, mutes and mute --end: by the token's name, in the audit log", async () => {
  const args = ["mute", "shop.daily", "--for", "2h", "--why", "store moves"];
  expect(await mesh(args, read)).toMatchObject({ stderr: expect.stringContaining("api/forbidden") });
  expect(await mesh(["mute", "shop.dayly", "--for", "2h", "--why", "x"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("error[sla/mute-unknown]"),
  });
  expect(await mesh(["mute", "shop.daily", "--why", "x"])).toMatchObject({
    stderr: expect.stringContaining("error[sla/mute-without-end]"),
  });
  expect(await document(["mutes"], read)).toEqual([]);
  const muted = await document(args);
  expect(muted).toMatchObject({ subject: "shop.daily", by: "operator", why: "store moves" });
  expect(Date.parse(muted.until) - Date.parse(muted.since)).toBe(7_200_000);
  expect(await document(["mutes"], read)).toEqual([muted]);
  expect((await mesh(["mutes"], read)).stdout).toMatch(/shop\.daily .* operator +store moves/);
  expect(await mesh(["mute", "shop.daily", "--end"], read)).toMatchObject({ code: 1 });
  expect(await document(["mute", "shop.daily", "--end"])).toMatchObject([{ endedBy: "operator" }]);
  expect(await document(["mutes"], read)).toEqual([]);
  expect(await document(["mutes", "--all"], read)).toMatchObject([{ subject: "shop.daily", endedBy: "operator" }]);
  expect((await mesh(["mute", "shop.daily", "--end"])).stdout).toBe("shop.daily is not muted.\n");
  expect(await state.listAudit({ subject: "shop.daily", limit: 2 })).toMatchObject([
    { actor: "operator", via: "api", action: "alerts.unmute" },
    { actor: "operator", via: "api", action: "alerts.mute", detail: { why: "store moves" } },
  ]);
});

test("audit: who did what, narrowed as here, and whether all of it is what was written", async () => {
  await state.appendAudit({
    actor: "ada",
    via: "cli",
    action: "run.cancel",
    subject: "r1",
    detail: { reason: "late" },
  });
  const [entry] = await document(["audit", "--actor", "ada"], read);
  expect(entry).toMatchObject({ actor: "ada", via: "cli", action: "run.cancel", subject: "r1" });
  expect(entry).toEqual(JSON.parse(JSON.stringify((await state.listAudit({ actor: "ada" }))[0])));
  expect((await mesh(["audit", "--subject", "r1"], read)).stdout).toMatch(/ada +cli +run\.cancel +r1 +reason: late/);
  expect(await document(["audit", "--limit", "2"], read)).toHaveLength(2);
  expect(await document(["audit", "--actor", "ada", "--since", "2000-01-01"], read)).toEqual([entry]);
  expect(await document(["audit", "--actor", "ada", "--since", "2999-01-01"], read)).toEqual([]);
  const { entries } = await state.verifyAudit();
  expect(await document(["audit", "--verify"], read)).toEqual({ intact: true, entries });
  expect((await mesh(["audit", "--verify"], read)).stdout).toBe(`${entries} entries: all are what was written.\n`);
});

test("builds", async () => {
  const buildId = await passedBuild(state, "shop.daily");
  await state.publish([{ model: "shop.daily", project: "shop", buildId, expected: null }], { action: "publish" });
  expect(await document(["builds", "shop.daily"], read)).toMatchObject([{ id: buildId, published: true }]);
  expect((await mesh(["builds"], read)).stdout).toMatch(new RegExp(`${buildId} +shop\\.daily +published`));
});

test("deployments, their history, rollback and retire: with the refusals of here, by the token's name, in the audit log", async () => {
  expect(await document(["deployments"], read)).toEqual([]);
  const { models, projects } = deployedManifest();
  const shardOf = (name: string) =>
    JSON.stringify({
      project: projects[name],
      models: Object.values(models).flatMap((model) =>
        model.project === name ? [{ ...model, access: "public" as const }] : [],
      ),
      ...{ stores: [], sources: [], tests: [], reports: [], diagnostics: [] },
    });
  for (const [id, project] of [
    ["aa1", "shop"],
    ["bb2", "shop"],
    ["cc3", "fin"],
  ] as const) {
    const made = newDeployment(project, {}, { id, shard: shardOf(project), note: `note ${id}` });
    const after = (await state.currentDeployments()).sequence;
    await state.recordDeployments([made.deployment], { by: { actor: "ci", via: "cli" }, after }, contentOf([made]));
  }
  expect((await document(["deployments"], read)).map(({ id }: { id: string }) => id).sort()).toEqual(["bb2", "cc3"]);
  expect((await mesh(["deployments"], read)).stdout).toMatch(/shop +bb2 .* ci .*note bb2/);
  expect(await document(["deployments", "shop"], read)).toMatchObject([
    { action: "deploy", deployment: "bb2", previous: "aa1", inForce: true, kept: true, note: "note bb2" },
    { action: "deploy", deployment: "aa1", inForce: false },
  ]);
  expect((await mesh(["deployments", "shop"], read)).stdout).toMatch(/deploy, in force +bb2/);

  for (const [args, code, exit] of [
    [["deployments", "nobody"], "deploy/not-deployed", 2],
    [["deployments", "rollback", "shop"], "cli/why-missing", 2],
    [["deployments", "rollback", "shop", "--to", "zz", "--why", "x"], "deploy/not-found", 2],
    [["deployments", "rollback", "shop", "--to", "bb2", "--why", "x"], "deploy/already-in-force", 2],
    [["deployments", "retire", "shop", "--why", "x"], "deploy/breaks-consumers", 1],
  ] as const)
    expect([args, await mesh(args)]).toMatchObject([
      args,
      { code: exit, stderr: expect.stringContaining(`error[${code}]`) },
    ]);
  const back = ["deployments", "rollback", "shop", "--why", "wrong join"];
  expect((await mesh(back, read)).stderr).toContain("api/forbidden");
  const went = await mesh(back);
  expect(went.stdout).toContain("deployment aa1 in force again");
  expect(went.stderr).toContain("mesh deployments rollback shop --to bb2");
  expect(await document(["deployments", "retire", "shop", "--allow-breaking", "--why", "moved"])).toMatchObject({
    event: { action: "retire", project: "shop", previous: "aa1", by: "operator", broken: [expect.any(String)] },
    contract: expect.arrayContaining([
      expect.objectContaining({ level: "breaking", consumers: [expect.objectContaining({ id: "fin.report" })] }),
    ]),
  });
  expect((await mesh(["deployments", "shop"], read)).stdout).toContain("broke contracts");
  expect(await state.listAudit({ subject: "shop", limit: 2 })).toMatchObject([
    { actor: "operator", via: "api", detail: { why: "moved" } },
    { actor: "operator", via: "api", detail: { why: "wrong join" } },
  ]);
});

test("watching goes on where it was when the server is killed and comes back", async () => {
  const asked = await document(["trigger", "--select", "shop.daily", "--why", "watch"]);
  const watching = startMesh(folder, ["watch", asked.id, "--json"], { MESH_REMOTE: url, MESH_TOKEN: read });
  await new Promise((resolve) => watching.stdout?.once("data", resolve));
  server.process.kill("SIGKILL");
  await server.ended;
  await state.beginRun(asked.id, "{}", [newTask("t")]);
  server = await start(new URL(url).port);
  await state.stopRun(asked.id, { by: "x", reason: "enough", status: "cancelled" });
  const { code, stdout } = await watching.done;
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(code).toBe(130);
  expect(events.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
    "run waiting",
    "run running",
    "run running",
    "task cancelled",
    "run cancelled",
  ]);
});

test("backfills: how far each is, its windows, and cancelled with its runs, by the token's name, once", async () => {
  const { id } = await recordedBackfill(state, 2);
  const run = await state.startWindow(id, 0, newRun({ executor: "workers" }));
  expect(await document(["backfills", "--open"], read)).toMatchObject([{ id, by: "ana", status: "running" }]);
  expect(await document(["backfills", id.slice(0, 20)], read)).toMatchObject({
    progress: { waiting: 1, running: 1 },
    windows: [
      { from: "0", to: "1", runId: run?.id },
      { from: "1", to: "2" },
    ],
  });
  expect((await mesh(["backfills", id])).stdout).toContain("0 of 2 windows done, 1 running, 1 waiting");
  const cancel = ["backfills", "cancel", id, "--why", "wrong month"];
  expect((await mesh(cancel, read)).stderr).toContain("error[api/forbidden]");
  expect((await mesh(cancel)).stdout).toContain(`Backfill ${id} is cancelled: 0 of 2 windows are done`);
  expect(await state.getBackfill(id)).toMatchObject({ cancelledBy: "operator", cancelReason: "wrong month" });
  expect(await state.getRun(run?.id ?? "")).toMatchObject({ status: "cancelled" });
  expect((await mesh(cancel)).stderr).toContain("error[backfill/is-over]");
  expect((await mesh(["backfills", "nothing"])).stderr).toContain("error[backfill/not-found]");
  expect(await document(["backfills", "--open"])).toEqual([]);
});

describe("wrong use", () => {
  test.each([
    [["runs", "--remote", "ftp://x"], "remote/bad-url", 2],
    [["runs", "--remote", "http://u:p@127.0.0.1"], "remote/bad-url", 2],
    [["runs", "--remote", "http://127.0.0.1:1"], "remote/unreachable", 1],
    [["compile", "--remote", "http://127.0.0.1:1"], "cli/not-remote", 2],
    [["watch", "nothing"], "run/not-found", 1],
    [["trigger", "--why", "x"], "schedule/trigger-unclear", 2],
    [["trigger", "shop.hourly", "--select", "shop.daily", "--why", "x"], "schedule/trigger-unclear", 2],
    [["trigger", "shop.houly", "--why", "x"], "schedule/not-deployed", 1],
  ])("mesh %j -> %s, exit %i", async (args, code, exit) => {
    expect(await mesh(args)).toMatchObject({ code: exit, stderr: expect.stringContaining(`error[${code}]`) });
  });

  test("a token that may only look, one that is none, and none", async () => {
    const args = ["trigger", "shop.hourly", "--why", "x"];
    expect((await mesh(args, read)).stderr).toContain("error[api/forbidden]");
    expect((await mesh(args, "mesh_x")).stderr).toContain("error[api/unauthenticated]");
    expect(await mesh(args, "")).toMatchObject({ code: 2, stderr: expect.stringContaining("remote/token-missing") });
  });
});
