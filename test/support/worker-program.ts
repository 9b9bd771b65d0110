// Owns how tests start the child process of worker-child.ts from its source.
import { fileURLToPath } from "node:url";
import type { ChildProgram } from "../../scheduler/worker/child.ts";

const JITI = fileURLToPath(new URL("../../node_modules/jiti/lib/jiti-cli.mjs", import.meta.url));

export const testProgram = (execArgv: readonly string[] = [], file = "worker-child.ts"): ChildProgram => ({
  file: JITI,
  args: [fileURLToPath(new URL(file, import.meta.url))],
  execArgv,
  env: process.env,
  cwd: process.cwd(),
});
