// What lists of the API leave out and what they must not: each filter, each cursor, and what is only shown as in force.
import { expect, test } from "vitest";
import { createId } from "../../core/util/index.ts";
import { createApi } from "../../scheduler/api/index.ts";
import { type ApiBench, makeToken, withApi } from "../support/api-bench.ts";
import { contentOf, newDeployment } from "../support/new-deployment.ts";
import { passedBuild } from "../support/state-builds.ts";

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** Every page of a list, as they come. */
async function pagesOf<Item>({ json }: ApiBench, path: string): Promise<readonly (readonly Item[])[]> {
  const pages: (readonly Item[])[] = [];
  for (let next: string | undefined = ""; next !== undefined; ) {
    const page: Page<Item> = await json("GET", `${path}${next === "" ? "" : `&cursor=${next}`}`);
    pages.push(page.items);
    next = page.next;
    if (pages.length > 20) throw new Error("the pages do not end");
  }
  return pages;
}

test("builds: of one run, by pages, and no page more when the last is just full", async () => {
  await withApi(async (bench) => {
    const [run, other] = [createId(), createId()];
    const made: string[] = [];
    for (let n = 0; n < 4; n++) made.unshift(await passedBuild(bench.state, "shop.daily", run));
    await passedBuild(bench.state, "shop.daily", other);
    const pages = await pagesOf<{ id: string }>(bench, `/v1/builds?run=${run}&limit=2`);
    expect(pages.map((page) => page.map(({ id }) => id))).toEqual([made.slice(0, 2), made.slice(2)]);
  });
});

test("publications: by pages, of one model", async () => {
  await withApi(async (bench) => {
    const { state } = bench;
    const published: string[] = [];
    let expected: string | null = null;
    for (let n = 0; n < 3; n++) {
      const buildId = await passedBuild(state, "shop.daily");
      await state.publish([{ model: "shop.daily", project: "shop", buildId, expected }], { action: "publish" });
      published.unshift(buildId);
      expected = buildId;
    }
    const buildId = await passedBuild(state, "fin.report");
    await state.publish([{ model: "fin.report", project: "fin", buildId, expected: null }], { action: "publish" });
    const pages = await pagesOf<{ buildId: string }>(bench, "/v1/publications?model=shop.daily&limit=2");
    expect(pages.map((page) => page.map((shown) => shown.buildId))).toEqual([
      published.slice(0, 2),
      published.slice(2),
    ]);
  });
});

test("the audit log: by pages, since a time, of one actor", async () => {
  await withApi(async (bench) => {
    const { state, json } = bench;
    const entry = { via: "cli", action: "run.ask", subject: "s" } as const;
    for (let n = 0; n < 5; n++) await state.appendAudit({ ...entry, actor: "ana", detail: { n } });
    const pages = await pagesOf<{ detail: { n: number } }>(bench, "/v1/audit?actor=ana&limit=2");
    expect(pages.map((page) => page.map(({ detail }) => detail.n))).toEqual([[4, 3], [2, 1], [0]]);
    const [newest] = await state.listAudit({ limit: 1 });
    const after = new Date((newest?.at.getTime() ?? 0) + 1).toISOString();
    expect(await json("GET", `/v1/audit?since=${after}`)).toEqual({ items: [] });
    expect((await json<Page<unknown>>("GET", `/v1/audit?since=${newest?.at.toISOString()}`)).items).not.toEqual([]);
  });
});

test("models: of one project", async () => {
  await withApi(async ({ json }) => {
    const models = await json<{ id: string }[]>("GET", "/v1/models?project=shop");
    expect(models.map(({ id }) => id)).toEqual(["shop.daily", "shop.orders"]);
  });
});

test("incidents: all of them, or only those that are not resolved", async () => {
  await withApi(async ({ state, json }) => {
    const now = await state.now();
    const incident = (id: string) => ({
      id,
      status: "open" as const,
      severity: "page" as const,
      cause: { kind: "store" as const, id, project: "shop", owner: { team: "Shop" }, why: "w" },
      affected: [],
      openedAt: now,
      lastSeenAt: now,
      reopened: 0,
    });
    const { version } = await state.readServiceLevels(now);
    const nothing = { levels: [], changes: [], slots: [], forgotten: [], alerts: [], silenced: [] };
    await state.recordServiceLevels(version, { at: now, ...nothing, incidents: [incident("a"), incident("b")] });
    await state.settleIncident("b", "resolved", "over", { actor: "ana", via: "cli" });
    const listed = async (query: string) =>
      (await json<{ id: string }[]>("GET", `/v1/incidents${query}`)).map(({ id }) => id).sort();
    expect(await listed("")).toEqual(["a", "b"]);
    expect(await listed("?open=true")).toEqual(["a"]);
    expect(await listed("?open=false")).toEqual(["a", "b"]);
  });
});

test("deployments: which one is in force; workers: only those heard of in the last minute", async () => {
  await withApi(async ({ state, json }) => {
    for (const made of [newDeployment("shop"), newDeployment("shop")]) {
      const { sequence } = await state.currentDeployments();
      const by = { actor: "ana", via: "cli" } as const;
      await state.recordDeployments([made.deployment], { by, after: sequence }, contentOf([made]));
    }
    const shown = await json<{ current: boolean }[]>("GET", "/v1/deployments?project=shop");
    expect(shown.map(({ current }) => current)).toEqual([true, false]);
    expect(await json("GET", "/v1/deployments?project=fin")).toEqual([]);
  });
  const asked: number[] = [];
  await withApi(async ({ state, context }) => {
    const watched = {
      ...state,
      listWorkers: (withinMs: number) => {
        asked.push(withinMs);
        return state.listWorkers(withinMs);
      },
    };
    const api = createApi({ ...context, state: watched });
    const authorization = `Bearer ${await makeToken(state, "asker", "read")}`;
    await api.app.request("/v1/workers", { headers: { authorization } });
    await api.close();
  });
  expect(asked).toEqual([60_000]);
});
