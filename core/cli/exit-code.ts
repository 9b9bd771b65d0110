// Owns which exit code an error means: 2 for wrong use or configuration, 1 for everything that failed.
import type { MeshError } from "../errors/index.ts";
import type { ExitCode } from "./command.ts";

const WRONG_USE = [
  "cli/",
  "config/",
  "remote/bad-url",
  "remote/token-missing",
  "selection/",
  "store/not-found",
  "store/schema-",
  "snapshot/no-backfill",
  "snapshot/bad-bound",
  "snapshot/empty-range",
  "snapshot/no-history",
  "diff/key-not-found",
  "deploy/project-not-found",
  "deploy/not-found",
  "deploy/not-deployed",
  "deploy/already-in-force",
  "run/model-not-found",
  "schedule/trigger-unclear",
  "run/model-has-no-sql",
];

/** Commands whose exit code 1 is an answer: a problem that kept them from one is never taken for it. */
const ANSWERING: readonly (string | undefined)[] = ["check-store"];

export function exitCodeOf(error: MeshError, command?: string): ExitCode {
  if (error.code === "run/cancelled") return 130;
  if (ANSWERING.includes(command)) return 2;
  return WRONG_USE.some((area) => error.code.startsWith(area)) ? 2 : 1;
}
