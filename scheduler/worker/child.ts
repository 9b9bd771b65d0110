// Owns one child process as its parent sees it: starting, giving it work, stopping it, and telling how it ended. Which work is the pool's.
import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import type { ChildFailure, FromChild, ToChild } from "./child-messages.ts";
import { PARENT_PID } from "./serve-parent.ts";

/** How to start a child that calls `serveParent`. */
export interface ChildProgram {
  readonly file: string;
  readonly args: readonly string[];
  /** Options of Node, such as `--max-old-space-size=512`. */
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** How a process ended, in facts. */
export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** An exception that nobody caught. */
  readonly exception?: string;
  /** Its last lines on standard error. */
  readonly lastLines: readonly string[];
}

export type WorkEnd =
  | { readonly type: "ended"; readonly result: unknown; readonly rssBytes: number }
  | { readonly type: "failed"; readonly error: ChildFailure; readonly rssBytes: number }
  | { readonly type: "died"; readonly death: Death };

export interface Child {
  readonly pid: number;
  /** True once it takes work, false when it died before. */
  readonly ready: Promise<boolean>;
  readonly exited: Promise<Death>;
  /** One at a time. Never rejects. */
  perform(work: unknown, onEvent: (event: unknown) => void): Promise<WorkEnd>;
  /** Asks it to give up the work it has; `onHeard` is called when it heard that, which it does not while its JavaScript is busy. */
  stop(reason: string, onHeard: () => void): void;
  /** Asks it to exit, which it does when it is idle. */
  leave(): void;
  kill(): void;
}

export interface ChildEvents {
  onLine(line: string, stream: "stdout" | "stderr"): void;
  onSecret(text: string): void;
}

/** An exit that takes longer is waiting for native work of which nobody wants the result. */
const EXIT_MS = 1_000;
const KEPT_LINES = 20;
/** What ends a process says it at once; more than this is read no further. */
const LONGEST_LINE = 2_000;

export function startChild(program: ChildProgram, { onLine, onSecret }: ChildEvents): Child {
  const child: ChildProcess = fork(program.file, program.args, {
    execArgv: [...program.execArgv],
    env: { ...program.env, [PARENT_PID]: String(process.pid) },
    cwd: program.cwd,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    serialization: "advanced",
  });
  const lastLines: string[] = [];
  let exception: string | undefined;
  let exitCode: number | undefined;
  let settle: ((end: WorkEnd) => void) | undefined;
  let tell: (event: unknown) => void = () => undefined;
  let heard: () => void = () => undefined;

  for (const name of ["stdout", "stderr"] as const) {
    const stream = child[name];
    if (!stream) continue;
    createInterface({ input: stream }).on("line", (whole) => {
      const line = whole.slice(0, LONGEST_LINE);
      if (name === "stderr" && line.trim() !== "" && lastLines.push(line) > KEPT_LINES) lastLines.shift();
      onLine(line, name);
    });
  }
  // `close` and not `exit`, and the end of the channel too: by then its last lines and messages have been read.
  const disconnected = new Promise<void>((resolve) => child.once("disconnect", resolve));
  const exited = new Promise<Death>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null) =>
      resolve({
        code: exitCode ?? code,
        signal: exitCode === undefined ? signal : null,
        lastLines,
        ...(exception !== undefined && { exception }),
      });
    child.once("close", (code, signal) => void disconnected.then(() => end(code, signal)));
    child.once("error", (error) => {
      exception ??= error.message;
      if (child.pid === undefined) end(null, null);
    });
  });
  let becomeReady: () => void = () => undefined;
  const ready = Promise.race([
    new Promise<boolean>((resolve) => {
      becomeReady = () => resolve(true);
    }),
    exited.then(() => false),
  ]);
  child.on("message", (message: FromChild) => {
    switch (message.type) {
      case "ready":
        return becomeReady();
      case "secret":
        return onSecret(message.text);
      case "event":
        return tell(message.event);
      case "stopping":
        return heard();
      case "exiting":
        exitCode = message.code;
        exception = message.message;
        setTimeout(() => child.kill("SIGKILL"), EXIT_MS).unref();
        return;
      case "ended":
      case "failed":
        return settle?.(message);
    }
  });
  const send = (message: ToChild): void => {
    // A channel that closes meanwhile is told by `exited`.
    if (child.connected) child.send(message, () => undefined);
  };
  return {
    pid: child.pid ?? 0,
    ready,
    exited,
    async perform(work, onEvent) {
      const answered = new Promise<WorkEnd>((resolve) => {
        settle = resolve;
      });
      tell = onEvent;
      send({ type: "perform", work });
      const end = await Promise.race([answered, exited.then((death): WorkEnd => ({ type: "died", death }))]);
      settle = undefined;
      tell = () => undefined;
      heard = () => undefined;
      return end;
    },
    stop(reason, onHeard) {
      heard = onHeard;
      send({ type: "stop", reason });
    },
    leave: () => send({ type: "leave" }),
    kill: () => void child.kill("SIGKILL"),
  };
}
