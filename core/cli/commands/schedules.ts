// Owns `mesh schedules`.
import type { ShownSchedule } from "../../catalog/index.ts";
import type { Manifest, Schedule } from "../../manifest/index.ts";
import { nextTick, wallTime } from "../../sla/index.ts";
import { type PauseRecord, pausesOn, type RunRecord, type ScheduleRecord, type StateStore } from "../../state/index.ts";
import { formatDurationMs } from "../../util/index.ts";
import type { CommandRunner, ExitCode } from "../command.ts";
import { plural } from "../output/format.ts";
import type { Output } from "../output/output.ts";
import { formatTable } from "../output/table.ts";
import { showDecision } from "../show-decision.ts";

interface Listed {
  readonly id: string;
  readonly definition: Schedule;
  /** A scheduler has seen it. */
  readonly inForce: boolean;
  readonly nextAt?: Date;
  readonly lastRun?: RunRecord;
  readonly pauses: readonly PauseRecord[];
}

export const run: CommandRunner = async ({ options, output, remote, openMesh }) => {
  const why = options.text("why");
  if (remote && why !== undefined) {
    const { said, ...standing } = await remote.standing(why);
    output.document(standing);
    output.result(said);
    return 0;
  }
  if (remote) return showRemote(await remote.schedules(), output);
  const state = await (await openMesh()).state();
  const { loadDeployed } = await import("../../deploy/index.ts");
  if (why !== undefined) {
    await showDecision(why, (await loadDeployed(state)).manifest, state, output);
    return 0;
  }
  const listed = await list((await loadDeployed(state)).manifest, state);
  output.document(listed.map(({ definition, ...rest }) => ({ ...rest, ...definition })));
  if (listed.length === 0) {
    output.result("No schedule is deployed. Write one under `schedules` of project.yml, then: mesh deploy");
    return 0;
  }
  output.result(
    formatTable(
      ["schedule", "due", "next", "last run", "catch-up", "overlap", "held by"].map((title) => ({ title })),
      listed.map(({ id, definition, inForce, nextAt, lastRun, pauses }) => [
        id,
        sayTimes(definition),
        nextAt === undefined ? "-" : `${wallTime(definition.timezone, nextAt)} ${definition.timezone}`,
        lastRun === undefined ? "-" : sayLastRun(lastRun, definition),
        definition.cron === undefined ? "-" : sayCatchUp(definition),
        definition.overlap,
        inForce ? sayHeld(pauses) : "no scheduler has seen it",
      ]),
      output.colors,
    ),
  );
  return 0;
};

function showRemote(schedules: readonly ShownSchedule[], output: Output): ExitCode {
  output.document(schedules);
  output.result(
    formatTable(
      ["schedule", "due", "models", "last run", "held by"].map((title) => ({ title })),
      schedules.map(({ id, on, cron, timezone, models, lastRun, pauses }) => [
        id,
        cron === undefined ? on : `${cron} ${timezone}`,
        plural(models.length, "model"),
        lastRun === undefined ? "-" : `${lastRun.logicalAt ?? lastRun.startedAt} ${lastRun.status}`,
        pauses.map(({ by, why }) => (why === undefined ? by : `${by}: ${why}`)).join("; ") || "-",
      ]),
      output.colors,
    ),
  );
  return 0;
}

async function list({ projects }: Manifest, state: StateStore): Promise<readonly Listed[]> {
  const rows = new Map((await state.listSchedules()).map((row) => [row.id, row] as const));
  const [pauses, now, time] = [await state.listPauses(), await state.now(), await state.scheduleTime()];
  const listed: Listed[] = [];
  for (const { name: project, schedules } of Object.values(projects)) {
    for (const [name, definition] of Object.entries(schedules)) {
      const id = `${project}.${name}`;
      const row = rows.get(id);
      const [lastRun] = await state.listRuns({ schedule: id, limit: 1 });
      const nextAt = row?.enabled ? row.nextAt : await firstTick(definition, time);
      listed.push({
        id,
        definition,
        inForce: isInForce(row),
        ...(nextAt && { nextAt }),
        ...(lastRun && { lastRun }),
        pauses: pausesOn(pauses, { kind: "schedule", name: id }, now),
      });
    }
  }
  return listed.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isInForce(row: ScheduleRecord | undefined): boolean {
  return row?.enabled === true;
}

async function firstTick({ cron, timezone }: Schedule, after: Date): Promise<Date | undefined> {
  return cron === undefined ? undefined : nextTick({ cron, timezone }, after);
}

function sayTimes({ on, cron }: Schedule): string {
  if (on === "cron") return cron ?? "";
  return cron === undefined ? on.replace("_", " ") : `${cron}, once all are new`;
}

function sayLastRun({ status, logicalAt, startedAt }: RunRecord, { timezone }: Schedule): string {
  return `${wallTime(timezone, logicalAt ?? startedAt)} ${status}`;
}

function sayCatchUp({ catchUp }: Schedule): string {
  return catchUp.mode === "window" ? `window ${formatDurationMs(catchUp.windowMs)}` : catchUp.mode;
}

function sayHeld(pauses: readonly PauseRecord[]): string {
  return pauses.length === 0 ? "-" : [...new Set(pauses.map(({ by }) => by))].join(", ");
}
