// Deploying projects of a working folder: what is registered, what is refused and why, and that others are left alone.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DeployOptions, DeployResult } from "../../core/deploy/index.ts";
import { deployProjects, loadDeployed, retireProject, rollBackDeployment } from "../../core/deploy/index.ts";
import * as pipeline from "../../core/pipeline.ts";
import type { StateStore } from "../../core/state/index.ts";
import { type TempMesh, withTempMesh } from "../support/temp-mesh.ts";

const BY = { actor: "ana", via: "cli" } as const;

/** catalog makes a public table; finance reads it and has a report on it. */
const FILES = {
  "projects/catalog/project.yml": `name: catalog
owner: { team: Catalog, slack: "#catalog" }
schedules: { hourly: { cron: "5 * * * *", timezone: Europe/Madrid } }
`,
  "projects/catalog/seeds/raw_routes.csv": "id,city,fare\n1,Rome,10\n2,Oslo,20\n",
  "projects/catalog/models/routes.sql":
    "{{ config(materialized='table', schedule='hourly') }}\nselect id, city, cast(fare as integer) as fare from {{ ref('raw_routes') }}\n",
  "projects/catalog/models/catalog.yml": `models:
  - name: routes
    description: Routes.
    config: { access: public }
    columns: [{ name: id, data_tests: [unique, not_null] }]
`,
  "projects/finance/models/fares.sql":
    "select city, sum(fare) as fares from {{ ref('catalog', 'routes') }} group by city\n",
  "projects/finance/models/counts.sql": "select count(*) as routes from {{ ref('catalog', 'routes') }}\n",
  "projects/finance/models/finance.yml": `exposures:
  - name: board
    type: dashboard
    owner: { name: Eva, email: eva@example.com }
    depends_on: ["ref('catalog', 'routes')"]
`,
};
const ROUTES = (columns: string) => ({
  "projects/catalog/models/routes.sql": `{{ config(materialized='table', schedule='hourly') }}\nselect ${columns} from {{ ref('raw_routes') }}\n`,
});

const deploy = async ({ open }: TempMesh, options: Partial<DeployOptions> = {}) =>
  (await open()).deploy({ by: BY, ...options });
const stateOf = async ({ open }: TempMesh) => (await open()).state();
const statuses = ({ projects }: DeployResult) =>
  Object.fromEntries(projects.map(({ project, status }) => [project, status]));
const outcome = ({ projects }: DeployResult, name: string) => {
  const found = projects.find(({ project }) => project === name);
  if (!found) throw new Error(`nothing about ${name}`);
  return found;
};
const inForce = async (mesh: TempMesh) => (await (await stateOf(mesh)).currentDeployments()).ids;

