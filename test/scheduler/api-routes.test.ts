// The API's routes without a socket: each with no token, each role, bad input; what is recorded; that nothing secret leaves.
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import * as shapes from "../../core/catalog/index.ts";
import { createInProcessTransport } from "../../core/execute/index.ts";
import type { IncidentRecord } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import { type ApiBench, makeToken, withApi } from "../support/api-bench.ts";
import { contentOf, newDeployment } from "../support/new-deployment.ts";
import { SOON_MS } from "../support/soon.ts";
import { passedBuild } from "../support/state-builds.ts";
import { recordedBackfill, workersRun } from "../support/state-runs.ts";

const INCIDENT = "incident-1";
const BACKFILL = "backfill-1";

interface Case {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
  readonly status: number;
  readonly shape: z.ZodType;
  /** Fields or queries that are refused, with a word of the message. */
  readonly bad?: readonly (readonly [unknown, string])[];
}

const { pageOf } = shapes;
const CASES: readonly Case[] = [
  {
    method: "GET",
    path: "/v1/runs",
    status: 200,
    shape: pageOf(shapes.runShape),
    bad: [
      ["?status=done", "status"],
      ["?limit=0", "limit"],
      ["?limit=501", "limit"],
      ["?limit=ten", "limit"],
      ["?statsu=running", "did you mean `status`?"],
      ["?cursor=nobody", "cursor"],
    ],
  },
  { method: "GET", path: "/v1/runs/RUN", status: 200, shape: shapes.runDetailShape },
  {
    method: "POST",
    path: "/v1/runs",
    body: { select: ["shop.daily+"], reason: "try" },
    status: 202,
    shape: shapes.runShape,
    bad: [
      [{}, "reason"],
      [{ reason: "" }, "reason"],
      [{ reason: "x".repeat(501) }, "reason"],
      [{ reason: 7 }, "reason"],
      [{ reason: "r", select: "shop.daily" }, "select"],
      [{ reason: "r", select: [] }, "select"],
      [{ reason: "r", selct: ["a"] }, "did you mean `select`?"],
      [{ reason: "r", select: ["shop.daily"], schedule: "shop.hourly" }, "both"],
      [[], "body"],
      [null, "body"],
      ["just text", "body"],
    ],
  },
  {
    method: "POST",
    path: "/v1/runs/RUN/cancel",
    body: { reason: "wrong data" },
    status: 202,
    shape: shapes.runShape,
    bad: [
      [{}, "reason"],
      [{ reason: "r", force: true }, "force"],
    ],
  },
  {
    method: "POST",
    path: "/v1/runs/RUN/resume",
    body: { reason: "again" },
    // It has not ended.
    status: 409,
    shape: shapes.problemShape,
    bad: [
      [{}, "reason"],
      [{ reason: "r", fresh: "yes" }, "fresh"],
    ],
  },
  {
    method: "GET",
    path: "/v1/builds",
    status: 200,
    shape: pageOf(shapes.buildShape),
    bad: [
      ["?status=new", "status"],
      ["?modle=x", "did you mean `model`?"],
      ["?cursor=nobody", "cursor"],
    ],
  },
  {
    method: "GET",
    path: "/v1/publications",
    status: 200,
    shape: pageOf(shapes.publicationShape),
    bad: [["?cursor=abc", "cursor"]],
  },
  { method: "GET", path: "/v1/models", status: 200, shape: shapes.modelShape.array(), bad: [["?owner=x", "owner"]] },
  { method: "GET", path: "/v1/models/shop.daily", status: 200, shape: shapes.modelShape },
  { method: "GET", path: "/v1/schedules", status: 200, shape: shapes.scheduleShape.array(), bad: [["?x=1", "x"]] },
  { method: "GET", path: "/v1/schedules/shop.hourly", status: 200, shape: shapes.scheduleShape },
  {
    method: "POST",
    path: "/v1/schedules/shop.hourly/trigger",
    body: { reason: "now" },
    status: 202,
    shape: shapes.runShape,
    bad: [
      [{}, "reason"],
      [{ reason: "r", select: ["a"] }, "select"],
    ],
  },
  {
    method: "POST",
    path: "/v1/schedules/shop.hourly/pause",
    body: { reason: "store moves", forMs: 60_000 },
    status: 200,
    shape: shapes.pauseShape,
    bad: [
      [{}, "reason"],
      [{ reason: "r", forMs: -1 }, "forMs"],
      [{ reason: "r", forMs: 1.5 }, "forMs"],
    ],
  },
  {
    method: "POST",
    path: "/v1/schedules/shop.hourly/unpause",
    body: {},
    status: 409,
    shape: shapes.problemShape,
    bad: [[{ reason: "r" }, "reason"]],
  },
  { method: "GET", path: "/v1/schedules/shop.hourly/standing", status: 200, shape: shapes.standingShape },
  { method: "GET", path: "/v1/pauses", status: 200, shape: shapes.pauseShape.array(), bad: [["?ended=x", "ended"]] },
  {
    method: "POST",
    path: "/v1/pauses",
    body: { kind: "model", name: "shop.daily", reason: "wrong rows" },
    status: 200,
    shape: shapes.pauseShape,
    bad: [
      [{ kind: "model", name: "shop.daily" }, "reason"],
      [{ kind: "table", name: "shop.daily", reason: "r" }, "kind"],
    ],
  },
  {
    method: "POST",
    path: "/v1/pauses/end",
    body: { kind: "model", name: "shop.orders" },
    status: 409,
    shape: shapes.problemShape,
    bad: [[{ kind: "model" }, "name"]],
  },
  { method: "GET", path: "/v1/mutes", status: 200, shape: shapes.muteShape.array(), bad: [["?ended=x", "ended"]] },
  {
    method: "POST",
    path: "/v1/mutes",
    body: { subject: "shop.daily", reason: "store moves", forMs: 60_000 },
    status: 200,
    shape: shapes.muteShape,
    bad: [
      [{ subject: "shop.daily", forMs: 60_000 }, "reason"],
      [{ subject: "shop.daily", reason: "r" }, "forMs"],
      [{ subjct: "shop.daily", reason: "r", forMs: 60_000 }, "did you mean `subject`?"],
    ],
  },
  {
    method: "POST",
    path: "/v1/mutes/end",
    body: { subject: "shop.daily" },
    status: 200,
    shape: shapes.muteShape.array(),
    bad: [[{}, "subject"]],
  },
  {
    method: "GET",
    path: "/v1/backfills",
    status: 200,
    shape: shapes.backfillShape.array(),
    bad: [["?open=x", "open"]],
  },
  { method: "GET", path: "/v1/backfills/BACKFILL", status: 200, shape: shapes.backfillDetailShape },
  {
    method: "POST",
    path: "/v1/backfills/BACKFILL/cancel",
    body: { reason: "wrong month" },
    status: 202,
    shape: shapes.backfillShape,
    bad: [[{}, "reason"]],
  },
  { method: "GET", path: "/v1/audit/verdict", status: 200, shape: shapes.auditVerdictShape, bad: [["?x=1", "x"]] },
  {
    method: "GET",
    path: "/v1/slo",
    status: 200,
    shape: shapes.attainmentShape.array(),
    bad: [["?month=2026-13", "month"]],
  },
  { method: "GET", path: "/v1/incidents/INCIDENT", status: 200, shape: shapes.incidentDetailShape },
  { method: "GET", path: "/v1/freshness", status: 200, shape: shapes.freshnessShape.array() },
  {
    method: "GET",
    path: "/v1/incidents",
    status: 200,
    shape: shapes.incidentShape.array(),
    bad: [
      ["?open=maybe", "open"],
      ["?opne=true", "did you mean `open`?"],
    ],
  },
  ...(["acknowledge", "resolve"] as const).map(
    (verb): Case => ({
      method: "POST",
      path: `/v1/incidents/INCIDENT/${verb}`,
      body: { reason: "known" },
      status: 200,
      shape: shapes.incidentShape,
      bad: [[{}, "reason"]],
    }),
  ),
  { method: "GET", path: "/v1/deployments", status: 200, shape: shapes.deploymentShape.array() },
  {
    method: "GET",
    path: "/v1/deployments/shop/history",
    status: 200,
    shape: shapes.pastDeploymentShape.array(),
    bad: [["?limit=0", "limit"]],
  },
  {
    method: "POST",
    path: "/v1/deployments/shop/rollback",
    body: { reason: "wrong join" },
    status: 200,
    shape: shapes.switchedShape,
    bad: [
      [{}, "reason"],
      [{ reason: "r", allowbreaking: true }, "did you mean `allowBreaking`?"],
    ],
  },
  {
    method: "POST",
    path: "/v1/deployments/shop/retire",
    body: { reason: "moved" },
    status: 200,
    shape: shapes.switchedShape,
    bad: [
      [{}, "reason"],
      [{ reason: "r", to: "x" }, "to"],
    ],
  },
  { method: "GET", path: "/v1/workers", status: 200, shape: shapes.workerShape.array() },
  {
    method: "GET",
    path: "/v1/audit",
    status: 200,
    shape: pageOf(shapes.auditShape),
    bad: [["?since=yesterday", "since"]],
  },
];

