// Owns beginning the runs that resume others: what was left is read from the run that ended, nothing is planned anew.
import { MeshError } from "../../core/errors/index.ts";
import { isPaused } from "../../core/state/index.ts";
import type { Duty } from "../duty.ts";
import { beginResumed } from "./begin-run.ts";

export const resumeDuty: Duty = {
  name: "resume",
  everyMs: 1_000,
  async run({ state, transport, signal, log }) {
    const waiting = await state.listRuns({ status: "waiting", executor: "workers" });
    const resumed = waiting.filter(({ trigger }) => trigger === "resume");
    if (resumed.length === 0) return;
    if (isPaused(await state.listPauses(), { kind: "system", name: "" }, await state.now())) return;
    for (const run of resumed) {
      if (signal.aborted) return;
      try {
        if (!(await beginResumed(run, state))) continue;
        log.info({ run: run.id, resumes: run.resumes }, "the run begins");
        await transport.signal({ topic: "look", why: `run ${run.id} began` });
      } catch (error) {
        if (!(error instanceof MeshError) || error.retryable || error.code.startsWith("state/")) throw error;
        await state.endWaitingRun(run.id, "failed", error.message);
        log.warn({ run: run.id, code: error.code, reason: error.message }, "the run cannot be resumed");
      }
    }
  },
};
