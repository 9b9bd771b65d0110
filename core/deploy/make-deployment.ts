// Owns the deployment of one project as it would be recorded: its shard, variables and files, and the hash that tells it from others.
import type { Config } from "../config/index.ts";
import { type Diagnostic, MeshError, toDiagnostic } from "../errors/index.ts";
import type { Shard } from "../manifest/index.ts";
import { type Project, varsOf } from "../project/index.ts";
import type { NewDeployment } from "../state/index.ts";
import { createId, hashOf, stableJson } from "../util/index.ts";
import { collectFiles } from "./collect-files.ts";

export interface MakeRequest {
  readonly config: Config;
  readonly note?: string;
  readonly commit: string | undefined;
}

/** The problem instead, when its files cannot be taken along. */
export async function makeDeployment(
  { config, note, commit }: MakeRequest,
  project: Project,
  shard: Shard,
): Promise<NewDeployment | { readonly diagnostic: Diagnostic }> {
  try {
    const files = await collectFiles(config.root, shard);
    // Variables of SQL models are in their queries already.
    const needsVars = shard.models.some(({ kind }) => kind === "typescript");
    const vars = needsVars ? (JSON.parse(JSON.stringify(varsOf(project, config))) as Record<string, unknown>) : {};
    return {
      id: createId(),
      project: project.name,
      mesh: config.name,
      target: config.target.name,
      contentHash: hashOf([config.name, config.target.name, stableJson(shard), stableJson(vars), files]),
      shard: JSON.stringify(shard),
      vars,
      files,
      ...(commit !== undefined && { commit }),
      ...(note !== undefined && { note }),
    };
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    return { diagnostic: toDiagnostic(error, "error", project.name) };
  }
}
