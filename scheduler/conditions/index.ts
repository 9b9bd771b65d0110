// Schedules that wait for data. May not plan or begin runs: it records that one is due.
export { createConditionsDuty } from "./conditions-duty.ts";
export {
  type Condition,
  type ConditionView,
  judgeCondition,
  type UpstreamView,
} from "./judge-condition.ts";
