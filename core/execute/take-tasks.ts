// Owns a process's hold on the tasks it works on: claims a ticket, keeps the lease alive, tells the work to stop when the lease is gone, the
// run is cancelled or the time is up, and gives back what was lost. What the task does is in `perform-task.ts`.
import { setTimeout as wait } from "node:timers/promises";
import { type Diagnostic, MeshError, problems, tellableError } from "../errors/index.ts";
import type { StateStore, TaskRecord, TaskRef, Ticket } from "../state/index.ts";
import type { Clock } from "../util/index.ts";
import { giveToOthers, loseTask } from "./lose-task.ts";
import type { TaskEnd } from "./perform-task.ts";
import { isStateAway } from "./state-away.ts";
import { TaskStopped } from "./stop-reason.ts";
import { isUnknownWork } from "./work.ts";

export interface TaskTakerOptions {
  readonly state: StateStore;
  /** The process's id, as in the worker table. */
  readonly worker: string;
  readonly leaseMs: number;
  readonly clock: Clock;
  /**
   * Does the claimed task, here or in a child, and settles it. The signal's reason is a TaskStopped. What it throws means that nobody
   * knows how far it came: the task counts as lost.
   */
  readonly perform: (task: TaskRecord, signal: AbortSignal) => Promise<TaskEnd>;
  /** After every task, however it ended; of a run whose work is for another version, once. */
  readonly onEnd?: (task: TaskRecord, end: TaskEnd) => void;
  /** Lease renewals that failed, tasks that were lost. */
  readonly onTrouble?: (trouble: { readonly what: string; readonly task?: TaskRef; readonly error?: unknown }) => void;
  readonly redact: (text: string) => string;
}

export interface TaskTaker {
  /** For `Transport.consume`. Returns when the task has ended here. */
  take(ticket: Ticket): Promise<void>;
  /** Looks at once whether what is held is still wanted, as after a `stop` signal. */
  look(): Promise<void>;
  readonly held: readonly TaskRecord[];
  /** Tells all that goes on to stop, for this reason. */
  stopAll(kind: "cancelled" | "skipped" | "returned"): void;
  /** Ends the renewals. What is held must have ended. */
  close(): void;
}

/** Without a renewal for so much of the lease, the work stops by itself before anybody else may begin it. */
const SILENT_SHARE = 0.7;
/** For how long what cannot be done here is left to others before it is offered to all again. */
const LEFT_TO_OTHERS_MS = 5_000;
/** Of a task that nobody has begun to do: its claim says nothing of it. */
const NOT_BEGUN: ReadonlySet<string> = new Set(["run/work-unknown", "process/child-not-started"]);
const codeOf = (error: unknown) => (error instanceof MeshError ? error.code : "");

interface Held {
  readonly task: TaskRecord;
  readonly abort: AbortController;
  renewedAtMs: number;
}

