// Owns a process with one busy child, which can be killed to see whether the child goes with it. Its argument is the child's work, as JSON.
import { systemClock } from "../../core/util/index.ts";
import { createLog, createMetrics } from "../../scheduler/process/index.ts";
import { createChildPool } from "../../scheduler/worker/child-pool.ts";
import { testProgram } from "./worker-program.ts";

const pool = createChildPool({
  program: testProgram(),
  size: 1,
  maxWorks: 100,
  maxRssBytes: 2 ** 40,
  log: createLog({ write: () => undefined, redact: (text) => text }),
  metrics: createMetrics("test"),
  redact: (text) => text,
  onSecret: () => undefined,
});
const signal = new AbortController().signal;
const perform = (work: unknown, onEvent: (event: unknown) => void = () => undefined) =>
  pool.perform({
    work,
    what: "a test",
    signal,
    why: () => "enough",
    patience: () => ({ graceMs: 300, deafMs: 300 }),
    onEvent,
  });

const first = await perform({ do: "echo", text: "" });
const pid = first.type === "ended" ? (first.result as { pid: number }).pid : 0;
await perform(JSON.parse(process.argv[2] ?? "{}"), () =>
  process.stdout.write(`${pid} ${systemClock.now().getTime()}\n`),
);
