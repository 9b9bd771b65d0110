// Owns the list of everything a scheduler looks after. One line for each; what a duty does is in its folder.
import type { Runtime } from "../core/runtime.ts";
import { createEventRetention } from "./api/index.ts";
import { createBackfillsDuty } from "./backfills/index.ts";
import { createConditionsDuty } from "./conditions/index.ts";
import type { Duty } from "./duty.ts";
import { admitDuty, sweepDuty } from "./engine/index.ts";
import { beginDuty, reconcileDuty, tickDuty } from "./schedules/index.ts";

export function schedulerDuties({ config }: Runtime): readonly Duty[] {
  return [
    reconcileDuty,
    tickDuty,
    createConditionsDuty(),
    createBackfillsDuty(),
    beginDuty,
    admitDuty(config.scheduler.pools),
    sweepDuty,
    createEventRetention(),
  ];
}
