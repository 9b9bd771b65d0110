// Owns the list of everything a scheduler looks after. One line for each; what a duty does is in its folder.
import type { Runtime } from "../core/runtime.ts";
import type { Alarms } from "./alarms/index.ts";
import { createEventRetention } from "./api/index.ts";
import { createBackfillsDuty } from "./backfills/index.ts";
import { createConditionsDuty } from "./conditions/index.ts";
import { createDeploymentsDuty } from "./deployments/index.ts";
import type { Duty } from "./duty.ts";
import { admitDuty, createSweepDuty } from "./engine/index.ts";
import { createServiceLevelDuties } from "./levels/index.ts";
import { beginDuty, reconcileDuty, tickDuty } from "./schedules/index.ts";

export function schedulerDuties({ config, env, hide }: Runtime, alarms: Alarms): readonly Duty[] {
  return [
    reconcileDuty,
    alarmsDuty(alarms),
    tickDuty,
    createConditionsDuty(),
    createBackfillsDuty(),
    beginDuty,
    admitDuty(config.scheduler.pools),
    createSweepDuty(config.scheduler.leaseMs),
    createEventRetention(),
    createDeploymentsDuty(config.root),
    ...createServiceLevelDuties({ alerts: config.alerts, root: config.root, env, hide }),
  ];
}

const ALARMS_MS = 60_000;

/** Keeps an alarm clock in Redis for each schedule that is due by the clock; without them ticks are seen a second later. */
function alarmsDuty(alarms: Alarms): Duty {
  return {
    name: "alarms",
    everyMs: ALARMS_MS,
    async run({ state, log }) {
      const schedules = (await state.listSchedules()).filter(({ enabled }) => enabled);
      const wanted = schedules.flatMap(({ id, definition: { cron, timezone } }) =>
        cron === undefined ? [] : [{ id, cron, timezone }],
      );
      const done = await alarms.reconcile(wanted);
      if (done.set + done.removed > 0) log.debug({ ...done }, "alarms were set");
    },
  };
}