describe("deploying", () => {
  it("registers every project at first, and then what changed", () =>
    withTempMesh(FILES, async (mesh) => {
      const first = await deploy(mesh, { note: "first" });
      expect(statuses(first)).toEqual({ catalog: "deployed", finance: "deployed" });
      expect(outcome(first, "catalog").changes).toMatchObject({
        first: true,
        added: ["catalog.raw_routes", "catalog.routes"],
        schedules: [{ name: "hourly" }],
      });
      const ids = await inForce(mesh);
      expect([...ids]).toEqual(first.projects.map(({ project, deployment }) => [project, deployment]));

      const same = await deploy(mesh);
      expect(statuses(same)).toEqual({ catalog: "unchanged", finance: "unchanged" });
      expect(outcome(same, "finance").deployment).toBe(ids.get("finance"));
      expect(await inForce(mesh)).toEqual(ids);

      await mesh.write({
        ...ROUTES("id, city, cast(fare as integer) as fare, 1 as extra, 2 as more"),
        "projects/catalog/project.yml": FILES["projects/catalog/project.yml"].replace("5 *", "10 *"),
      });
      const second = await deploy(mesh);
      expect(statuses(second)).toEqual({ catalog: "deployed", finance: "unchanged" });
      expect(outcome(second, "catalog")).toMatchObject({
        previous: ids.get("catalog"),
        changes: {
          first: false,
          added: [],
          removed: [],
          changed: [{ model: "catalog.routes", what: ["query", "columns"] }],
          schedules: [{ name: "hourly", from: { cron: "5 * * * *" }, to: { cron: "10 * * * *" } }],
        },
        contract: [
          { level: "minor", kind: "column-added", column: "extra" },
          { level: "minor", kind: "column-added", column: "more" },
        ],
      });
      expect((await inForce(mesh)).get("finance")).toBe(ids.get("finance"));
      const { manifest } = await loadDeployed(await stateOf(mesh));
      expect(manifest).toMatchObject({ mesh: "temp", target: "dev" });
      expect(Object.keys(manifest.models)).toEqual([
        "catalog.raw_routes",
        "catalog.routes",
        "finance.counts",
        "finance.fares",
      ]);
    }));

  it("deploys a seed or a macro that changed, and takes its new content along", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh);
      await mesh.write({ "projects/catalog/seeds/raw_routes.csv": "id,city,fare\n1,Rome,11\n" });
      const result = await deploy(mesh);
      expect(statuses(result)).toEqual({ catalog: "deployed", finance: "unchanged" });
      expect(outcome(result, "catalog").changes?.files).toEqual(["projects/catalog/seeds/raw_routes.csv"]);
      const state = await stateOf(mesh);
      const deployed = await loadDeployed(state);
      const [file] = deployed.deployments.get("catalog")?.files ?? [];
      expect(String(await state.readDeploymentFile(file?.hash ?? ""))).toBe("id,city,fare\n1,Rome,11\n");
    }));

  it("names the consumers and their owners when a public column goes, and deploys the others", () =>
    withTempMesh({ ...FILES, "projects/cat/models/one.sql": "select 1 as one\n" }, async (mesh) => {
      await deploy(mesh);
      const before = await inForce(mesh);
      await mesh.write({ ...ROUTES("id, city"), "projects/cat/models/one.sql": "select 2 as one\n" });
      const result = await deploy(mesh);
      // finance's own files still name the column, but what is deployed of it is what counts.
      expect(statuses(result)).toMatchObject({ catalog: "refused", cat: "deployed" });
      expect(result.ok).toBe(false);
      const [change] = outcome(result, "catalog").contract;
      expect(change).toMatchObject({
        level: "breaking",
        kind: "column-removed",
        model: "catalog.routes",
        column: "fare",
      });
      expect(change?.consumers).toEqual([
        {
          kind: "model",
          id: "finance.counts",
          project: "finance",
          owner: "finance (finance@example.com)",
          how: "may use",
        },
        { kind: "model", id: "finance.fares", project: "finance", owner: "finance (finance@example.com)", how: "uses" },
        { kind: "report", id: "finance.board", project: "finance", owner: "Eva (eva@example.com)", how: "may use" },
      ]);
      expect((await inForce(mesh)).get("catalog")).toBe(before.get("catalog"));
    }));

  it("lets it break when told why, and keeps that", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh);
      await mesh.write(ROUTES("id, city"));
      const options = { projects: ["catalog"], allowBreaking: { why: "finance agreed" } };
      expect(statuses(await deploy(mesh, options))).toEqual({ catalog: "deployed" });
      const [event] = await (await stateOf(mesh)).listDeploymentEvents({ project: "catalog" });
      expect(event).toMatchObject({ why: "finance agreed", broken: ["catalog.routes has no column `fare` any more"] });
    }));

  it("leaves a plan possible for a consumer whose upstream was let go", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh);
      expect((await (await mesh.open()).run({})).status).toBe("success");
      await rm(join(mesh.root, "projects/catalog/models/routes.sql"));
      await mesh.write({ "projects/catalog/models/catalog.yml": "models: []\n" });
      const options = { projects: ["catalog"], allowBreaking: { why: "it is gone" } };
      expect(statuses(await deploy(mesh, options))).toEqual({ catalog: "deployed" });
      const state = await stateOf(mesh);
      const { manifest } = await loadDeployed(state);
      const plan = pipeline.plan(manifest, await pipeline.gatherFacts(state, manifest), { fullRefresh: true });
      // What was published of it is there to be read.
      expect(plan.steps.map(({ id }) => id)).toContain("build:finance.fares");
      expect(Object.keys(plan.pins)).toContain("catalog.routes");
    }));

  it("takes a producer and its consumer together when both change so that they fit", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh);
      await mesh.write({
        ...ROUTES("id, city"),
        "projects/finance/models/fares.sql": "select city from {{ ref('catalog', 'routes') }} group by city\n",
        "projects/finance/models/finance.yml": FILES["projects/finance/models/finance.yml"].replace("board", "board2"),
      });
      expect(statuses(await deploy(mesh, { projects: ["catalog"] }))).toEqual({ catalog: "refused" });
      expect(statuses(await deploy(mesh))).toEqual({ catalog: "deployed", finance: "deployed" });
    }));

  it("lets a column go that came after its consumers were deployed, and no other, whatever is deployed with it", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh);
      const fare = "id, city, cast(fare as integer) as fare";
      await mesh.write(ROUTES(`${fare}, 1 as extra`));
      await deploy(mesh);
      await mesh.write(ROUTES("id, city"));
      const both = outcome(await deploy(mesh, { projects: ["catalog"], dryRun: true }), "catalog");
      expect(both.contract.map(({ column, consumers }) => [column, consumers.length])).toEqual([
        ["fare", 3],
        ["extra", 0],
      ]);
      await mesh.write(ROUTES(fare));
      expect(statuses(await deploy(mesh))).toEqual({ catalog: "deployed", finance: "unchanged" });
    }));

  it("keeps a column for consumers of which is not known any more whether they were deployed before it", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh);
      for (const extra of [1, 2]) {
        await mesh.write(ROUTES(`id, city, cast(fare as integer) as fare, ${extra} as extra`));
        await deploy(mesh);
      }
      expect(await (await stateOf(mesh)).removeDeployments({ newest: 1, inUse: [] })).toHaveLength(1);
      await mesh.write(ROUTES("id, city"));
      expect(statuses(await deploy(mesh, { projects: ["catalog"] }))).toEqual({ catalog: "refused" });
    }));

  it("keeps a column for a consumer that was deployed at once with it", () =>
    withTempMesh(
      { ...SCHEDULED("shop", CLOCK), "projects/finance/models/one.sql": "select 1 as one\n" },
      async (mesh) => {
        await deploy(mesh);
        const out = "{{ config(access='public', schedule='own') }}\nselect 1 as id";
        await mesh.write({
          "projects/shop/models/out.sql": `${out}, 2 as extra\n`,
          "projects/finance/models/one.sql": "select extra from {{ ref('shop', 'out') }}\n",
        });
        await deploy(mesh);
        await mesh.write({ "projects/shop/models/out.sql": `${out}\n` });
        expect(statuses(await deploy(mesh, { projects: ["shop"] }))).toEqual({ shop: "refused" });
      },
    ));

  it("takes back a consumer that fits only a producer that is refused", () =>
    withTempMesh({ ...FILES, "projects/other/models/one.sql": "select 1 as one\n" }, async (mesh) => {
      await deploy(mesh);
      const before = await inForce(mesh);
      // What is deployed of finance reads fare; other reads what comes in its place.
      await mesh.write({
        ...ROUTES("id, city, cast(fare as integer) as price"),
        "projects/other/models/prices.sql": "select sum(price) as prices from {{ ref('catalog', 'routes') }}\n",
      });
      const result = await deploy(mesh);
      expect(statuses(result)).toMatchObject({ catalog: "refused", other: "broken" });
      expect(outcome(result, "other").diagnostics).toMatchObject([
        {
          level: "error",
          message: expect.stringContaining("price"),
          location: { file: "projects/other/models/prices.sql" },
        },
      ]);
      expect(await inForce(mesh)).toEqual(before);
    }));

  it("names the upstream's owner when it is not deployed, or not as the consumer needs it", () =>
    withTempMesh(FILES, async (mesh) => {
      const alone = await deploy(mesh, { projects: ["finance"] });
      expect(statuses(alone)).toEqual({ finance: "refused" });
      expect(outcome(alone, "finance").missing[0]).toEqual({
        reader: "finance.counts",
        kind: "model",
        model: "catalog.routes",
        project: "catalog",
        why: "project not deployed",
        owner: "Catalog (#catalog)",
      });
      // What is its own fault is told alone.
      await mesh.write({ "projects/finance/models/own.sql": "select nothing from {{ ref('counts') }}\n" });
      const faulty = outcome(await deploy(mesh, { projects: ["finance"] }), "finance");
      expect(faulty).toMatchObject({
        status: "broken",
        missing: [],
        diagnostics: [{ level: "error", location: { file: "projects/finance/models/own.sql" } }],
      });
      await rm(join(mesh.root, "projects/finance/models/own.sql"));
      await deploy(mesh, { projects: ["catalog"] });
      await mesh.write({
        "projects/catalog/models/cities.sql": "select city from {{ ref('raw_routes') }}\n",
        "projects/catalog/models/catalog2.yml":
          "models: [{ name: cities, description: Cities., config: { access: public } }]\n",
        "projects/finance/models/more.sql": "select * from {{ ref('catalog', 'cities') }}\n",
      });
      const early = await deploy(mesh, { projects: ["finance"] });
      expect(outcome(early, "finance")).toMatchObject({
        status: "refused",
        missing: [
          { reader: "finance.more", model: "catalog.cities", why: "no such model", owner: "Catalog (#catalog)" },
        ],
      });
      expect((await inForce(mesh)).has("finance")).toBe(false);
      expect(statuses(await deploy(mesh))).toEqual({ catalog: "deployed", finance: "deployed" });
    }));

  it("goes on with the others when a project does not compile, unless it was named", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh);
      await mesh.write({
        "projects/finance/models/fares.sql": "select nothing from {{ ref('catalog', 'routes') }}\n",
        ...ROUTES("id, city, cast(fare as bigint) as fare"),
      });
      const named = await deploy(mesh, { projects: ["catalog", "finance"] });
      expect(statuses(named)).toEqual({ catalog: "held", finance: "broken" });
      expect(outcome(named, "finance").diagnostics).toMatchObject([
        { level: "error", location: { file: "projects/finance/models/fares.sql", line: 1 } },
      ]);
      const all = await deploy(mesh);
      expect(statuses(all)).toEqual({ catalog: "deployed", finance: "broken" });
      expect(outcome(all, "catalog").contract).toMatchObject([{ level: "dangerous", kind: "column-widened" }]);
    }));

  it("compiles against what is deployed, not against what the folder has of others", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh);
      // The folder's catalog is ahead, or its team works on it; finance's team deploys its own.
      await mesh.write({
        ...ROUTES("id, city"),
        "projects/finance/models/fares.sql":
          "select city, max(fare) as fares from {{ ref('catalog', 'routes') }} group by city\n",
      });
      expect(statuses(await deploy(mesh, { projects: ["finance"] }))).toEqual({ finance: "deployed" });
      const { manifest } = await loadDeployed(await stateOf(mesh));
      expect(manifest.models["finance.fares"]?.columns).toMatchObject([
        { name: "city" },
        { name: "fares", type: "INTEGER" },
      ]);
    }));

  it("deploys from a folder that has the team's own project alone", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh);
      const { root } = mesh;
      await mesh.write({
        "alone/mesh.config.ts": `import { defineMesh } from "mesh-elt";
export default defineMesh({ name: "temp", defaultTarget: "dev", targets: { dev: {
  warehouse: { kind: "duckdb", path: ${JSON.stringify(`${root}/wh`)} }, state: { kind: "sqlite", path: ${JSON.stringify(`${root}/state.db`)} } } } });
`,
        "alone/projects/finance/project.yml": "name: finance\nowner: { team: finance, email: finance@example.com }\n",
        "alone/projects/finance/models/fares.sql":
          "select city, min(fare) as fares from {{ ref('catalog', 'routes') }} group by city\n",
      });
      const result = await (await mesh.open({ cwd: `${root}/alone` })).deploy({ by: BY });
      expect(statuses(result)).toEqual({ finance: "deployed" });
      expect(outcome(result, "finance").changes).toMatchObject({ removed: ["finance.counts"] });
    }));

  it("judges and registers nothing in a dry run", () =>
    withTempMesh(FILES, async (mesh) => {
      const result = await deploy(mesh, { dryRun: true });
      expect(statuses(result)).toEqual({ catalog: "deployed", finance: "deployed" });
      expect(outcome(result, "catalog").deployment).toBeUndefined();
      expect(await inForce(mesh)).toEqual(new Map());
    }));

  it("deploys at once from several places without losing one", () =>
    withTempMesh(
      Object.fromEntries(
        Array.from({ length: 4 }, (_, i) => [`projects/p${i}/models/one.sql`, `select ${i} as one\n`]),
      ),
      async (mesh) => {
        const meshes = await Promise.all(Array.from({ length: 4 }, () => mesh.open()));
        const results = await Promise.all(meshes.map((one, i) => one.deploy({ by: BY, projects: [`p${i}`] })));
        expect(results.map(statuses)).toEqual(Array.from({ length: 4 }, (_, i) => ({ [`p${i}`]: "deployed" })));
        expect([...(await inForce(mesh)).keys()]).toEqual(["p0", "p1", "p2", "p3"]);
      },
    ));

  it("judges again when another was deployed in between, so that two never break each other's contract", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh, { projects: ["catalog"] });
      // One removes the column that the other begins to read.
      await mesh.write(ROUTES("id, city"));
      const config = await pipeline.configure(mesh.root, { env: {} });
      const loaded = await pipeline.load(config);
      const folder = await pipeline.compile(config, loaded, {});
      const state = await stateOf(mesh);
      let overtaken = 0;
      const late: StateStore = {
        ...state,
        async recordDeployments(...recorded) {
          // Judged, and not recorded yet.
          if (overtaken++ === 0)
            expect(statuses(await deploy(mesh, { projects: ["finance"] }))).toEqual({ finance: "deployed" });
          return state.recordDeployments(...recorded);
        },
      };
      const request = { by: BY, projects: ["catalog"], config, env: {}, loaded, folder, state: late };
      const result = await deployProjects(request);
      expect(overtaken).toBe(1);
      expect(outcome(result, "catalog")).toMatchObject({
        status: "refused",
        contract: [
          { level: "breaking", column: "fare", consumers: [{ id: "finance.counts" }, { id: "finance.fares" }, {}] },
        ],
      });
    }));
});

