// Owns telling why a project does not compile over what is deployed: its own fault, or another project that is not deployed as it needs it.
import type { CompiledMesh } from "../compile/index.ts";
import { findMissingUpstreams } from "../contract/index.ts";
import type { Diagnostic } from "../errors/index.ts";
import type { Manifest, Shard } from "../manifest/index.ts";
import type { DeployedProject } from "./types.ts";

/** `shard`: compiled over what would be deployed, `deployed`; `folder`: the working folder by itself. */
export function whyBroken(
  project: string,
  shard: Shard | undefined,
  folder: CompiledMesh,
  deployed: Manifest,
): DeployedProject {
  const nothing = { project, contract: [], missing: [], diagnostics: [] };
  const alone = folder.shards.find((other) => other.project.name === project);
  const here = alone?.diagnostics.filter(isError) ?? [];
  const there = shard?.diagnostics.filter(isError) ?? [];
  if (alone && here.length === 0) {
    const missing = findMissingUpstreams(alone, deployed, folder.manifest);
    if (missing.length > 0) return { ...nothing, status: "refused", missing };
  }
  // Where the upstream is deployed but not in this folder, the folder alone knows less.
  const told = here.length > 0 && here.length <= there.length ? here : there;
  return { ...nothing, status: "broken", diagnostics: told };
}

function isError({ level }: Diagnostic): boolean {
  return level === "error";
}
