// Owns what a worker and its child processes say to each other. Plain data: it crosses a process boundary.
import type { Diagnostic } from "../../core/errors/index.ts";

export type ToChild =
  | { readonly type: "perform"; readonly work: unknown }
  /** The work is to end soon; the child is killed when it does not. Said more than once. */
  | { readonly type: "stop"; readonly reason: string }
  /** Nothing more comes: close and exit. */
  | { readonly type: "leave" };

export type FromChild =
  | { readonly type: "ready" }
  /** Something to keep out of logs and messages, learnt by the child. It never leaves the two processes. */
  | { readonly type: "secret"; readonly text: string }
  | { readonly type: "event"; readonly event: unknown }
  /** It heard that the work is to stop: its JavaScript is not busy. */
  | { readonly type: "stopping" }
  | { readonly type: "ended"; readonly result: unknown; readonly rssBytes: number }
  | { readonly type: "failed"; readonly error: ChildFailure; readonly rssBytes: number }
  /** It exits, with this code; because of an error that nobody caught when there is a message. */
  | { readonly type: "exiting"; readonly code: number; readonly message?: string };

export type ChildFailure = Pick<Diagnostic, "code" | "message" | "help"> &
  Pick<Partial<Diagnostic>, "location"> & { readonly retryable: boolean };