async function openIncident({ state }: ApiBench): Promise<void> {
  const now = await state.now();
  const memory = await state.readServiceLevels(now);
  const incident: IncidentRecord = {
    id: INCIDENT,
    status: "open",
    severity: "page",
    cause: { kind: "store", id: "shop.shop_db", project: "shop", owner: { team: "Shop" }, why: "it cannot be reached" },
    affected: [{ subject: "shop.daily", kind: "freshness", state: "BREACH", project: "shop" }],
    openedAt: now,
    lastSeenAt: now,
    reopened: 0,
  };
  await state.recordServiceLevels(memory.version, {
    at: now,
    levels: [],
    changes: [],
    slots: [],
    forgotten: [],
    incidents: [incident],
    alerts: [],
    silenced: [],
  });
}

const pathOf = (pattern: string, run: string): string =>
  pattern.replace("INCIDENT", INCIDENT).replace("BACKFILL", BACKFILL).replace("RUN", run);

/** Runs, builds, publications, backfills and workers that have every field. */
async function fill(bench: ApiBench): Promise<string> {
  const { state } = bench;
  const run = workersRun({
    schedule: "shop.hourly",
    scheduleKey: createId(),
    logicalAt: new Date(),
    reason: "r",
    createdBy: "x",
  });
  await state.recordRun(run);
  const buildId = await passedBuild(state, "shop.daily", run.id);
  await state.publish([{ model: "shop.daily", project: "shop", buildId, expected: null }], { action: "publish" });
  await openIncident(bench);
  await recordedBackfill(state, 1, { id: BACKFILL });
  for (const made of [newDeployment("shop"), newDeployment("shop")]) {
    const after = (await state.currentDeployments()).sequence;
    await state.recordDeployments([made.deployment], { by: { actor: "x", via: "cli" }, after }, contentOf([made]));
  }
  await state.keepWorker({ id: "w", kind: "worker", host: "h", pid: 1, classes: ["duckdb"], concurrency: 2 });
  return run.id;
}

