// Owns what a project reads of other projects that is not there to be read: not deployed, gone, or not public. Pure.
import { describeOwner, type Manifest, type Shard } from "../manifest/index.ts";

export interface MissingUpstream {
  /** The model, test or report that reads it. */
  readonly reader: string;
  readonly kind: "model" | "test" | "report";
  readonly model: string;
  readonly project: string;
  /** Of the upstream project, as far as it is known. */
  readonly owner?: string;
  readonly why: "project not deployed" | "no such model" | "not public";
}

/** `deployed`: everything as it would be, the shard included; `known`: where else the owner of a project may be looked up. */
export function findMissingUpstreams(
  { project: { name }, models, tests, reports }: Shard,
  deployed: Manifest,
  known: Manifest,
): readonly MissingUpstream[] {
  const reads = [
    ...models.map(({ id, dependsOn }) => ({ kind: "model" as const, id, inputs: dependsOn.models })),
    ...tests.map(({ id, dependsOn }) => ({ kind: "test" as const, id, inputs: dependsOn })),
    ...reports.map(({ id, dependsOn }) => ({ kind: "report" as const, id, inputs: dependsOn })),
  ];
  return reads.flatMap(({ kind, id, inputs }) =>
    inputs.flatMap((model): readonly MissingUpstream[] => {
      const project = model.slice(0, model.indexOf("."));
      if (project === name) return [];
      const why = whyNot(model, project, deployed);
      if (why === undefined) return [];
      const owner = (deployed.projects[project] ?? known.projects[project])?.owner;
      return [{ reader: id, kind, model, project, why, ...(owner && { owner: describeOwner(owner) }) }];
    }),
  );
}

function whyNot(model: string, project: string, { projects, models }: Manifest): MissingUpstream["why"] | undefined {
  if (!projects[project]) return "project not deployed";
  const found = models[model];
  if (!found) return "no such model";
  return found.access === "public" ? undefined : "not public";
}
