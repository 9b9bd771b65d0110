// Owns the list of suites that every state store passes, each on a place of its own. What they ask is in the files beside this one.
import { type StateUnderTest, testState } from "./state.ts";
import { testAudit } from "./state-audit.ts";
import { testBackfills } from "./state-backfills.ts";
import { testConditions } from "./state-conditions.ts";
import { testEvents } from "./state-events.ts";
import { testPauses } from "./state-pauses.ts";
import { testResumptions } from "./state-resumptions.ts";
import { testSchedules } from "./state-schedules.ts";
import { testServiceLevels } from "./state-service-levels.ts";
import { testTasks } from "./state-tasks.ts";
import { testTokens } from "./state-tokens.ts";

/** `disarm`: statements with which somebody who owns the database gets past what guards the audit log. */
export function testStateStore(
  name: string,
  makerOf: (suite: string) => () => Promise<StateUnderTest>,
  disarm: readonly string[],
): void {
  testState(name, makerOf("state"));
  testEvents(name, makerOf("events"));
  testTasks(name, makerOf("tasks"));
  testTokens(name, makerOf("tokens"));
  testServiceLevels(name, makerOf("levels"));
  testAudit(name, makerOf("audited"), { make: makerOf("disarmed"), statements: disarm });
  testPauses(name, makerOf("pauses"));
  testSchedules(name, makerOf("schedules"));
  testConditions(name, makerOf("conditions"));
  testBackfills(name, makerOf("backfills"));
  testResumptions(name, makerOf("resumptions"));
}
