// Owns `mesh pauses`.
import type { CommandRunner } from "../command.ts";
import { formatTime } from "../output/format.ts";
import { formatTable } from "../output/table.ts";
import { sayPauseSubject } from "../pause-subject.ts";

const DEFAULT_LIMIT = 50;

export const run: CommandRunner = async ({ options, output, openMesh }) => {
  const ended = options.flag("all");
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  const state = await (await openMesh()).state();
  const [pauses, now] = [await state.listPauses({ ended, limit }), await state.now()];
  output.document(pauses);
  if (pauses.length === 0) {
    output.result(ended ? "Nothing was ever paused." : "Nothing is paused.");
    return 0;
  }
  const endOf = ({ until, endedAt, endedBy }: (typeof pauses)[number]) => {
    if (endedAt) return `ended ${formatTime(endedAt)} by ${endedBy}`;
    if (!until) return "until unpaused";
    return until <= now ? `ended ${formatTime(until)}` : `until ${formatTime(until)}`;
  };
  output.result(
    formatTable(
      [{ title: "what" }, { title: "since" }, { title: "until" }, { title: "by" }, { title: "why" }],
      pauses.map((pause) => [
        sayPauseSubject(pause),
        formatTime(pause.since),
        endOf(pause),
        pause.by,
        pause.why ?? "-",
      ]),
      output.colors,
    ),
  );
  return 0;
};
