// Owns showing why a schedule is due or not.
import type { Manifest } from "../manifest/index.ts";
import { explainSchedule } from "../observe/index.ts";
import type { StateStore } from "../state/index.ts";
import type { Output } from "./output/output.ts";

/** `id`: `project.schedule`. Throws `schedule/not-deployed`. */
export async function showDecision(id: string, manifest: Manifest, state: StateStore, output: Output): Promise<void> {
  const { schedule, on, upstream, decision, pause, said } = await explainSchedule(id, manifest, state);
  output.document({ schedule, on, upstream, ...decision, ...(pause && { pause }) });
  output.result(said);
}
