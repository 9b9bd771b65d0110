// Owns `mesh cancel`.
import { problems } from "../../errors/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandRunner } from "../command.ts";
import { findRun } from "../find-run.ts";

export const run: CommandRunner = async ({ arguments: [id = ""], options, output, env, remote, openMesh }) => {
  const reason = options.text("why") ?? "cancelled by hand";
  const from = remote ?? (await (await openMesh()).state());
  const found = await findRun(id, from);
  if (found.status !== "running" && found.status !== "waiting")
    throw problems.runAlreadyEnded({ runId: found.id, status: found.status });
  if ("cancel" in from) await from.cancel(found.id, { reason });
  else {
    const { cancelRun } = await import("../../execute/index.ts");
    // Workers learn it when they renew their leases, in seconds.
    await cancelRun(found.id, reason, actorOf(env), from);
  }
  const now = await findRun(found.id, from);
  output.document(now);
  output.result(
    now.status === "cancelled"
      ? `Run ${now.id} is cancelled.`
      : `Run ${now.id} is ending: what goes on is being stopped, and nothing more of it is published.`,
  );
  return 0;
};
