// Owns `mesh runs`: the list, and one run with its tasks.

import { type ShownRun, showRun } from "../../catalog/index.ts";
import { problems } from "../../errors/index.ts";
import { tickInterval } from "../../sla/index.ts";
import type { RunRecord, StateStore } from "../../state/index.ts";
import { closest, formatDurationMs } from "../../util/index.ts";
import type { CommandInput, CommandRunner, ExitCode } from "../command.ts";
import { findRun } from "../find-run.ts";
import { formatTime } from "../output/format.ts";
import type { Colors } from "../output/output.ts";
import { formatRunDetail, type RunDetail, sayFailures, sayRaised } from "../output/run-detail.ts";
import { formatTable } from "../output/table.ts";
import type { RemoteClient } from "../remote/remote-client.ts";
import { type Surroundings, whyRunWaits, whyTaskWaits } from "../why-waiting.ts";

const DEFAULT_LIMIT = 20;
/** A process that was not seen for longer is taken for gone. */
const SEEN_MS = 60_000;

export const run: CommandRunner = (input) => {
  if (input.remote) return showRemote(input, input.remote);
  return input.arguments[0] === undefined ? showRuns(input) : showOne(input);
};

async function showRemote(
  { arguments: [start], options, output }: CommandInput,
  remote: RemoteClient,
): Promise<ExitCode> {
  if (start === undefined) {
    const schedule = options.text("schedule");
    const runs = await remote.runs(options.count("limit") ?? DEFAULT_LIMIT, schedule);
    output.document(runs);
    output.result(formatRuns(runs, output.colors));
    return 0;
  }
  const run = await remote.run((await findRun(start, remote)).id);
  output.document(run);
  const columns = ["task", "status", "attempt", "worker", "problem"].map((title) => ({ title }));
  const rows = run.tasks.map(({ id, status, attempt, worker, error }) => [
    id,
    status,
    String(attempt),
    worker ?? "-",
    error?.message ?? "-",
  ]);
  const raised = sayRaised(run);
  const head = [formatRuns([run], output.colors), ...(raised === undefined ? [] : [`priority ${raised}`])];
  const parts = [head.join("\n"), formatTable(columns, rows, output.colors), ...sayFailures(run.tasks, output.colors)];
  output.result(parts.join("\n\n"));
  return 0;
}

async function showRuns({ options, output, openMesh }: CommandInput): Promise<ExitCode> {
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  const schedule = options.text("schedule");
  const state = await (await openMesh()).state();
  const runs = await state.listRuns({ limit, ...(schedule !== undefined && { schedule }) });
  if (runs.length === 0 && schedule !== undefined) await checkSchedule(schedule, state);
  output.document(runs);
  output.result(formatRuns(runs.map(showRun), output.colors));
  return 0;
}

/** Throws `schedule/not-deployed`: no runs of a schedule that never was would look like one that never ran. */
async function checkSchedule(schedule: string, state: StateStore): Promise<void> {
  const { loadDeployed } = await import("../../deploy/index.ts");
  const { projects } = (await loadDeployed(state)).manifest;
  const known = [
    ...Object.values(projects).flatMap(({ name, schedules }) => Object.keys(schedules).map((key) => `${name}.${key}`)),
    ...(await state.listSchedules()).map(({ id }) => id),
  ];
  if (!known.includes(schedule)) throw problems.scheduleNotDeployed({ schedule, near: closest(schedule, known) });
}

function formatRuns(runs: readonly ShownRun[], colors: Colors): string {
  return formatTable(
    [
      { title: "run" },
      { title: "status" },
      { title: "trigger" },
      { title: "logical date" },
      { title: "started" },
      { title: "took", align: "right" },
      { title: "selection" },
    ],
    runs.map(({ id, status, trigger, schedule: by, logicalAt, startedAt, finishedAt, selection }) => [
      id,
      status,
      by ?? trigger,
      logicalAt === undefined ? "-" : `${logicalAt.slice(0, 16)}Z`,
      formatTime(new Date(startedAt)),
      finishedAt === undefined ? "-" : formatDurationMs(Date.parse(finishedAt) - Date.parse(startedAt)),
      selection === "" ? "everything" : selection,
    ]),
    colors,
  );
}

async function showOne({ arguments: [start = ""], output, openMesh }: CommandInput): Promise<ExitCode> {
  const state = await (await openMesh()).state();
  const found = (await state.getRun((await findRun(start, state)).id)) as RunRecord;
  const around = await lookAround(found, state);
  const [tasks, attempts] = [await state.listTasks(found.id), await state.listAttempts(found.id)];
  const interval = await intervalOf(found, state);
  const detail: RunDetail = {
    run: found,
    tasks: tasks.map((task) => {
      const why = found.status === "running" ? whyTaskWaits(task, around) : undefined;
      return { ...task, ...(why !== undefined && { why }) };
    }),
    attempts,
    ...(found.status === "waiting" && { why: whyRunWaits(found, around) }),
    ...(interval && { interval }),
  };
  output.document(detail);
  output.result(formatRunDetail(detail, output.colors));
  return 0;
}

async function lookAround({ schedule }: RunRecord, state: StateStore): Promise<Surroundings> {
  const workers = await state.listWorkers(SEEN_MS);
  return {
    pauses: await state.listPauses(),
    now: await state.now(),
    running: schedule === undefined ? [] : await state.listRuns({ schedule, status: "running" }),
    classes: new Set(workers.flatMap(({ classes }) => classes)),
    scheduler: workers.some(({ kind }) => kind === "scheduler"),
  };
}

async function intervalOf({ schedule, logicalAt }: RunRecord, state: StateStore): Promise<RunDetail["interval"]> {
  if (schedule === undefined || logicalAt === undefined) return undefined;
  const { cron, timezone } = (await state.listSchedules()).find(({ id }) => id === schedule)?.definition ?? {};
  if (cron === undefined || timezone === undefined) return undefined;
  const interval = await tickInterval({ cron, timezone }, logicalAt);
  // The schedule has had other times since then.
  return interval.from < logicalAt ? interval : undefined;
}
