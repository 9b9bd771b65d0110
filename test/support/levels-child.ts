// Owns what a scheduler does about promises, as a process of its own: it judges and delivers at each instant read from standard input.
// Arguments: the state file, the manifest and the alerts as JSON files. Prints a line when an instant is seen to.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { openState } from "../../core/state/index.ts";
import { createServiceLevelDuties } from "../../scheduler/levels/index.ts";

const [path = "", manifestFile = "", alertsFile = ""] = process.argv.slice(2);
const state = await openState({ kind: "sqlite", path });
const manifest = JSON.parse(readFileSync(manifestFile, "utf8"));
const duties = createServiceLevelDuties({
  alerts: JSON.parse(readFileSync(alertsFile, "utf8")),
  root: process.cwd(),
  env: process.env,
  hide: () => undefined,
});
const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

for await (const line of createInterface({ input: process.stdin })) {
  const context = {
    state,
    scheduleTime: async () => new Date(line),
    deployed: async () => ({ manifest }),
    signal: new AbortController().signal,
    log,
  };
  for (const duty of duties) await duty.run(context as never);
  process.stdout.write(`${line}\n`);
}
await state.close();