export function createTaskTaker(options: TaskTakerOptions): TaskTaker {
  const { state, worker, leaseMs, clock } = options;
  const held = new Map<string, Held>();
  /** Runs whose work is for another version. */
  const left = new Set<string>();
  const keyOf = ({ runId, task, fence }: TaskRef) => `${runId} ${task} ${fence}`;
  const refOf = ({ runId, id, fence }: TaskRecord): TaskRef => ({ runId, task: id, fence });
  let renewing: Promise<void> | undefined;

  const renew = async (): Promise<void> => {
    const asked = [...held.values()];
    if (asked.length === 0) return;
    const askedAtMs = clock.elapsedMs();
    try {
      const states = await state.renewLeases(
        worker,
        asked.map(({ task }) => refOf(task)),
        leaseMs,
      );
      for (const found of states) {
        const mine = held.get(keyOf(found));
        if (!mine) continue;
        if (found.state !== "lost") mine.renewedAtMs = Math.max(mine.renewedAtMs, askedAtMs);
        if (found.state === "lost" || found.state === "cancelled") mine.abort.abort(new TaskStopped(found.state));
      }
    } catch (error) {
      options.onTrouble?.({ what: "lease-not-renewed", error });
    }
  };
  const look = (): Promise<void> => {
    // An answer that does not come must not keep the next question from being asked, over another connection.
    renewing ??= Promise.race([renew(), wait(leaseMs / 4, undefined, { ref: false })]).finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  /** Nobody knows how far it came. A state store that is away is told when it is back, as long as the lease keeps others from the task. */
  const giveUp = async (task: TaskRecord, error: unknown): Promise<TaskEnd> => {
    const loss = lossOf(error, task, options);
    const give = async (): Promise<TaskEnd> => {
      if (isStateAway(error)) return giveToOthers(task, "returned", loss, state);
      if (codeOf(error) === "process/replaced") return giveToOthers(task, "returned", loss, state, LEFT_TO_OTHERS_MS);
      if (!NOT_BEGUN.has(codeOf(error))) return loseTask(task, loss, state);
      // Nothing was done since the claim, so that nobody was let go on by it.
      const why = { kind: "returned", error: loss, delayMs: LEFT_TO_OTHERS_MS, releases: {} } as const;
      return { kind: (await state.returnTask(refOf(task), why)) ? "returned" : "lost" };
    };
    for (const endMs = clock.elapsedMs() + leaseMs; ; await wait(leaseMs / 6)) {
      try {
        return await give();
      } catch (failure) {
        if (isStateAway(failure) && clock.elapsedMs() < endMs) continue;
        // The lease ends by itself, and a sweep finds it.
        options.onTrouble?.({ what: "loss-not-recorded", task: refOf(task), error: failure });
        return { kind: "lost" };
      }
    }
  };
  const timer = setInterval(() => {
    void look();
    const now = clock.elapsedMs();
    for (const { task, abort, renewedAtMs } of held.values()) {
      // Nobody takes a task from a process that does its own run: it is dead only with the process.
      if (task.executor === "process" || now - renewedAtMs < leaseMs * SILENT_SHARE) continue;
      options.onTrouble?.({ what: "lease-given-up", task: refOf(task) });
      abort.abort(new TaskStopped("lost"));
    }
  }, leaseMs / 6);
  timer.unref();

  return {
    async take(ticket) {
      const claimedAtMs = clock.elapsedMs();
      const task = await state.claimTask(ticket, { worker, leaseMs });
      if (!task) return;
      const ref = refOf(task);
      const mine: Held = { task, abort: new AbortController(), renewedAtMs: claimedAtMs };
      held.set(keyOf(ref), mine);
      const timeout =
        task.timeoutMs === undefined
          ? undefined
          : setTimeout(() => mine.abort.abort(new TaskStopped("timeout")), task.timeoutMs);
      let end: TaskEnd;
      let again = false;
      try {
        end = await options.perform(task, mine.abort.signal);
      } catch (error) {
        const unknown = isUnknownWork(error);
        again = unknown && left.has(task.runId);
        if (unknown) left.add(task.runId);
        if (!again) options.onTrouble?.({ what: unknown ? "work-unknown" : "task-lost", task: ref, error });
        held.delete(keyOf(ref));
        end = await giveUp(task, error);
      } finally {
        clearTimeout(timeout);
        held.delete(keyOf(ref));
      }
      if (!again) options.onEnd?.(task, end);
    },
    look,
    get held() {
      return [...held.values()].map(({ task }) => task);
    },
    stopAll(kind) {
      for (const { abort } of held.values()) abort.abort(new TaskStopped(kind));
    },
    close() {
      clearInterval(timer);
    },
  };
}

function lossOf(error: unknown, task: TaskRecord, { redact }: TaskTakerOptions): Diagnostic {
  const reason = error instanceof Error ? error.message : String(error);
  const lost =
    error instanceof MeshError ? error : problems.workerLost({ task: task.id, reason: reason.replace(/\.$/, "") });
  return tellableError(lost, redact);
}
