// `mesh schedules`, `mesh trigger` and `mesh runs` on a small deployed mesh, with a scheduler's duties in this process.
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { loadDeployed } from "../../core/deploy/index.ts";
import { createInProcessTransport } from "../../core/execute/index.ts";
import { openState } from "../../core/state/index.ts";
import type { DutyContext } from "../../scheduler/duty.ts";
import { beginDuty, reconcileDuty } from "../../scheduler/schedules/index.ts";
import { NO_LOG } from "../support/scheduled-mesh.ts";
import { runMeshHere, withTempMesh } from "../support/temp-mesh.ts";

vi.setConfig({ testTimeout: 120_000 });

const FILES = {
  "projects/shop/project.yml":
    'name: shop\nowner: { team: shop, email: shop@example.com }\nschedules:\n  hourly: { cron: "5 * * * *", timezone: Europe/Madrid }\n  by_hand: { cron: "0 0 1 1 *", timezone: UTC, catch_up: none, overlap: skip }\n',
  "projects/shop/models/orders.sql": "{{ config(schedule='hourly') }} select 1 as id",
  "projects/shop/models/days.sql": "select id from {{ ref('orders') }}",
};

test("schedules are listed, runs are asked for, and each says what it waits for", async () => {
  await withTempMesh(FILES, async ({ root }) => {
    const mesh = (...args: string[]) => runMeshHere(root, args, { MESH_ACTOR: "ana" });
    expect(await mesh("schedules")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("No schedule is deployed"),
    });
    expect(await mesh("trigger", "shop.hourly")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("schedule/nothing-deployed"),
    });
    expect(await mesh("trigger")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("schedule/trigger-unclear"),
    });
    expect(await mesh("deploy")).toMatchObject({ code: 0 });
    const before = (await mesh("schedules")).stdout;
    expect(before).toMatch(
      /shop\.hourly +5 \* \* \* \* +\S+ \d\d:05 Europe\/Madrid +- +latest +buffer_one +no scheduler has seen it/,
    );

    const state = await openState({ kind: "sqlite", path: join(root, "state.db") });
    try {
      const context = {
        state,
        transport: createInProcessTransport(),
        deployed: () => loadDeployed(state),
        scheduleTime: () => state.scheduleTime(),
        signal: new AbortController().signal,
        log: NO_LOG,
      } as unknown as DutyContext;
      await reconcileDuty.run(context);
      expect((await mesh("schedules")).stdout).toMatch(/shop\.by_hand +0 0 1 1 \* +\S+ 00:00 UTC +- +none +skip +-/);

      const asked = await mesh("trigger", "shop.hourly", "--why", "the store is back");
      expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining("waits for a scheduler") });
      expect(asked.stderr).toContain("No scheduler is running");
      const [run] = await state.listRuns({ status: "waiting" });
      expect(run).toMatchObject({ trigger: "manual", createdBy: "ana", reason: "the store is back", priority: 10 });
      expect(await state.listAudit({ action: "run.trigger" })).toMatchObject([{ actor: "ana", subject: run?.id }]);
      const start = run?.id.slice(0, 20) ?? "";
      expect((await mesh("runs", start)).stdout).toMatch(/waiting: no scheduler is running; start one: mesh scheduler/);
      expect((await mesh("runs", "--schedule", "shop.by_hand", "--json")).stdout.trim()).toBe("[]");
      expect(await mesh("runs", "--schedule", "shop.by_hnd")).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/schedule\/not-deployed.*\n.*shop\.by_hand/),
      });

      await beginDuty.run(context);
      const shown = (await mesh("runs", start)).stdout;
      expect(shown).toMatch(/trigger +manual, by ana/);
      expect(shown).toMatch(
        /build:shop\.orders +ready +0\/1 .*no worker of class duckdb is running; start one: mesh worker/,
      );
      expect(shown).not.toContain("priority");
      await state.raiseRun(run?.id ?? "", 5, "freshness of shop.orders is at risk");
      expect((await mesh("runs", start)).stdout).toMatch(
        /priority +5, raised from 10: freshness of shop\.orders is at risk/,
      );
      expect((await mesh("runs")).stdout).toMatch(/running +manual/);
      expect(await mesh("runs", "nothing")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("run/not-found"),
      });
      expect(await mesh("trigger", "--select", "shop.nothing")).toMatchObject({ code: 2 });
    } finally {
      await state.close();
    }
  });
});
