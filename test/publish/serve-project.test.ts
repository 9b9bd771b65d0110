// Serving in the background of a run: few writes for many publications, and nothing left unshown.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createServer } from "../../core/publish/index.ts";
import { openState, type StateStore } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import { createDuckdbWarehouse } from "../../core/warehouse/duckdb/index.ts";
import type { Warehouse } from "../../core/warehouse/index.ts";

interface Serving {
  readonly state: StateStore;
  readonly warehouse: Warehouse;
  /** Publishes a new table of the project p. */
  publish(name: string): Promise<void>;
}

async function withServing(use: (serving: Serving) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-serve-"));
  const state = await openState({ kind: "sqlite", path: join(folder, "state.db") });
  const warehouse = createDuckdbWarehouse({ path: join(folder, "wh"), threads: 1 });
  try {
    await state.migrate();
    await warehouse.prepare(await state.id());
    const session = await warehouse.openSession({ inputs: new Map(), behindViews: new Map() });
    await use({
      state,
      warehouse,
      async publish(name) {
        const build = { id: createId(), model: `p.${name}`, relation: { schema: "p", name } };
        await state.createBuild({ ...build, runId: "run", fingerprint: "f", inputs: {} });
        const data = await session.create(build, { kind: "select", sql: "select 1 as id" });
        await state.completeBuild(build.id, { data, contentId: build.id, asOf: new Date() });
        await state.setBuildStatus([build.id], "passed");
        await state.publish([{ model: build.model, project: "p", buildId: build.id, expected: null }], {
          action: "publish",
        });
      },
    });
    await session.close();
  } finally {
    await warehouse.close();
    await state.close();
    await rm(folder, { recursive: true, force: true });
  }
}

it("a project is written now and then while it is published again and again, and its last state is shown in the end", () =>
  withServing(async ({ state, warehouse, publish }) => {
    let writes = 0;
    let busyMs = 0;
    const watched: Warehouse = {
      ...warehouse,
      async publish(...request) {
        const started = performance.now();
        await warehouse.publish(...request);
        writes++;
        busyMs += performance.now() - started;
      },
    };
    const server = createServer(state, watched);
    const started = performance.now();
    let publications = 0;
    // Until a writer without pauses would have written many times over.
    while (publications < 60 || performance.now() - started < 1_500) {
      await publish(`m${publications++}`);
      server.request("p");
    }
    const elapsedMs = performance.now() - started;
    expect(writes).toBeGreaterThan(0);
    expect(busyMs).toBeLessThan(elapsedMs / 3);
    await server.settle();
    expect(await warehouse.publishedSequence("p")).toBe(await state.publishedSequence("p"));
    expect(publications).toBeGreaterThan(writes);
  }));

it("catching up shows what anybody published, and never writes beside a write of its own", () =>
  withServing(async ({ state, warehouse, publish }) => {
    let writing = 0;
    const watched: Warehouse = {
      ...warehouse,
      async publish(...request) {
        expect(++writing, "writes at once").toBe(1);
        await warehouse.publish(...request);
        writing--;
      },
    };
    const server = createServer(state, watched);
    for (let round = 0; round < 30; round++) {
      await publish(`m${round}`);
      // Every third was published by another process, which has not shown it.
      if (round % 3 > 0) server.request("p");
      await server.catchUp("p");
      expect(await warehouse.publishedSequence("p")).toBe(await state.publishedSequence("p"));
    }
    await server.settle();
  }));
