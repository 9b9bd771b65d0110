// Every schema change of the state store, in order.
import { initial } from "./0001-initial.ts";
import { extraction } from "./0002-extraction.ts";
import { stepModel } from "./0003-step-model.ts";
import { tasks } from "./0004-tasks.ts";
import { schedules } from "./0005-schedules.ts";
import { backfills } from "./0006-backfills.ts";
import { deployments } from "./0007-deployments.ts";
import { serviceLevels } from "./0008-service-levels.ts";
import { audit } from "./0009-audit.ts";
import { processes } from "./0010-processes.ts";
import { pages } from "./0011-pages.ts";
import { again } from "./0012-again.ts";
import { asked } from "./0013-asked.ts";
import type { Migration } from "./migration.ts";

export type { Migration } from "./migration.ts";
export const migrations: readonly Migration[] = [
  initial,
  extraction,
  stepModel,
  tasks,
  schedules,
  backfills,
  deployments,
  serviceLevels,
  audit,
  processes,
  pages,
  again,
  asked,
];
