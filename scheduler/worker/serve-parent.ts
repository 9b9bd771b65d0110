// Owns the child's side of a worker: one piece of work at a time, by message, until the parent says leave or is gone. Knows nothing of tasks.
import { MeshError } from "../../core/errors/index.ts";
import type { ChildFailure, FromChild, ToChild } from "./child-messages.ts";
import { dieWithParent } from "./parent-watch.ts";

/** The parent's process id, set by the parent: by the time the child asks the system, the parent may be another. */
export const PARENT_PID = "MESH_PARENT_PID";

export interface ChildWork {
  /** The signal's reason is the word that the parent gave. */
  perform(work: unknown, signal: AbortSignal, tell: (event: unknown) => void): Promise<unknown>;
  close(): Promise<void>;
}

export interface ParentLine {
  /** Text that the parent must keep out of what it logs of this child. */
  tellSecret(text: string): void;
}

/** `open` is called once, before the first work; what it throws ends the process. */
export async function serveParent(open: (line: ParentLine) => Promise<ChildWork>): Promise<void> {
  dieWithParent(Number(process.env[PARENT_PID] ?? process.ppid));
  // A terminal and a service manager signal the whole group: the end of a child is the parent's to decide.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);
  const send = (message: FromChild, then?: () => void): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => then?.());
    else then?.();
  };
  // Not `process.exit`: that ends the watching thread first, and then waits for SQL that is at work in native threads.
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  let leaving = false;
  // For the same reason the parent hears of an exit before it: should it last, the parent ends it.
  process.on("exit", (code) => {
    if (!leaving) send({ type: "exiting", code });
  });
  const crash = (error: unknown): void => {
    leaving = true;
    send({ type: "exiting", code: 1, message: messageOf(error) }, () => process.exit(1));
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);

  let stopping: AbortController | undefined;
  const work = await open({ tellSecret: (text) => send({ type: "secret", text }) });
  process.on("message", (message: ToChild) => {
    switch (message.type) {
      case "perform": {
        const abort = new AbortController();
        stopping = abort;
        work
          .perform(message.work, abort.signal, (event) => send({ type: "event", event }))
          .then(
            (result) => send({ type: "ended", result, rssBytes: process.memoryUsage.rss() }),
            (error: unknown) => send({ type: "failed", error: failureOf(error), rssBytes: process.memoryUsage.rss() }),
          )
          .catch(crash);
        return;
      }
      case "stop":
        send({ type: "stopping" });
        stopping?.abort(message.reason);
        return;
      case "leave":
        leaving = true;
        work.close().then(
          () => process.exit(0),
          () => process.exit(1),
        );
        return;
    }
  });
  send({ type: "ready" });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function failureOf(error: unknown): ChildFailure {
  if (error instanceof MeshError) {
    const { code, message, help, location, retryable } = error;
    return { code, message, help, retryable, ...(location && { location }) };
  }
  const help = "Please report it with the log of the worker; `MESH_DEBUG=1` prints the full trace.";
  return { code: "internal/unexpected", message: messageOf(error), help, retryable: false };
}
