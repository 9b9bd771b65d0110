// Runs a plan: starts steps, makes builds, judges them, says what happens. May not parse projects, render templates or decide what to run.
export { type AdmissionRules, chooseTasks, poolLimits } from "./admission.ts";
export {
  askAfresh,
  askForRun,
  checkSchedule,
  modelsOfSchedule,
  openModels,
  rangeOfRun,
} from "./ask-run.ts";
export { backfillNamed, cancelBackfill } from "./cancel-backfill.ts";
export { cancelRun } from "./cancel-run.ts";
export { createDispatcher } from "./dispatch.ts";
export { endPauses } from "./end-pauses.ts";
export { endStoppedTask } from "./end-stopped-task.ts";
export { evaluateTests } from "./evaluate-tests.ts";
export type * from "./events.ts";
export { workerClassOf } from "./group-tasks.ts";
export { createInProcessTransport } from "./in-process-transport.ts";
export { giveToOthers, loseTask } from "./lose-task.ts";
export { type OpenRun, type Performer, performTask, type TaskEnd } from "./perform-task.ts";
export { throttle } from "./progress.ts";
export { readRemainingWork, refuseChangedModels, resumeRun } from "./resume-run.ts";
export { type RunOrigin, type RunRequest, runPlan } from "./run-plan.ts";
export { isStateAway } from "./state-away.ts";
export { type StopKind, stopKindOf, TaskStopped } from "./stop-reason.ts";
export { createTaskTaker, type TaskTaker } from "./take-tasks.ts";
export { testsOf } from "./tests-of.ts";
export {
  type Consumer,
  SIGNAL_TOPICS,
  type Signal,
  type StepProgress,
  type Transport,
  WORKER_CLASSES,
} from "./transport.ts";
export {
  beginRun,
  deploymentsOfWork,
  indexWork,
  isUnknownWork,
  parseWork,
  prepareWork,
  readWork,
  WORK_VERSION,
  type Work,
} from "./work.ts";
