// `mesh schedules --why` on a small deployed mesh, after a scheduler's duty has looked.
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { loadDeployed } from "../../core/deploy/index.ts";
import { createInProcessTransport } from "../../core/execute/index.ts";
import { openState } from "../../core/state/index.ts";
import { createConditionsDuty } from "../../scheduler/conditions/index.ts";
import type { DutyContext } from "../../scheduler/duty.ts";
import { silentLog } from "../support/scheduler-log.ts";
import { runMeshHere, withTempMesh } from "../support/temp-mesh.ts";

vi.setConfig({ testTimeout: 120_000 });

const FILES = {
  "projects/shop/project.yml":
    'name: shop\nowner: { team: shop, email: shop@example.com }\nschedules:\n  hourly: { cron: "5 * * * *", timezone: UTC }\n  on_orders: { on: any_new }\n',
  "projects/shop/models/orders.sql": "{{ config(schedule='hourly', materialized='table') }} select 1 as id",
  "projects/shop/models/days.sql": "{{ config(schedule='on_orders') }} select id from {{ ref('orders') }}",
};

test("a schedule that waits for data says what it waits for, and what is new", async () => {
  await withTempMesh(FILES, async ({ root }) => {
    const mesh = (...args: string[]) => runMeshHere(root, args);
    const why = async () => (await mesh("schedules", "--why", "shop.on_orders")).stdout;
    expect(await mesh("deploy")).toMatchObject({ code: 0 });
    expect(await why()).toContain("No scheduler has looked at it yet.");
    const state = await openState({ kind: "sqlite", path: join(root, "state.db") });
    try {
      const duty = createConditionsDuty();
      const context = {
        state,
        transport: createInProcessTransport(),
        deployed: async () => ({ manifest: (await loadDeployed(state)).manifest, ids: {} }),
        scheduleTime: () => state.scheduleTime(),
        signal: new AbortController().signal,
        log: silentLog,
      } as unknown as DutyContext;
      await duty.run(context);
      expect(await why()).toMatch(
        /^shop\.on_orders \(any_new\) is not due since \S+ \S+ UTC\. Nothing new: shop\.orders \(never published\)\.$/m,
      );
      expect(await mesh("run", "--select", "orders")).toMatchObject({ code: 0 });
      await duty.run(context);
      expect(await why()).toMatch(/is due since \S+ \S+ UTC\. shop\.orders is new since /);
      const [run] = await state.listRuns({ schedule: "shop.on_orders" });
      expect(run).toMatchObject({ status: "waiting", selection: "project:shop,config.schedule:on_orders" });
    } finally {
      await state.close();
    }
    expect(JSON.parse((await mesh("schedules", "--why", "shop.on_orders", "--json")).stdout)).toMatchObject({
      due: true,
      fresh: ["shop.orders"],
    });
    expect((await mesh("schedules", "--why", "shop.hourly")).stdout).toContain(
      "goes by the clock alone. Its next tick is",
    );
    expect((await mesh("schedules", "--why", "shop.hurly")).stderr).toContain("Did you mean shop.hourly?");
  });
});
