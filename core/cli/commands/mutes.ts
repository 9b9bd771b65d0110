// Owns `mesh mutes`.
import { showMute } from "../../catalog/index.ts";
import type { CommandRunner } from "../command.ts";
import { formatTime } from "../output/format.ts";
import { formatTable } from "../output/table.ts";

const DEFAULT_LIMIT = 50;

export const run: CommandRunner = async ({ options, output, remote, openMesh }) => {
  const ended = options.flag("all");
  const limit = options.count("limit") ?? DEFAULT_LIMIT;
  const listHere = async () => {
    const state = await (await openMesh()).state();
    return (await state.listMutes({ now: await state.now(), ended, limit })).map(showMute);
  };
  const mutes = remote ? await remote.mutes({ ended, limit }) : await listHere();
  output.document(mutes);
  output.result(
    mutes.length === 0
      ? "Nothing is muted."
      : formatTable(
          ["subject", "since", "until", "by", "why"].map((title) => ({ title })),
          mutes.map(({ subject, since, until, endedAt, by, why }) => [
            subject,
            formatTime(new Date(since)),
            formatTime(new Date(endedAt ?? until)),
            by,
            why,
          ]),
          output.colors,
        ),
  );
  return 0;
};
