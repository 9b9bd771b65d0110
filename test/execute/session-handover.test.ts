// The session of a build goes to the test of it, once, and is never left open.
import { describe, expect, it } from "vitest";
import { createSessionHandover } from "../../core/execute/session-handover.ts";
import type { Step } from "../../core/plan/index.ts";
import { createDuckdbWarehouse } from "../../core/warehouse/duckdb/index.ts";
import type { Warehouse, WarehouseSession } from "../../core/warehouse/index.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

const step = (id: string, dependsOn: readonly string[]): Step => {
  const [kind, model] = id.split(":") as [Step["kind"], string];
  return { id, kind, models: [model], reason: "", dependsOn };
};
const steps = [
  step("build:p.a", []),
  step("test:p.a", ["build:p.a"]),
  step("build:p.b", []),
  step("test:p.b", ["build:p.b", "build:p.a"]),
  step("build:p.untested", []),
];

function openSession(warehouse: Warehouse): Promise<WarehouseSession> {
  return warehouse.openSession({ inputs: new Map(), behindViews: new Map() });
}

describe("handing a session over", () => {
  it("is for tests that wait for nothing but the build, and only once", () =>
    withTempMesh({}, async ({ root }) => {
      const warehouse = createDuckdbWarehouse({ path: root, threads: 1 });
      const session = await openSession(warehouse);
      const handover = createSessionHandover(steps);
      expect(["p.untested", "p.b", "p.a"].map((model) => handover.give(model, session))).toEqual([false, false, true]);
      expect([handover.take("p.b"), handover.take("p.a"), handover.take("p.a")]).toEqual([
        undefined,
        session,
        undefined,
      ]);
      await handover.closeAll();
      expect((await session.query("select 1")).rows).toEqual([[1]]);
      await session.close();
      await warehouse.close();
    }));

  it("ends with the run for a session that nobody took", () =>
    withTempMesh({}, async ({ root }) => {
      const warehouse = createDuckdbWarehouse({ path: root, threads: 1 });
      const session = await openSession(warehouse);
      const handover = createSessionHandover(steps);
      expect(handover.give("p.a", session)).toBe(true);
      await handover.closeAll();
      await expect(session.query("select 1")).rejects.toThrow();
      await warehouse.close();
    }));
});