/** catalog by `own`, finance by `own`, each with a public model `out`. */
const SCHEDULED = (project: string, own: string) => ({
  [`projects/${project}/project.yml`]: `name: ${project}
owner: { team: ${project}, slack: "#x" }
schedules:
  own: ${own}
`,
  [`projects/${project}/models/out.sql`]: "{{ config(access='public', schedule='own') }}\nselect 1 as id\n",
  [`projects/${project}/models/out.yml`]: "models:\n  - { name: out, description: It. }\n",
});
const CLOCK = '{ cron: "5 * * * *", timezone: UTC }';

describe("a circle of schedules", () => {
  it("is refused where a project closes it with others as they are deployed, and by going back", () =>
    withTempMesh({ ...SCHEDULED("a", CLOCK), ...SCHEDULED("b", CLOCK) }, async (mesh) => {
      await deploy(mesh);
      await mesh.write(SCHEDULED("a", "{ on: any_new, upstream: [b.out] }"));
      expect(statuses(await deploy(mesh))).toEqual({ a: "deployed", b: "unchanged" });
      // In the folder a goes by its clock again; as it is deployed it waits for b.
      await mesh.write({ ...SCHEDULED("a", CLOCK), ...SCHEDULED("b", "{ on: any_new, upstream: [a.out] }") });
      const refused = await deploy(mesh, { projects: ["b"] });
      expect(refused.ok).toBe(false);
      expect(outcome(refused, "b").diagnostics).toMatchObject([
        {
          code: "schedule/cycle",
          message:
            "Schedules wait for each other in a circle: a.own waits for b.out of b.own (as it is deployed); b.own waits for a.out of a.own (projects/b/project.yml:4).",
        },
      ]);
      expect((await deploy(mesh)).ok).toBe(true);
      await expect(
        rollBackDeployment(await stateOf(mesh), "a", { by: BY, why: "try", allowBreaking: true }),
      ).rejects.toMatchObject({ code: "schedule/cycle" });
    }));

  it("is refused where a project moves a model that another one's schedule reads", () => {
    const reader = {
      ...SCHEDULED("b", "{ on: any_new }"),
      "projects/b/models/out.sql":
        "{{ config(access='public', schedule='own') }}\nselect id from {{ ref('a', 'moved') }}\n",
    };
    const moved = (schedule: string) => ({
      "projects/a/models/moved.sql": `{{ config(access='public', schedule='${schedule}') }}\nselect 1 as id\n`,
      "projects/a/models/moved.yml": "models:\n  - { name: moved, description: It. }\n",
    });
    const two = (later: string) => {
      const files = SCHEDULED("a", "{ on: any_new, upstream: [b.out] }");
      return { ...files, "projects/a/project.yml": `${files["projects/a/project.yml"]}  later: ${later}\n` };
    };
    return withTempMesh({ ...reader, ...two(CLOCK), ...moved("later") }, async (mesh) => {
      expect((await deploy(mesh)).ok).toBe(true);
      const before = (await loadDeployed(await stateOf(mesh))).manifest.projects.b?.schedules.own;
      expect(before).toMatchObject({ upstream: ["a.moved"], upstreamIsRead: true });
      await mesh.write(moved("own"));
      const refused = await deploy(mesh, { projects: ["a"] });
      expect(outcome(refused, "a").diagnostics).toMatchObject([{ code: "schedule/cycle" }]);
    });
  });
});

