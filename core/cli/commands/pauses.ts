// Owns `mesh pauses`.
import { type ShownPause, showPause } from "../../catalog/index.ts";
import { sayPauseSubject } from "../../state/index.ts";
import type { CommandRunner } from "../command.ts";
import { formatTime } from "../output/format.ts";
import { formatTable } from "../output/table.ts";

const DEFAULT_LIMIT = 50;

export const run: CommandRunner = async ({ options, output, remote, openMesh }) => {
  const ended = options.flag("all");
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  const state = remote ? undefined : await (await openMesh()).state();
  const now = (await state?.now()) ?? new Date();
  const told = state
    ? (await state.listPauses({ ended, limit })).map(showPause)
    : await remote?.pauses({ ended, limit });
  const pauses = (told ?? []).map(withDates);
  output.document(told ?? []);
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

function withDates({ since, until, endedAt, ...pause }: ShownPause) {
  return {
    ...pause,
    since: new Date(since),
    ...(until !== undefined && { until: new Date(until) }),
    ...(endedAt !== undefined && { endedAt: new Date(endedAt) }),
  };
}
