// Owns which build of each model a task reads: the one its run made, else the one the run pinned when it began. Never looks at anything newer.
import { problems } from "../errors/index.ts";
import type { Build } from "../manifest/index.ts";
import { buildsBehindViews, toBuild } from "../publish/index.ts";
import type { BuildRecord, Publication, StateStore } from "../state/index.ts";

export interface BuildBook {
  /** What is published of a model: as the task began if the task makes it, else as its run began. The base of an incremental build, and what
   * its publish replaces. */
  published(model: string): BuildRecord | undefined;
  /** The publication of it, when it is not the one the run began with. */
  overtaking(model: string): Publication | undefined;
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

export interface BookRequest {
  readonly runId: string;
  /** Models the task makes, tests or publishes, and all it and its tests read. */
  readonly makes: readonly string[];
  readonly reads: readonly string[];
  /** Model id -> the build the run began with. */
  readonly pins: Readonly<Record<string, string>>;
  /** Records never change in what is read here; kept by the process for all tasks of a run. */
  readonly known: Map<string, BuildRecord>;
}

export async function openBuildBook(request: BookRequest, state: StateStore): Promise<BuildBook> {
  const { runId, makes, reads, pins, known } = request;
  const wanted = [...new Set([...makes, ...reads])];
  const publications = await state.publishedOf(makes);
  const own = new Map<string, BuildRecord>();
  // Newest first: of a task that was done twice, the last.
  for (const record of await state.listBuilds({ models: wanted, runs: [runId], statuses: ["built", "passed"] }))
    if (!own.has(record.model)) own.set(record.model, record);
  const ids = [
    ...wanted.flatMap((model) => pins[model] ?? []),
    ...[...publications.values()].map(({ buildId }) => buildId),
  ];
  const missing = [...new Set(ids)].filter((id) => !known.has(id));
  for (const [id, record] of await state.getBuilds(missing)) known.set(id, record);
  const recordOf = (id: string | undefined) => (id === undefined ? undefined : known.get(id));
  const made = new Set(makes);
  const published = (model: string) => recordOf(made.has(model) ? publications.get(model)?.buildId : pins[model]);
  const current = (model: string) => own.get(model) ?? recordOf(pins[model]);
  return {
    published,
    overtaking(model) {
      const publication = publications.get(model);
      return publication && publication.buildId !== pins[model] ? publication : undefined;
    },
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
