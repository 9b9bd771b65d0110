// Owns `mesh worker`: its options. What a worker does is in `scheduler/`.
import { availableParallelism } from "node:os";
import { problems } from "../../errors/index.ts";
import { WORKER_CLASSES } from "../../execute/index.ts";
import type { CommandRunner } from "../command.ts";
import type { ParsedOptions } from "../parse-arguments.ts";
import { readProcessOptions, readSize } from "../process-options.ts";

export const run: CommandRunner = async (input) => {
  const { options } = input;
  const childMemoryBytes = readSize(options, "child-memory");
  const childRssBytes = readSize(options, "child-rss");
  const childTasks = options.count("child-tasks");
  const { runWorker } = await import("../../../scheduler/index.ts");
  await runWorker({
    ...(await readProcessOptions(input)),
    classes: readClasses(options),
    concurrency: options.count("concurrency") ?? availableParallelism(),
    ...(childMemoryBytes !== undefined && { childMemoryBytes }),
    ...(childRssBytes !== undefined && { childRssBytes }),
    ...(childTasks !== undefined && { childTasks }),
  });
  return 0;
};

function readClasses(options: ParsedOptions) {
  const text = options.text("class");
  if (text === undefined) return WORKER_CLASSES;
  const asked = text.split(",").map((part) => part.trim());
  const classes = WORKER_CLASSES.filter((known) => asked.includes(known));
  if (classes.length !== new Set(asked).size)
    throw problems.badOptionValue({
      option: "--class",
      value: text,
      expected: `a list of ${WORKER_CLASSES.join(", ")}`,
    });
  return classes;
}
