// Owns reading --select and --exclude.
import type { Selection } from "../mesh-types.ts";
import type { ParsedOptions } from "./parse-arguments.ts";

export function readSelection(options: ParsedOptions): Selection {
  const select = options.list("select");
  const exclude = options.list("exclude");
  return { ...(select && { select }), ...(exclude && { exclude }) };
}
