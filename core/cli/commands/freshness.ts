// Owns `mesh freshness`.
import { type ShownFreshness, showFreshness } from "../../catalog/index.ts";
import { describeOwner } from "../../manifest/index.ts";
import { judgeServiceLevels } from "../../observe/index.ts";
import { formatDurationMs } from "../../util/index.ts";
import type { CommandInput, CommandRunner, ExitCode } from "../command.ts";
import { formatTime } from "../output/format.ts";
import type { Output } from "../output/output.ts";
import { formatTable } from "../output/table.ts";
import type { RemoteClient } from "../remote/remote-client.ts";
import { takeSelection } from "../selection.ts";

export const run: CommandRunner = async (input) => {
  const { output, openMesh, remote } = input;
  if (remote) return showRemote(input, remote);
  const mesh = await openMesh();
  const { selection } = await takeSelection(mesh, input);
  const chosen = new Set((await mesh.list(selection)).map(({ id }) => id));
  const [state, { manifest }] = [await mesh.state(), await mesh.compile()];
  const judgements = (await judgeServiceLevels(state, manifest, await state.now())).filter(({ objective }) =>
    objective.models.some((id) => chosen.has(id)),
  );
  const time = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  output.document(
    judgements.map(({ objective, state: level, own, good, asOf, ageMs, publishAgeMs, latencyMs, deadline, cause }) => ({
      subject: objective.subject,
      promise: objective.kind,
      owner: objective.owner,
      state: level,
      own,
      kept: good ?? null,
      asOf: time(asOf),
      ageMs: ageMs ?? null,
      publishAgeMs: publishAgeMs ?? null,
      pipelineLatencyMs: latencyMs ?? null,
      deadline: time(deadline),
      cause: cause ?? null,
    })),
  );
  return show(judgements.map(showFreshness), output);
};

async function showRemote({ options, output }: CommandInput, remote: RemoteClient): Promise<ExitCode> {
  const [select, exclude] = [options.list("select"), options.list("exclude")];
  const told = await remote.freshness({
    ...(select && { select: select.join(" ") }),
    ...(exclude && { exclude: exclude.join(" ") }),
  });
  output.document(told);
  return show(told, output);
}

function show(judgements: readonly ShownFreshness[], output: Output): ExitCode {
  if (judgements.length === 0) output.result("Nothing is promised: no model or source has an `sla`.");
  else
    output.result(
      formatTable(
        ["subject", "promise", "state", "age", "published", "as of", "due", "cause"].map((title) => ({ title })),
        judgements.map(({ subject, kind, state: level, asOf, ageMs, publishAgeMs, deadline, cause }) => [
          subject,
          kind,
          level,
          ageMs === undefined ? "-" : formatDurationMs(ageMs),
          publishAgeMs === undefined ? "-" : `${formatDurationMs(publishAgeMs)} ago`,
          asOf === undefined ? "-" : formatTime(new Date(asOf)),
          deadline === undefined ? "-" : formatTime(new Date(deadline)),
          cause === undefined ? "" : `${cause.id} of ${describeOwner(cause.owner)}: ${cause.why}`,
        ]),
        output.colors,
        120,
      ),
    );
  return judgements.some(({ state: level, own }) => level === "BREACH" || (level === "INHERITED" && own === "BREACH"))
    ? 1
    : 0;
}