describe.each(CASES)("$method $path", ({ method, path: pattern, body, status, shape }) => {
  test("no token is refused with what to do, the wrong role with which to use, the right one gets just its shape", async () => {
    await withApi(async (bench) => {
      const path = pathOf(pattern, await fill(bench));
      const given = body === undefined ? {} : { body };
      const nobody = await bench.call(method, path, { as: "nobody", ...given });
      expect([nobody.status, nobody.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
      expect(nobody.headers.get("content-type")).toBe("application/problem+json");
      expect(await nobody.json()).toEqual({
        code: "api/unauthenticated",
        message: expect.stringContaining("no token"),
        help: expect.stringContaining("mesh token create"),
      });
      const reader = await bench.call(method, path, { as: "read", ...given });
      if (method === "GET") expect(reader.status).toBe(200);
      else {
        expect(reader.status).toBe(403);
        expect(await reader.json()).toMatchObject({ code: "api/forbidden" });
        expect(await bench.state.listAudit({ actor: "reader" })).toEqual([]);
      }
      const operator = await bench.call(method, path, given);
      const answered = await operator.json();
      expect([operator.status, answered]).toEqual([status, expect.anything()]);
      expect(operator.headers.get("access-control-allow-origin")).toBeNull();
      // Parsing drops what the shape does not name: nothing else may have been there.
      expect(shape.parse(answered)).toEqual(answered);
    });
  });
});

describe.each(CASES.filter(({ bad }) => bad))("$method $path", ({ method, path: pattern, bad = [] }) => {
  test("bad input is refused, naming the field, and changes nothing", async () => {
    await withApi(async (bench) => {
      const path = pathOf(pattern, await fill(bench));
      const before = (await bench.state.verifyAudit()).entries;
      for (const [input, word] of bad) {
        const query = typeof input === "string" && input.startsWith("?") ? input : "";
        const sent = query === "" ? { body: JSON.stringify(input) } : {};
        const response = await bench.call(method, path + query, sent);
        const problem = (await response.json()) as { readonly code: string; readonly message: string };
        expect([input, response.status, problem.code]).toEqual([input, 400, "api/bad-request"]);
        expect(problem.message).toContain(word);
      }
      expect((await bench.state.verifyAudit()).entries).toBe(before);
    });
  });
});

test("every route of the document has its case here, but for the streams", async () => {
  await withApi(async ({ json }) => {
    const { paths } = await json<{ paths: Record<string, object> }>("GET", "/openapi.json", { as: "nobody" });
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const cases = CASES.map(
      ({ method, path }) =>
        `${method} ${path.replace(/\/(RUN|INCIDENT|BACKFILL)/, "/{id}").replace(/\/shop(\.\w+)?/, "/{id}")}`,
    );
    expect(routes.filter((route) => !route.endsWith("/events")).sort()).toEqual([...cases].sort());
  });
});

describe("what is asked for", () => {
  test("a run is recorded with who, why and what, and audited under the token's name", async () => {
    await withApi(async ({ state, call }) => {
      const body = {
        select: ["shop.orders+", "fin.report"],
        exclude: ["shop.daily"],
        fullRefresh: true,
        reason: "try",
      };
      const response = await call("POST", "/v1/runs", { body });
      const run = (await response.json()) as { id: string };
      expect(response.headers.get("location")).toBe(`/v1/runs/${run.id}`);
      expect(await state.getRun(run.id)).toMatchObject({
        status: "waiting",
        executor: "workers",
        trigger: "manual",
        createdBy: "operator",
        selection: "shop.orders+ fin.report --exclude shop.daily",
        options: { fullRefresh: true },
        reason: "try",
        priority: 10,
      });
      expect(await state.listAudit({ subject: run.id })).toMatchObject([
        { actor: "operator", via: "api", action: "run.ask", detail: body },
      ]);
    });
  });

  test("a schedule's models can be run at once; a schedule without models or unknown is refused", async () => {
    await withApi(async ({ json, call }) => {
      const run = await json("POST", "/v1/schedules/shop.hourly/trigger", { body: { reason: "r" } });
      expect(run).toMatchObject({ selection: "shop.daily shop.orders", status: "waiting" });
      const idle = await call("POST", "/v1/runs", { body: { schedule: "shop.idle", reason: "r" } });
      expect([idle.status, await idle.json()]).toMatchObject([409, { code: "schedule/no-models" }]);
      const unknown = await call("POST", "/v1/schedules/shop.hourli/trigger", { body: { reason: "r" } });
      expect([unknown.status, await unknown.json()]).toMatchObject([404, { help: "Did you mean shop.hourly?" }]);
    });
  });

  test("a selection that names nothing deployed is refused", async () => {
    await withApi(async ({ state, call }) => {
      const response = await call("POST", "/v1/runs", { body: { select: ["shop.nothing"], reason: "r" } });
      expect([response.status, await response.json()]).toMatchObject([422, { code: "selection/matches-nothing" }]);
      expect(await state.listRuns()).toEqual([]);
    });
  });

  test("a run is cancelled once; then it has ended", async () => {
    await withApi(async ({ state, json, call }) => {
      const run = workersRun();
      await state.recordRun(run);
      const path = `/v1/runs/${run.id}/cancel`;
      const body = { reason: "wrong data" };
      expect(await json("POST", path, { body })).toMatchObject({
        status: "cancelled",
        cancelledBy: "operator",
        cancelReason: "wrong data",
      });
      const again = await call("POST", path, { body });
      expect([again.status, await again.json()]).toMatchObject([409, { code: "run/already-ended" }]);
      expect(await state.listAudit({ action: "run.cancel" })).toMatchObject([{ subject: run.id, detail: body }]);
      expect((await call("POST", "/v1/runs/none/cancel", { body })).status).toBe(404);
    });
  });

  test("a schedule is paused with why and until when, shows it, and goes on", async () => {
    await withApi(async ({ state, json }) => {
      await json("POST", "/v1/schedules/shop.hourly/pause", { body: { reason: "store moves", forMs: 60_000 } });
      expect(await json("GET", "/v1/schedules/shop.hourly")).toMatchObject({
        pauses: [{ kind: "schedule", by: "operator", why: "store moves", until: expect.any(String) }],
      });
      expect(await json("POST", "/v1/schedules/shop.hourly/unpause", {})).toMatchObject({
        ended: [{ kind: "schedule", name: "shop.hourly", endedBy: "operator" }],
        held: [],
      });
      expect(await json("GET", "/v1/schedules/shop.hourly")).toMatchObject({ pauses: [] });
      expect((await state.listAudit({ actor: "operator" })).map(({ action }) => action)).toEqual([
        "schedule.unpause",
        "schedule.pause",
      ]);
    });
  });

  test.each([
    ["/v1/schedules/shop.hourly/unpause", {}],
    ["/v1/pauses/end", { kind: "schedule", name: "shop.hourly" }],
  ])("%s tells what holds the schedule still, and refuses what is not paused itself", async (path, body) => {
    await withApi(async ({ json, call }) => {
      for (const subject of [
        { kind: "schedule", name: "shop.hourly" },
        { kind: "project", name: "shop" },
      ])
        await json("POST", "/v1/pauses", { body: { ...subject, reason: "store moves" } });
      const unpaused = await json("POST", path, { body });
      expect(shapes.unpausedShape.parse(unpaused)).toEqual(unpaused);
      expect(unpaused).toMatchObject({
        ended: [{ kind: "schedule", name: "shop.hourly" }],
        held: [{ kind: "project", name: "shop", why: "store moves" }],
      });
      const again = await call("POST", path, { body });
      expect([again.status, await again.json()]).toMatchObject([409, { code: "pause/not-paused" }]);
    });
  });

  test("while signals do not get through, a run is recorded at once", async () => {
    const stuck = { ...createInProcessTransport(), signal: () => new Promise<never>(() => undefined) };
    const dead = { ...createInProcessTransport(), signal: () => Promise.reject(new Error("redis is gone")) };
    for (const transport of [stuck, dead])
      await withApi(
        async ({ state, call, logged }) => {
          const startedMs = performance.now();
          const response = await call("POST", "/v1/runs", { body: { reason: "r" } });
          const { id } = (await response.json()) as { id: string };
          expect(await state.getRun(id)).toMatchObject({ status: "waiting" });
          expect(performance.now() - startedMs).toBeLessThan(SOON_MS);
          if (transport === dead) expect(logged.join()).toContain("redis is gone");
        },
        { transport },
      );
  });
});

describe("lists", () => {
  test("are cut into pages that leave nothing out and show nothing twice", async () => {
    await withApi(async ({ state, json }) => {
      const ids: string[] = [];
      for (let n = 0; n < 7; n++) {
        const run = workersRun({ schedule: n === 3 ? "other" : "s", scheduleKey: `${n}` });
        if (n !== 3) ids.unshift(run.id);
        await state.recordRun(run);
      }
      const seen: string[] = [];
      let next: string | undefined;
      do {
        const page: { items: { id: string }[]; next?: string } = await json(
          "GET",
          `/v1/runs?schedule=s&limit=4${next === undefined ? "" : `&cursor=${next}`}`,
        );
        seen.push(...page.items.map(({ id }) => id));
        next = page.next;
        await state.recordRun(workersRun());
      } while (next !== undefined);
      expect(seen).toEqual(ids);
    });
  });

  test("builds say which are published, models what they show", async () => {
    await withApi(async (bench) => {
      await fill(bench);
      await passedBuild(bench.state, "shop.daily");
      const { items } = await bench.json<{ items: { published: boolean }[] }>("GET", "/v1/builds?model=shop.daily");
      expect(items.map(({ published }) => published)).toEqual([false, true]);
      expect(await bench.json("GET", "/v1/models/shop.daily")).toMatchObject({
        id: "shop.daily",
        schedule: "shop.hourly",
        published: { buildId: expect.any(String), asOf: expect.any(String) },
      });
      expect(await bench.json("GET", "/v1/models/fin.report")).not.toHaveProperty("published");
      expect((await bench.call("GET", "/v1/models/fin.rport")).status).toBe(404);
    });
  });
});

describe("tokens", () => {
  test.each([
    [
      "revoked",
      async ({ state }: ApiBench) => {
        const token = await makeToken(state, "gone", "operate");
        await state.revokeToken("gone", { actor: "test", via: "cli" });
        return token;
      },
    ],
    [
      "expired",
      async ({ state }: ApiBench) => {
        const token = await makeToken(state, "old", "operate", 1);
        while ((await state.listTokens())[0]?.status === "live") await wait(1);
        return token;
      },
    ],
    ["not one of this mesh", async () => "mesh_00000000000000000000000000_" + "A".repeat(43)],
    ["not one of this mesh", async () => "nonsense"],
  ])("a token that is %s is refused and told so", async (reason, make) => {
    await withApi(async (bench) => {
      const token = await make(bench);
      const response = await bench.call("GET", "/v1/runs", { as: { token } });
      expect([response.status, await response.json()]).toMatchObject([
        401,
        { message: expect.stringContaining(reason) },
      ]);
    });
  });

  test("its last use is kept", async () => {
    await withApi(async ({ state, call }) => {
      await call("GET", "/v1/runs", { as: "read" });
      expect((await state.listTokens()).find(({ name }) => name === "reader")?.lastUsedAt).toBeInstanceOf(Date);
    });
  });
});

describe("requests that are no requests", () => {
  test.each([
    ["a body that is too large", { body: { reason: "x".repeat(70_000) } }, 413, "api/body-too-large"],
    ["a body that is not JSON", { body: "{", headers: { "content-type": "application/json" } }, 415, "api/not-json"],
    ["a body of another type", { body: "reason=r", headers: { "content-type": "text/plain" } }, 415, "api/not-json"],
  ] as const)("%s", async (_, options, status, code) => {
    await withApi(async ({ state, call }) => {
      const response = await call("POST", "/v1/runs", options);
      expect([response.status, await response.json()]).toMatchObject([status, { code }]);
      expect(await state.listRuns()).toEqual([]);
    });
  });

  test("an unknown path and an unknown method", async () => {
    await withApi(async ({ call }) => {
      const nowhere = await call("GET", "/v1/nowhere");
      expect([nowhere.status, await nowhere.json()]).toMatchObject([404, { code: "api/route-not-found" }]);
      const method = await call("DELETE", "/v1/runs/x");
      expect([method.status, await method.json()]).toMatchObject([405, { help: "It takes GET." }]);
      expect((await call("GET", "/v1/nowhere", { as: "nobody" })).status).toBe(401);
    });
  });

  test("a name that is not this machine's is refused on loopback, before any token is looked at", async () => {
    await withApi(
      async ({ call }) => {
        for (const host of ["evil.example", "evil.example:80", "127.0.0.1.evil.example"]) {
          const response = await call("GET", "/v1/runs", { headers: { host } });
          expect([response.status, await response.json()]).toMatchObject([421, { code: "api/host-refused" }]);
        }
        for (const host of ["localhost:1", "127.0.0.1", "[::1]:8080"])
          expect((await call("GET", "/v1/runs", { headers: { host } })).status).toBe(200);
      },
      { hosts: ["localhost", "127.0.0.1", "::1"] },
    );
  });

  test("a defect is told as one, without what happened; the log has it", async () => {
    await withApi(
      async ({ call, logged }) => {
        const response = await call("GET", "/v1/models");
        expect(response.status).toBe(500);
        expect(await response.text()).not.toContain("hunter22");
        expect(logged.join()).toContain("request failed");
      },
      { deployed: () => Promise.reject(new TypeError("cannot read postgres://u:hunter22@h")) },
    );
  });
});

test("no value of a table's column and no secret is in any answer", async () => {
  await withApi(async (bench) => {
    const { state, call } = bench;
    const run = await fill(bench);
    const id = createId();
    const SECRET = "hunter22";
    await state.createBuild({
      id,
      model: "shop.orders",
      relation: { schema: "shop", name: "orders" },
      runId: run,
      fingerprint: "f",
      inputs: {},
    });
    await state.completeBuild(id, {
      data: {
        kind: "files",
        columns: [],
        files: [{ path: `${SECRET}.parquet`, rows: 1, bytes: 1 }],
        rows: 1,
        bytes: 1,
      },
      contentId: "c",
      asOf: new Date(),
      position: SECRET,
      extraction: {
        strategy: "incremental",
        watermark: { column: "card", value: SECRET },
        window: { from: SECRET },
      } as never,
    });
    await state.recordTests([
      {
        runId: run,
        test: "t",
        model: "shop.orders",
        buildId: id,
        status: "fail",
        failures: 1,
        sample: [{ card: SECRET }],
        durationMs: 1,
      },
    ]);
    await state.recordRun(workersRun({ options: { window: { from: SECRET, to: SECRET } } }));
    for (const { method, path: pattern } of CASES.filter(({ method }) => method === "GET")) {
      const text = await (await call(method, pathOf(pattern, run))).text();
      expect([pattern, text.includes(SECRET)]).toEqual([pattern, false]);
      expect(text).not.toMatch(/mesh_[0-9a-z]{26}_/);
    }
  });
});
