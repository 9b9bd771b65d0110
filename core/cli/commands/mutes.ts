// Owns `mesh mutes`.
import type { CommandRunner } from "../command.ts";
import { formatTime } from "../output/format.ts";
import { formatTable } from "../output/table.ts";

export const run: CommandRunner = async ({ options, output, openMesh }) => {
  const state = await (await openMesh()).state();
  const mutes = await state.listMutes({ now: await state.now(), ended: options.flag("all") });
  output.document(mutes);
  output.result(
    mutes.length === 0
      ? "Nothing is muted."
      : formatTable(
          ["subject", "since", "until", "by", "why"].map((title) => ({ title })),
          mutes.map(({ subject, since, until, endedAt, by, why }) => [
            subject,
            formatTime(since),
            formatTime(endedAt ?? until),
            by,
            why,
          ]),
          output.colors,
        ),
  );
  return 0;
};
