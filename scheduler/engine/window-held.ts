// Owns which pauses hold a window of a backfill back, whether it begins first or is resumed. Pure.
import { isPaused, type PauseRecord } from "../../core/state/index.ts";

/** By its snapshot, `project.model`: one that itself, its project or the system is paused. */
export function isWindowHeld(model: string, pauses: readonly PauseRecord[], now: Date): boolean {
  const project = model.slice(0, model.indexOf("."));
  return (
    isPaused(pauses, { kind: "project", name: project }, now) || isPaused(pauses, { kind: "model", name: model }, now)
  );
}
