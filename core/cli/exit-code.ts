// Owns which exit code an error means: 2 for wrong use or configuration, 1 for everything that failed.
import type { MeshError } from "../errors/index.ts";
import type { ExitCode } from "./command.ts";

const WRONG_USE = [
  "cli/",
  "config/",
  "selection/",
  "store/not-found",
  "store/schema-",
  "run/model-not-found",
  "run/model-has-no-sql",
];

export function exitCodeOf(error: MeshError): ExitCode {
  if (error.code === "run/cancelled") return 130;
  return WRONG_USE.some((area) => error.code.startsWith(area)) ? 2 : 1;
}
