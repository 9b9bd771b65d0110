// Looking at a mesh from outside: promises judged and recorded, alerts delivered. May not plan, build or publish.

export { attainments, monthRange, type ProductAttainment } from "./attainments.ts";
export { type Channel, openChannels } from "./channels/index.ts";
export { type Deliveries, deliverAlerts } from "./deliver-alerts.ts";
export { type Evaluation, evaluateServiceLevels, judgeServiceLevels } from "./evaluate-service-levels.ts";
export { explainSchedule, type ScheduleStanding } from "./explain-schedule.ts";
export { type NextTick, nextTicks } from "./next-ticks.ts";
export { AT_RISK_PRIORITY, type RaisedRun, raiseRunsAtRisk } from "./raise-runs.ts";
