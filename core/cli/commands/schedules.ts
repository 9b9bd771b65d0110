// Owns `mesh schedules`.
import type { ShownSchedule } from "../../catalog/index.ts";
import type { Manifest, Schedule } from "../../manifest/index.ts";
import { nextTicks } from "../../observe/index.ts";
import { wallTime } from "../../sla/index.ts";
import { type PauseRecord, pausesOn, type RunRecord, type StateStore } from "../../state/index.ts";
import { formatDurationMs } from "../../util/index.ts";
import type { CommandRunner, ExitCode } from "../command.ts";
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
  showTable(
    listed.map(({ definition, ...rest }) => ({ ...definition, ...rest })),
    output,
  );
  return 0;
};

function showRemote(schedules: readonly ShownSchedule[], output: Output): ExitCode {
  output.document(schedules);
  const rows = schedules.map(({ nextAt, lastRun, ...rest }) => ({
    ...rest,
    ...(nextAt !== undefined && { nextAt: new Date(nextAt) }),
    ...(lastRun && {
      lastRun: { status: lastRun.status, startedAt: new Date(lastRun.logicalAt ?? lastRun.startedAt) },
    }),
  }));
  showTable(rows, output);
  return 0;
}

interface Row extends Pick<Schedule, "on" | "timezone" | "overlap"> {
  readonly id: string;
  readonly cron?: string | undefined;
  readonly catchUp: { readonly mode: string; readonly windowMs?: number | undefined };
  readonly inForce: boolean;
  readonly nextAt?: Date;
  readonly lastRun?: { readonly status: string; readonly logicalAt?: Date; readonly startedAt: Date };
  readonly pauses: readonly { readonly by: string }[];
}

function showTable(rows: readonly Row[], output: Output): void {
  if (rows.length === 0) {
    output.result("No schedule is deployed. Write one under `schedules` of project.yml, then: mesh deploy");
    return;
  }
  output.result(
    formatTable(
      ["schedule", "due", "next", "last run", "catch-up", "overlap", "held by"].map((title) => ({ title })),
      rows.map((row) => [
        row.id,
        sayTimes(row),
        row.nextAt === undefined ? "-" : `${wallTime(row.timezone, row.nextAt)} ${row.timezone}`,
        sayLastRun(row),
        row.cron === undefined ? "-" : sayCatchUp(row),
        row.overlap,
        row.inForce
          ? sayHeld(row.pauses)
          : [sayHeld(row.pauses), "no scheduler has seen it"].filter((part) => part !== "-").join("; "),
      ]),
      output.colors,
    ),
  );
}

async function list(manifest: Manifest, state: StateStore): Promise<readonly Listed[]> {
  const [pauses, now, next] = [await state.listPauses(), await state.now(), await nextTicks(manifest, state)];
  const listed: Listed[] = [];
  for (const { name: project, schedules } of Object.values(manifest.projects)) {
    for (const [name, definition] of Object.entries(schedules)) {
      const id = `${project}.${name}`;
      const [lastRun] = await state.listRuns({ schedule: id, limit: 1 });
      listed.push({
        id,
        definition,
        ...(next.get(id) ?? { inForce: false }),
        ...(lastRun && { lastRun }),
        pauses: pausesOn(pauses, { kind: "schedule", name: id }, now),
      });
    }
  }
  return listed.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function sayTimes({ on, cron }: Row): string {
  if (on === "cron") return cron ?? "";
  return cron === undefined ? on.replace("_", " ") : `${cron}, once all are new`;
}

function sayLastRun({ lastRun, timezone }: Row): string {
  return lastRun === undefined
    ? "-"
    : `${wallTime(timezone, lastRun.logicalAt ?? lastRun.startedAt)} ${lastRun.status}`;
}

function sayCatchUp({ catchUp: { mode, windowMs } }: Row): string {
  return windowMs === undefined ? mode : `window ${formatDurationMs(windowMs)}`;
}

function sayHeld(pauses: Row["pauses"]): string {
  return pauses.length === 0 ? "-" : [...new Set(pauses.map(({ by }) => by))].join(", ");
}
