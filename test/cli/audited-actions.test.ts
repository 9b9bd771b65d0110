// Who does what by the command line is written down, for every command that changes what is published, kept or run.
import { expect, test, vi } from "vitest";
import { runMeshHere, withTempMesh } from "../support/temp-mesh.ts";

vi.setConfig({ testTimeout: 120_000 });

const CONFIG = `import { defineMesh } from "mesh-elt";
export default defineMesh({
  name: "temp",
  defaultTarget: "dev",
  retention: { builds: 1, minAge: "0s" },
  targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } },
});
`;
const model = (rows: number) => ({
  "projects/sales/models/one.sql": `{{ config(materialized='table') }}\nselect * from range(${rows})\n`,
});

test("run, rollback and clean: who, what, why; what did nothing leaves no entry", () =>
  withTempMesh(model(1), async ({ root, write }) => {
    const mesh = async (...args: string[]) => {
      const done = await runMeshHere(root, [...args, "--json"], { MESH_ACTOR: "ana" });
      expect([args, done.code, done.stderr]).toEqual([args, 0, ""]);
      return done.stdout;
    };
    await mesh("run");
    await write(model(2));
    await mesh("run", "--select", "one");
    await write(model(3));
    await mesh("run");
    await mesh("rollback", "one", "--why", "rows came twice");
    await mesh("clean");
    expect(JSON.parse(await mesh("runs"))).toMatchObject([
      { createdBy: "ana" },
      { createdBy: "ana" },
      { createdBy: "ana" },
    ]);
    await write({ "mesh.config.ts": CONFIG });
    await mesh("clean");
    const builds = JSON.parse(await mesh("builds"));
    expect(builds).toMatchObject([{ published: false }, { published: true }]);
    expect(JSON.parse(await mesh("audit"))).toMatchObject([
      { actor: "ana", via: "cli", action: "build.remove", subject: "mesh", detail: { builds: 1 } },
      {
        actor: "ana",
        action: "model.rollback",
        subject: "sales.one",
        detail: { build: builds[1].id, previous: builds[0].id, why: "rows came twice" },
      },
      { actor: "ana", via: "cli", action: "run.start", detail: { command: "run", selection: "" } },
      { actor: "ana", via: "cli", action: "run.start", detail: { command: "run", selection: "one" } },
      { actor: "ana", action: "run.start", detail: { selection: "" } },
    ]);
  }));
