// Owns finding the run that a person means by its id or the start of it.
import { type ShownRun, showRun } from "../catalog/index.ts";
import { problems } from "../errors/index.ts";
import type { StateStore } from "../state/index.ts";
import type { RemoteClient } from "./remote/remote-client.ts";

const ID_LENGTH = 26;
/** An id's start is looked for among so many of the newest. */
const LOOKED_AT = 1_000;

/** Throws `run/not-found`, also when several begin so. */
export async function findRun(given: string, from: StateStore | RemoteClient): Promise<ShownRun> {
  const text = given.toLowerCase();
  if (text.length >= ID_LENGTH) {
    const run = "run" in from ? await from.run(text) : await from.getRun(text).then((found) => found && showRun(found));
    if (run) return run;
  } else {
    const runs = "run" in from ? await from.runs(LOOKED_AT) : (await from.pageRuns({ limit: LOOKED_AT })).map(showRun);
    const found = runs.filter(({ id }) => id.startsWith(text));
    if (found.length === 1) return found[0] as ShownRun;
    throw problems.runNotFound({ run: given, several: found.map(({ id }) => id) });
  }
  throw problems.runNotFound({ run: given });
}
