// Owns which build of each model this run reads: the one it made, else the one it pinned when it began. Never looks at anything newer.
import { problems } from "../errors/index.ts";
import type { Build } from "../manifest/index.ts";
import { buildsBehindViews, toBuild } from "../publish/index.ts";
import type { BuildRecord, StateStore } from "../state/index.ts";

export interface BuildBook {
  /** What is published of the model as the run began; the base of an incremental build. */
  published(model: string): BuildRecord | undefined;
  /** This run's own new build. */
  made(model: string): BuildRecord | undefined;
  add(record: BuildRecord): void;
  /** The build of `model` this run reads. */
  current(model: string): BuildRecord | undefined;
  /** The builds of these models and all that view builds among them read. Throws `run/input-never-built`. */
  inputs(
    reader: string,
    models: readonly string[],
  ): Promise<{ readonly inputs: ReadonlyMap<string, Build>; readonly behindViews: ReadonlyMap<string, Build> }>;
}

export function createBuildBook(
  state: StateStore,
  published: ReadonlyMap<string, BuildRecord>,
  pinned: ReadonlyMap<string, BuildRecord>,
): BuildBook {
  const own = new Map<string, BuildRecord>();
  const known = new Map<string, BuildRecord>();
  for (const record of [...published.values(), ...pinned.values()]) known.set(record.id, record);
  // The plan is older than the run: what was published in between counts, so that all of a run shows one moment, and a
  // build made from older inputs never replaces one made from newer.
  const current = (model: string) => own.get(model) ?? published.get(model) ?? pinned.get(model);
  return {
    published: (model) => published.get(model),
    made: (model) => own.get(model),
    current,
    add(record) {
      own.set(record.model, record);
      known.set(record.id, record);
    },
    async inputs(reader, models) {
      const inputs = new Map<string, Build>();
      for (const model of models) {
        const record = current(model);
        const build = record && toBuild(record);
        if (!build) throw problems.inputNeverBuilt({ reader, model });
        inputs.set(model, build);
      }
      return { inputs, behindViews: await buildsBehindViews(inputs.values(), state, known) };
    },
  };
}
