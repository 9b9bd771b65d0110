// Owns `mesh scheduler`: its options. What a scheduler does is in `scheduler/`.
import { problems } from "../../errors/index.ts";
import { readScheduleClock } from "../../state/index.ts";
import type { CommandRunner } from "../command.ts";
import { readProcessOptions } from "../process-options.ts";

export const run: CommandRunner = async (input) => {
  const workers = input.options.count("with-workers", 0) ?? 0;
  const apiPort = input.options.count("api-port", 0);
  const apiHost = input.options.text("api-host") ?? "127.0.0.1";
  const clock = input.options.text("clock");
  if (clock !== undefined && !readScheduleClock(clock)) throw problems.scheduleClockUnreadable({ text: clock });
  const { runScheduler } = await import("../../../scheduler/index.ts");
  await runScheduler({
    ...(await readProcessOptions(input)),
    workers,
    ...(clock !== undefined && { clock }),
    ...(apiPort !== undefined && { api: { host: apiHost, port: apiPort } }),
  });
  return 0;
};
