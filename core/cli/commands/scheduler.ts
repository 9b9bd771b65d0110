// Owns `mesh scheduler`: its options. What a scheduler does is in `scheduler/`.
import type { CommandRunner } from "../command.ts";
import { readProcessOptions } from "../process-options.ts";

export const run: CommandRunner = async (input) => {
  const workers = input.options.count("with-workers", 0) ?? 0;
  const { runScheduler } = await import("../../../scheduler/index.ts");
  await runScheduler({ ...(await readProcessOptions(input)), workers });
  return 0;
};
