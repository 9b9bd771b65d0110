// Owns saying in words what is wrong with a request's fields. Values are not repeated: one may be a secret in the wrong place.
import type { z } from "@hono/zod-openapi";
import { closest } from "../../core/util/index.ts";

type Issue = z.core.$ZodIssue;

export function sayFaults(issues: readonly Issue[], known: readonly string[]): readonly string[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [`${placeOf(issue)}: ${issue.message}`];
    return issue.keys.map((key) => {
      const near = closest(key, known);
      const hint = near === undefined ? "" : `; did you mean \`${near}\`?`;
      return `there is no field \`${printable(key)}\`${hint}`;
    });
  });
}

function placeOf({ path }: Issue): string {
  return path.length === 0 ? "it" : `\`${path.map(String).join(".")}\``;
}

/** Whoever asks chose the name: it is kept short and on one line. */
function printable(key: string): string {
  return key.replace(/[^\x20-\x7e]/g, "?").slice(0, 60);
}
