// The hourly tidying up after deployments, on both kinds of state store: what goes, what stays, and that it is told as the scheduler's.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { materialiseFiles, rootOf } from "../../core/deploy/index.ts";
import { openState, type StateLocation, type StateStore } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import type { StoreServer } from "../../demo/stores/server-process.ts";
import { createCopiesDuty, createDeploymentsDuty } from "../../scheduler/deployments/index.ts";
import type { DutyContext } from "../../scheduler/duty.ts";
import { startPostgres } from "../support/database-servers.ts";
import { contentOf, newDeployment } from "../support/new-deployment.ts";
import { newRun, newTask } from "../support/state-runs.ts";

const BY = { actor: "ana", via: "cli" } as const;

describe.each(["sqlite", "postgres"] as const)("on %s", (kind) => {
  let folder: string;
  let server: StoreServer | undefined;
  let state: StateStore;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mesh-retention-"));
    if (kind === "postgres") server = await startPostgres({ password: "secret" });
    const location: StateLocation = server
      ? { kind: "postgres", connection: server.url, schema: "retention" }
      : { kind: "sqlite", path: join(folder, "state.db") };
    state = await openState(location);
    await state.migrate();
  }, 60_000);
  afterAll(async () => {
    await state.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** As its worker sees it: a folder of its own. */
  const machine = (name: string) => join(folder, name);
  const logged: object[] = [];
  const quiet = { debug: () => undefined, warn: () => undefined, error: () => undefined };
  const context = () =>
    ({
      state,
      log: { ...quiet, info: (fields: object) => logged.push(fields) },
    }) as Partial<DutyContext> as DutyContext;
  const deployMany = async (project: string, count: number) => {
    const made = Array.from({ length: count }, (_, i) => newDeployment(project, { "seeds/a.csv": `content ${i}` }));
    for (const one of made) {
      const after = (await state.currentDeployments()).sequence;
      await state.recordDeployments([one.deployment], { by: BY, after }, contentOf([one]));
    }
    return made.map(({ deployment }) => deployment);
  };
  const keptOf = async (project: string) => (await state.listDeployments({ project })).map(({ id }) => id).reverse();

  it("schedulers keep what a run goes by and the 20 newest, and workers remove from their disks what is gone", async () => {
    const made = await deployMany("shop", 25);
    const [used, old] = made;
    if (!used || !old) throw new Error("nothing was made");
    const [here, there] = [machine("scheduler"), machine("worker")];
    for (const root of [here, there]) await materialiseFiles(root, [used, old], state);
    const run = createId();
    await state.recordRun(newRun({ id: run, executor: "workers" }));
    await state.beginRun(run, JSON.stringify({ deployments: { shop: used.id } }), [newTask("build:shop.a")]);
    const copies = (root: string) => [existsSync(rootOf(root, used)), existsSync(rootOf(root, old))];

    const [first, second] = [createDeploymentsDuty(here), createDeploymentsDuty(here)];
    const worker = createCopiesDuty(there);
    await worker.run(context());
    expect(copies(there)).toEqual([true, true]);
    await Promise.all([first.run(context()), second.run(context())]);
    expect(await keptOf("shop")).toEqual([used.id, ...made.slice(5).map(({ id }) => id)]);
    expect(copies(here)).toEqual([true, false]);
    expect(copies(there)).toEqual([true, true]);
    await worker.run(context());
    expect(copies(there)).toEqual([true, false]);

    const entries = await state.listAudit({ action: "deployment.remove" });
    expect(entries).toMatchObject([{ actor: "deployment-retention", via: "scheduler", subject: "mesh" }]);
    expect(new Set(entries[0]?.detail.ids as string[])).toEqual(new Set(made.slice(1, 5).map(({ id }) => id)));

    await state.stopRun(run, { by: "ana", reason: "enough", status: "cancelled" });
    await first.run(context());
    await worker.run(context());
    expect(await keptOf("shop")).toEqual(made.slice(5).map(({ id }) => id));
    expect([copies(here), copies(there)]).toEqual([
      [false, false],
      [false, false],
    ]);
    expect(logged).toContainEqual({ deployments: 1, folders: 1 });
  });

  it("what was in force since a run that waits was asked for stays: it may just be planned by it", async () => {
    const [before] = await deployMany("stock", 1);
    const run = newRun({ executor: "workers" });
    await state.recordRun(run);
    const made = [before, ...(await deployMany("stock", 22))].map((one) => one?.id);
    const duty = createDeploymentsDuty(machine("patient"));
    await duty.run(context());
    expect(await keptOf("stock")).toEqual(made);
    await state.stopRun(run.id, { by: "ana", reason: "enough", status: "cancelled" });
    await duty.run(context());
    expect(await keptOf("stock")).toEqual(made.slice(3));
  });
});
