// Looking at a mesh from outside: promises judged and recorded, alerts delivered. May not plan, build or publish.

export { attainments, monthRange } from "./attainments.ts";
export { openChannels } from "./channels/index.ts";
export { deliverAlerts } from "./deliver-alerts.ts";
export { evaluateServiceLevels, judgeServiceLevels } from "./evaluate-service-levels.ts";
export { explainSchedule } from "./explain-schedule.ts";
export { nextTicks } from "./next-ticks.ts";
export { raiseRunsAtRisk } from "./raise-runs.ts";
