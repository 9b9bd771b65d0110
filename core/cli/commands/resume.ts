// Owns `mesh resume`: where the rest of a run is done, and with which inputs.
import { showRun } from "../../catalog/index.ts";
import { problems } from "../../errors/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandInput, CommandRunner, ExitCode } from "../command.ts";
import { findRun } from "../find-run.ts";
import { runShown } from "../run-shown.ts";

export const run: CommandRunner = async (input) => {
  const {
    arguments: [id = ""],
    options,
    output,
    env,
    remote,
    openMesh,
  } = input;
  const fresh = options.flag("fresh");
  const reason = options.text("why") ?? "resumed by hand";
  if (remote) {
    const found = await findRun(id, remote);
    const resumed = await remote.resume(found.id, { reason, ...(fresh && { fresh }) });
    return tell(resumed.id, resumed, input);
  }
  const state = await (await openMesh()).state();
  const found = await findRun(id, state);
  if (found.executor === "process") return resumeHere(input, found.id, fresh);
  const by = actorOf(env);
  const { askAfresh, resumeRun } = await import("../../execute/index.ts");
  if (!fresh) {
    const resumed = await resumeRun(found.id, { by: by.actor, via: by.via, reason }, state);
    return tell(resumed.id, showRun(resumed), input);
  }
  const { loadDeployed } = await import("../../deploy/index.ts");
  const asked = await askAfresh(found.id, reason, (await loadDeployed(state)).manifest, state, by);
  output.note("Planned anew, by what is published then.");
  return tell(asked.id, showRun(asked), input);
};

function tell(id: string, document: object, { output }: CommandInput): ExitCode {
  output.document(document);
  output.result(`Run ${id} was asked for.`);
  output.note(`Follow it: mesh watch ${id}`);
  return 0;
}

async function resumeHere(input: CommandInput, runId: string, fresh: boolean): Promise<ExitCode> {
  const mesh = await input.openMesh();
  const state = await mesh.state();
  const { readRemainingWork, openModels, rangeOfRun } = await import("../../execute/index.ts");
  const { manifest } = await mesh.compile();
  if (!fresh) {
    const { work } = await readRemainingWork(runId, state);
    return runShown(input, mesh, { manifest, plan: work.plan, run: {}, resumes: runId, warnings: [], broken: false });
  }
  const found = await state.getRun(runId);
  if (!found) throw problems.runNotFound({ run: runId });
  const { status, selection } = found;
  if (status === "running" || status === "waiting") throw problems.runStillOpen({ run: runId, status });
  const range = await rangeOfRun(runId, state);
  if (range) {
    if (status === "success") throw problems.nothingLeft({ run: runId });
    const plan = await mesh.planBackfill(selection, range);
    const origin = { trigger: "resume", resumes: runId } as const;
    return runShown(input, mesh, { manifest, plan, run: { select: [selection], origin }, warnings: [], broken: false });
  }
  const select = (await openModels(runId, state)).filter((model) => manifest.models[model]);
  if (select.length === 0) throw problems.nothingLeft({ run: runId });
  const plan = await mesh.plan({ select });
  return runShown(input, mesh, { manifest, plan, run: { select }, warnings: [], broken: false });
}
