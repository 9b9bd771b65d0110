// Owns `mesh backfills`: the list, one with its windows, and cancelling one.
import { isAbandoned } from "../../cut-backfill.ts";
import { problems } from "../../errors/index.ts";
import type { BackfillRecord, StateStore } from "../../state/index.ts";
import { formatDurationMs } from "../../util/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandInput, CommandRunner, ExitCode } from "../command.ts";
import { formatTime, plural } from "../output/format.ts";
import { formatTable } from "../output/table.ts";

const DEFAULT_LIMIT = 20;
/** Where the start of an id is looked for. */
const SEARCHED = 10_000;

export const run: CommandRunner = async (input) => {
  const [what, id] = input.arguments;
  const state = await (await input.openMesh()).state();
  if (what === "cancel") {
    if (id === undefined)
      throw problems.argumentMissing({ command: "backfills cancel", argument: "backfill", choices: undefined });
    return cancel(input, state, await backfillNamed(state, id));
  }
  return what === undefined ? list(input, state) : show(input, state, await backfillNamed(state, what));
};

async function list({ options, output }: CommandInput, state: StateStore): Promise<ExitCode> {
  const backfills = await state.listBackfills({
    limit: options.count("limit") ?? DEFAULT_LIMIT,
    ...(options.flag("open") && { open: true }),
  });
  output.document(backfills);
  if (backfills.length === 0) {
    output.result("There is no backfill.");
    return 0;
  }
  output.result(
    formatTable(
      [
        { title: "backfill" },
        { title: "snapshot" },
        { title: "status" },
        { title: "done", align: "right" },
        { title: "failed", align: "right" },
        { title: "of", align: "right" },
        { title: "from" },
        { title: "before" },
        { title: "asked" },
        { title: "by" },
      ],
      backfills.map((backfill) => [
        backfill.id,
        backfill.model,
        statusOf(backfill),
        String(backfill.progress.done),
        String(backfill.progress.failed),
        String(countOf(backfill)),
        backfill.from,
        backfill.to,
        formatTime(backfill.createdAt),
        backfill.by,
      ]),
      output.colors,
    ),
  );
  return 0;
}

async function show({ output }: CommandInput, state: StateStore, backfill: BackfillRecord): Promise<ExitCode> {
  const windows = await state.listWindows({ backfill: backfill.id });
  output.document({ ...backfill, windows });
  const { progress, why, cancelRequestedAt, cancelledBy, cancelReason } = backfill;
  const head = [
    `Backfill ${backfill.id} of ${backfill.model}: ${statusOf(backfill)}`,
    `from ${backfill.from} before ${backfill.to}, by ${backfill.every}, ${backfill.order} first, at most ${backfill.maxActive} at once`,
    `asked for by ${backfill.by} at ${formatTime(backfill.createdAt)}${why === undefined ? "" : `: ${why}`}`,
    ...(cancelRequestedAt
      ? [
          `cancelled by ${cancelledBy} at ${formatTime(cancelRequestedAt)}${cancelReason === undefined ? "" : `: ${cancelReason}`}`,
        ]
      : []),
    `${progress.done} of ${plural(countOf(backfill), "window")} done, ${progress.running} running, ${progress.waiting} waiting, ${progress.failed} failed, ${progress.cancelled} cancelled`,
  ];
  const table = formatTable(
    [{ title: "from" }, { title: "before" }, { title: "status" }, { title: "run" }, { title: "took", align: "right" }],
    windows.map(({ from, to, status, runId, startedAt, finishedAt }) => [
      from,
      to,
      status,
      runId ?? "-",
      startedAt && finishedAt ? formatDurationMs(finishedAt.getTime() - startedAt.getTime()) : "-",
    ]),
    output.colors,
  );
  output.result([...head, "", table].join("\n"));
  return 0;
}

async function cancel(
  { options, output, env }: CommandInput,
  state: StateStore,
  { id, status }: BackfillRecord,
): Promise<ExitCode> {
  const [why, by] = [options.text("why"), options.text("by")];
  const actor = by === undefined ? actorOf(env) : { ...actorOf(env), actor: by };
  const runs = await state.cancelBackfill(id, why, actor);
  if (runs === undefined) throw problems.backfillIsOver({ id, status });
  // Runs learn it with their lease; schedulers do the same again, and tell workers at once.
  for (const run of runs)
    await state.stopRun(run.id, {
      by: actor.actor,
      reason: why ?? `backfill ${id} was cancelled`,
      status: "cancelled",
    });
  await state.finishBackfill(id);
  const left = (await state.getBackfill(id)) as BackfillRecord;
  output.document(left);
  const { done, running } = left.progress;
  output.result(
    `Backfill ${id} is cancelled: ${done} of ${plural(countOf(left), "window")} ${done === 1 ? "is" : "are"} done, no other begins.${running > 0 ? ` ${plural(running, "run")} ${running === 1 ? "is" : "are"} being stopped.` : ""}`,
  );
  return 0;
}

/** By its id, or by the start of it that no other has. Throws `backfill/not-found`. */
async function backfillNamed(state: StateStore, id: string): Promise<BackfillRecord> {
  const exact = await state.getBackfill(id);
  if (exact) return exact;
  const found = (await state.listBackfills({ limit: SEARCHED })).filter((backfill) => backfill.id.startsWith(id));
  if (found.length === 1) return found[0] as BackfillRecord;
  throw problems.backfillNotFound({ id });
}

function statusOf(backfill: BackfillRecord): string {
  if (backfill.status === "running" && backfill.cancelRequestedAt) return "being cancelled";
  return isAbandoned(backfill) ? "abandoned" : backfill.status;
}

function countOf({ progress }: BackfillRecord): number {
  return Object.values(progress).reduce((sum, count) => sum + count, 0);
}
