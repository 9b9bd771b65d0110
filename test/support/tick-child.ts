// Owns a scheduler process of the tests that only looks at schedules: reconcile, tick and begin, as often as it can, until it is killed.
// Arguments: the location as JSON, the schedules and models as JSON, a file whose text is the schedules' time, a name. One line per look.
import { readFileSync, writeSync } from "node:fs";
import { createInProcessTransport } from "../../core/execute/index.ts";
import { openState, type StateLocation } from "../../core/state/index.ts";
import type { DutyContext } from "../../scheduler/duty.ts";
import { beginDuty, reconcileDuty, tickDuty } from "../../scheduler/schedules/index.ts";
import { NO_LOG, scheduledManifest } from "./scheduled-mesh.ts";

const [location, sketch, clockFile, name] = process.argv.slice(2) as [string, string, string, string];
const state = await openState(JSON.parse(location) as StateLocation);
const manifest = scheduledManifest(JSON.parse(sketch));
const context = {
  state,
  transport: createInProcessTransport(),
  deployed: async () => ({ manifest, ids: {} }),
  scheduleTime: async () => new Date(readFileSync(clockFile, "utf8")),
  signal: new AbortController().signal,
  log: NO_LOG,
} as unknown as DutyContext;
for (;;) {
  const seen = readFileSync(clockFile, "utf8");
  for (const duty of [reconcileDuty, tickDuty, beginDuty]) await duty.run(context);
  writeSync(1, `${name} ${seen}\n`);
}
