// Owns one pass over all projects: models alone, then their columns parents first, then tests and reports, then shards.
import type { Shard } from "../manifest/index.ts";
import { checkPublishGroups } from "./pass/check-publish-groups.ts";
import { checkCycles, checkReferences, compileModels } from "./pass/check-references.ts";
import { dropDependents, leaveOutUnread } from "./pass/fail-model.ts";
import { finishPass } from "./pass/finish-pass.ts";
import { type CompilePass, type CompileSession, startPass } from "./pass/pass-state.ts";
import { findColumns } from "./pass/settle-columns.ts";
import { compileTests } from "./pass/take-tests.ts";

/** `standIns` take the place of their projects, which are not compiled. */
export async function compilePass(session: CompileSession, standIns: readonly Shard[]): Promise<CompilePass> {
  const state = startPass(session, standIns);
  await compileModels(state);
  checkReferences(state);
  checkCycles(state);
  await findColumns(state);
  await compileTests(state);
  leaveOutUnread(state);
  dropDependents(state);
  checkPublishGroups(state);
  return finishPass(state);
}
