// Owns `mesh backfill`: a range of a snapshot read again, at once or window by window, here or by schedulers.
import type { CutBackfill } from "../../cut-backfill.ts";
import { problems } from "../../errors/index.ts";
import type { Mesh } from "../../mesh-types.ts";
import type { Actor, BackfillOrder, Reprocess } from "../../state/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandInput, CommandRunner, ExitCode } from "../command.ts";
import { plural } from "../output/format.ts";
import { formatTable } from "../output/table.ts";
import type { ParsedOptions } from "../parse-arguments.ts";
import { runShown } from "../run-shown.ts";

export const run: CommandRunner = async (input) => {
  const { options, output } = input;
  const [name = ""] = input.arguments;
  const [from, to] = [options.text("from"), options.text("to")];
  const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const [every, schedule, timezone, why] = ["every", "schedule", "timezone", "why"].map((key) => options.text(key));
  const [detach, dryRun] = [options.flag("detach"), options.flag("dry-run")];
  const maxActive = options.count("max-active", 1);
  const reprocess = oneOf<Reprocess>(options, "reprocess", ["missing", "failed", "all"]) ?? "all";
  const order = oneOf<BackfillOrder>(options, "order", ["oldest", "newest"]) ?? "oldest";
  if (every !== undefined && schedule !== undefined)
    throw problems.badOptionValue({
      option: "--schedule",
      value: schedule,
      expected: "--every or --schedule, not both",
    });
  if (maxActive !== undefined && !detach)
    throw problems.badOptionValue({
      option: "--max-active",
      value: String(maxActive),
      expected: "it beside --detach: here windows are read one after another",
    });
  await checkTimezone(timezone);
  const mesh = await input.openMesh();
  const plain = every === undefined && schedule === undefined && !detach && !dryRun && reprocess === "all";
  if (plain && (from === undefined || to === undefined)) return readAtOnce(input, mesh, name, range);
  const { cutBackfill } = await import("../../cut-backfill.ts");
  const cut = await cutBackfill(mesh, name, {
    range,
    reprocess,
    order,
    maxActive: maxActive ?? 1,
    executor: detach ? "workers" : "process",
    ...(every !== undefined && { every }),
    ...(schedule !== undefined && { schedule }),
    ...(timezone !== undefined && { timezone }),
    ...(why !== undefined && { why }),
  });
  if (dryRun) {
    showCut(input, cut);
    return 0;
  }
  if (!plain) output.note(sayCut(cut));
  if (cut.windows.length === 0) {
    output.result(`Nothing to read: ${sayCut(cut)}`);
    output.document({ ...cut.backfill, windows: [] });
    return 0;
  }
  const state = await mesh.state();
  const actor = actorOf(input.env);
  const made = await state.createBackfill(cut.backfill, cut.windows, actor);
  if (!detach) return readWindows(input, mesh, cut, actor);
  output.document(made);
  output.result(
    `Backfill ${made.id} of ${made.model}: ${plural(cut.windows.length, "window")}, at most ${made.maxActive} at once. Schedulers begin them; \`mesh backfills ${made.id}\` shows how far they are.`,
  );
  return 0;
};

async function readAtOnce(
  input: CommandInput,
  mesh: Mesh,
  name: string,
  range: { readonly from?: string; readonly to?: string },
  onBegun?: (runId: string) => void,
): Promise<ExitCode> {
  const { manifest } = await mesh.compile();
  const plan = await mesh.planBackfill(name, range);
  const select = plan.steps.find((step) => step.kind === "extract")?.models ?? [];
  const shown = { manifest, plan, run: { select }, warnings: [], broken: false };
  return runShown(input, mesh, { ...shown, ...(onBegun && { onBegun }) });
}

/** One after another, each recorded with its run. Whatever ends this process early ends the backfill, so that its windows count as not read. */
async function readWindows(
  input: CommandInput,
  mesh: Mesh,
  { backfill: { id, model }, windows }: CutBackfill,
  actor: Actor,
): Promise<ExitCode> {
  const state = await mesh.state();
  let code: ExitCode = 0;
  let stopped: string | undefined;
  try {
    for (const [rank, window] of windows.entries()) {
      stopped = input.signal.aborted ? "interrupted" : await whyStopped(mesh, id);
      if (stopped !== undefined) break;
      if (windows.length > 1)
        input.output.note(`Window ${rank + 1} of ${windows.length}: from ${window.from} before ${window.to}`);
      const claims: Promise<boolean>[] = [];
      const ended = await readAtOnce(input, mesh, model, window, (runId) => {
        claims.push(state.claimWindow(id, rank, runId));
      });
      await Promise.all(claims);
      if (ended === 130) stopped = "interrupted";
      else if (ended !== 0) code = ended;
    }
  } catch (error) {
    stopped = "a window could not be planned or run";
    throw error;
  } finally {
    if (stopped !== undefined) await state.cancelBackfill(id, stopped, actor);
    await state.finishBackfill(id);
  }
  return stopped === undefined ? code : stopped === "interrupted" ? 130 : 1;
}

async function whyStopped(mesh: Mesh, id: string): Promise<string | undefined> {
  const backfill = await (await mesh.state()).getBackfill(id);
  return backfill?.cancelRequestedAt && `cancelled by ${backfill.cancelledBy}`;
}

function sayCut({ backfill, windows, judged }: CutBackfill): string {
  const left = judged.length - windows.length;
  const before = judged.filter(({ verdict }) => verdict === "done").length;
  const all = `${plural(judged.length, "window")} of ${backfill.model} from ${backfill.from} to ${backfill.to}`;
  if (left > 0) return `${all}; ${windows.length} to read, ${left} left out by --reprocess ${backfill.reprocess}.`;
  return `${all}${before > 0 ? `; ${before} of them were read before (--reprocess missing leaves those out)` : ""}.`;
}

function showCut({ output }: CommandInput, cut: CutBackfill): void {
  const wanted = new Set(cut.windows.map(({ from }) => from));
  const { model, from, to, every, reprocess, order, maxActive } = cut.backfill;
  const windows = cut.judged.map((window) => ({ ...window, read: wanted.has(window.from) }));
  output.document({ model, from, to, every, reprocess, order, maxActive, windows });
  const rows = windows.map(({ from: first, to: end, verdict, read }) => [
    first,
    end,
    verdict === "done" ? "read" : verdict === "open" ? "being read" : verdict,
    read ? "read again" : "left out",
  ]);
  const table = formatTable(
    [{ title: "from" }, { title: "before" }, { title: "so far" }, { title: "then" }],
    order === "oldest" ? rows : rows.reverse(),
    output.colors,
  );
  output.result(`${table}\n\n${sayCut(cut)} Nothing was done.`);
}

function oneOf<T extends string>(options: ParsedOptions, name: string, words: readonly T[]): T | undefined {
  const value = options.text(name);
  if (value === undefined) return undefined;
  const found = words.find((word) => word === value);
  if (found === undefined) throw problems.badOptionValue({ option: `--${name}`, value, expected: words.join(", ") });
  return found;
}

async function checkTimezone(timezone: string | undefined): Promise<void> {
  if (timezone === undefined) return;
  const { validateSchedule } = await import("../../sla/index.ts");
  const [problem] = await validateSchedule({ timezone });
  if (problem) throw problems.badOptionValue({ option: "--timezone", value: timezone, expected: problem.expected });
}
