// Owns `mesh backfills`: the list, one with its windows, and cancelling one.
import { type ShownBackfill, type ShownBackfillDetail, showBackfill, showBackfillDetail } from "../../catalog/index.ts";
import { isAbandoned } from "../../cut-backfill.ts";
import { problems } from "../../errors/index.ts";
import { backfillNamed, cancelBackfill } from "../../execute/index.ts";
import { formatDurationMs } from "../../util/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandInput, CommandRunner, ExitCode } from "../command.ts";
import { formatTime, plural } from "../output/format.ts";
import { formatTable } from "../output/table.ts";

const DEFAULT_LIMIT = 20;

export const run: CommandRunner = async (input) => {
  const [what, id] = input.arguments;
  if (what === undefined) return list(input, await backfillsOf(input));
  if (what !== "cancel") return show(input, await backfillOf(input, what));
  if (id === undefined)
    throw problems.argumentMissing({ command: "backfills cancel", argument: "backfill", choices: undefined });
  return cancelled(input, await cancel(input, id));
};

const stateOf = async ({ openMesh }: CommandInput) => (await openMesh()).state();

/** `abandoned`: its process is gone, which is known only beside the state store and the processes. */
interface Told<Shown extends ShownBackfill> {
  readonly backfill: Shown;
  readonly abandoned: boolean;
}

async function backfillsOf(input: CommandInput): Promise<readonly Told<ShownBackfill>[]> {
  const { options, remote } = input;
  const filter = { open: options.flag("open"), limit: options.count("limit") ?? DEFAULT_LIMIT };
  if (remote) return (await remote.backfills(filter)).map((backfill) => ({ backfill, abandoned: false }));
  const { open, limit } = filter;
  const state = await stateOf(input);
  const found = await state.listBackfills({ limit, ...(open && { open }) });
  const now = await state.now();
  return found.map((backfill) => ({ backfill: showBackfill(backfill), abandoned: isAbandoned(backfill, now) }));
}

async function backfillOf(input: CommandInput, id: string): Promise<Told<ShownBackfillDetail>> {
  if (input.remote) return { backfill: await input.remote.backfill(id), abandoned: false };
  const state = await stateOf(input);
  const found = await backfillNamed(id, state);
  const backfill = showBackfillDetail(found, await state.listWindows({ backfill: found.id }));
  return { backfill, abandoned: isAbandoned(found, await state.now()) };
}

async function cancel(input: CommandInput, id: string): Promise<ShownBackfill> {
  const { options, env, remote } = input;
  const [why, by] = [options.text("why"), options.text("by")];
  if (remote) return remote.cancelBackfill(id, { reason: why ?? "cancelled by hand" });
  const actor = by === undefined ? actorOf(env) : { ...actorOf(env), actor: by };
  const state = await stateOf(input);
  return showBackfill((await cancelBackfill(await backfillNamed(id, state), why, actor, state)).backfill);
}

function list({ output }: CommandInput, backfills: readonly Told<ShownBackfill>[]): ExitCode {
  output.document(backfills.map(({ backfill }) => backfill));
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
      backfills.map(({ backfill, abandoned }) => [
        backfill.id,
        backfill.model,
        statusOf(backfill, abandoned),
        String(backfill.progress.done),
        String(backfill.progress.failed),
        String(countOf(backfill)),
        backfill.from,
        backfill.to,
        formatTime(new Date(backfill.createdAt)),
        backfill.by,
      ]),
      output.colors,
    ),
  );
  return 0;
}

function show({ output }: CommandInput, { backfill, abandoned }: Told<ShownBackfillDetail>): ExitCode {
  output.document(backfill);
  const { windows, progress, why, cancelRequestedAt, cancelledBy, cancelReason } = backfill;
  const head = [
    `Backfill ${backfill.id} of ${backfill.model}: ${statusOf(backfill, abandoned)}`,
    `from ${backfill.from} before ${backfill.to}, by ${backfill.every}, ${backfill.order} first, at most ${backfill.maxActive} at once`,
    `asked for by ${backfill.by} at ${formatTime(new Date(backfill.createdAt))}${why === undefined ? "" : `: ${why}`}`,
    ...(cancelRequestedAt
      ? [
          `cancelled by ${cancelledBy} at ${formatTime(new Date(cancelRequestedAt))}${cancelReason === undefined ? "" : `: ${cancelReason}`}`,
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
      startedAt && finishedAt ? formatDurationMs(Date.parse(finishedAt) - Date.parse(startedAt)) : "-",
    ]),
    output.colors,
  );
  output.result([...head, "", table].join("\n"));
  return 0;
}

function cancelled({ output }: CommandInput, left: ShownBackfill): ExitCode {
  output.document(left);
  const { done, running } = left.progress;
  output.result(
    `Backfill ${left.id} is cancelled: ${done} of ${plural(countOf(left), "window")} ${done === 1 ? "is" : "are"} done, no other begins.${running > 0 ? ` ${plural(running, "run")} ${running === 1 ? "is" : "are"} being stopped.` : ""}`,
  );
  return 0;
}

function statusOf(backfill: ShownBackfill, abandoned: boolean): string {
  if (backfill.status === "running" && backfill.cancelRequestedAt) return "being cancelled";
  return abandoned ? "abandoned" : backfill.status;
}

function countOf({ progress }: ShownBackfill): number {
  return Object.values(progress).reduce((sum, count) => sum + count, 0);
}