describe("going back", () => {
  it("puts the deployment before in force again, and forward again", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh);
      const first = (await inForce(mesh)).get("catalog");
      await mesh.write(ROUTES("id, city, cast(fare as integer) as fare, 1 as extra"));
      await deploy(mesh);
      const second = (await inForce(mesh)).get("catalog");
      const state = await stateOf(mesh);
      const back = await rollBackDeployment(state, "catalog", { by: BY, why: "extra is wrong" });
      expect(back).toMatchObject({
        event: { action: "rollback", deployment: first, previous: second, why: "extra is wrong" },
        changes: { changed: [{ model: "catalog.routes" }] },
      });
      const again = await rollBackDeployment(state, "catalog", {
        by: BY,
        why: "it was right",
        to: second?.slice(0, 22) ?? "",
      });
      expect(again.event.deployment).toBe(second);
      const options = { by: BY, why: "again", to: second ?? "" };
      await expect(rollBackDeployment(state, "catalog", options)).rejects.toMatchObject({
        code: "deploy/already-in-force",
      });
      await expect(rollBackDeployment(state, "catalog", { ...options, to: "zzz" })).rejects.toMatchObject({
        code: "deploy/not-found",
      });
    }));

  it("is refused when somebody has begun to read what would go", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh);
      await mesh.write(ROUTES("id, city, cast(fare as integer) as fare, 1 as extra"));
      await deploy(mesh, { projects: ["catalog"] });
      await mesh.write({
        "projects/finance/models/fares.sql": "select city, extra from {{ ref('catalog', 'routes') }}\n",
      });
      const state = await stateOf(mesh);
      const options = { by: BY, why: "oh" };
      let overtaken = 0;
      const late: StateStore = {
        ...state,
        async switchDeployment(...change) {
          // Judged, and not switched yet.
          if (overtaken++ === 0) await deploy(mesh, { projects: ["finance"] });
          return state.switchDeployment(...change);
        },
      };
      await expect(rollBackDeployment(late, "catalog", options)).rejects.toMatchObject({
        code: "deploy/breaks-consumers",
      });
      expect(overtaken).toBe(1);
      await expect(rollBackDeployment(state, "catalog", options)).rejects.toMatchObject({
        code: "deploy/breaks-consumers",
        message: expect.stringContaining("finance.fares (finance, finance (finance@example.com))"),
      });
      const forced = await rollBackDeployment(state, "catalog", { ...options, allowBreaking: true });
      expect(forced.event.broken).toEqual(["catalog.routes has no column `extra` any more"]);
    }));

  it("is refused when what it reads is no longer deployed", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh);
      await mesh.write({ "projects/finance/models/finance.yml": "models: []\n" });
      for (const name of ["fares", "counts"])
        await mesh.write({ [`projects/finance/models/${name}.sql`]: "select 1 as one\n" });
      await deploy(mesh, { projects: ["finance"] });
      const state = await stateOf(mesh);
      await retireProject(state, "catalog", { by: BY, why: "moved" });
      await expect(rollBackDeployment(state, "finance", { by: BY, why: "oh" })).rejects.toMatchObject({
        code: "deploy/breaks-consumers",
        message: expect.stringContaining("catalog.routes"),
      });
      const forced = await rollBackDeployment(state, "finance", { by: BY, why: "oh", allowBreaking: true });
      expect(new Set(forced.event.broken)).toEqual(new Set(["catalog.routes: project not deployed"]));
    }));

  it("retires a project that nobody reads; its consumers keep one that they read", () =>
    withTempMesh(FILES, async (mesh) => {
      await deploy(mesh);
      const state = await stateOf(mesh);
      const why = { by: BY, why: "no longer needed" };
      await expect(retireProject(state, "catalog", why)).rejects.toMatchObject({ code: "deploy/breaks-consumers" });
      expect((await retireProject(state, "finance", why)).changes).toMatchObject({
        first: false,
        added: [],
        removed: ["finance.counts", "finance.fares"],
      });
      await retireProject(state, "catalog", why);
      expect(await inForce(mesh)).toEqual(new Map());
      await expect(retireProject(state, "catalog", why)).rejects.toMatchObject({ code: "deploy/not-deployed" });
      const back = await rollBackDeployment(state, "catalog", { by: BY, why: "needed after all" });
      expect(back.event.action).toBe("rollback");
    }));
});
