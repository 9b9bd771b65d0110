// Problems of what was declared of a store against what is there. They name columns and types, never a value.
import { defineProblem } from "../define-problem.ts";

/** One change of the store that a policy refuses. */
interface RefusedDrift {
  readonly kind: string;
  /** A clause: the column, what it was, what it is. */
  readonly what: string;
}

export const driftRefused = defineProblem<{
  source: string;
  owner: string;
  findings: readonly RefusedDrift[];
}>(
  {
    code: "extract/drift-refused",
    doc: "The store is no longer as it was at the published build, and the source's `drift` policy refuses the change. Nothing was read; what is published stays. See docs/drift.md.",
  },
  ({ source, owner, findings }) => ({
    message: `${source}: ${findings.map(({ kind, what }) => `${what} [${kind}]`).join("; ")}.`,
    help: `Ask ${owner} whether it is meant. Then ${nextSteps(findings).join(", or ")}. See docs/drift.md.`,
  }),
);

/** A full refresh forgets what the store was; it cannot bring back what is gone. */
const FORGOTTEN_BY_REFRESH: ReadonlySet<string> = new Set(["added", "retyped", "nullable"]);

function nextSteps(findings: readonly RefusedDrift[]): readonly string[] {
  const kinds = [...new Set(findings.map(({ kind }) => kind))];
  const forgettable = kinds.every((kind) => FORGOTTEN_BY_REFRESH.has(kind));
  return [
    "declare the source as it is now",
    `allow it with \`drift: { ${kinds.map((kind) => `${kind}: …`).join(", ")} }\``,
    ...(forgettable ? ["take the store as it is with `mesh run --full-refresh`"] : []),
  ];
}
