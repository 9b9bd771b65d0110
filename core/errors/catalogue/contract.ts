// Problems of what was declared of a store against what is there. They name columns and types, never a value.
import { defineProblem } from "../define-problem.ts";

/** One change of the store that a policy refuses. */
interface RefusedDrift {
  readonly kind: string;
  /** A clause: the column, what it was, what it is. */
  readonly what: string;
  /** False when no policy allows it. */
  readonly allowable?: boolean | undefined;
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

export const schemaFileUnusable = defineProblem<{ file: string; client: string; reason: string }>(
  {
    code: "store/schema-file-unusable",
    doc: "The file given to `mesh check-store --schema` is no schema of the store: it is of another kind, damaged, or not as the store's own tool writes it.",
  },
  ({ file, client, reason }) => ({
    message: `The schema file ${file} cannot be used for a store of the client \`${client}\`: ${reason}.`,
    help: "Give what `pg_dump --schema-only`, `mysqldump --no-data` or sqlite3's `.schema` wrote, or a file of `mesh check-store <store> --write-schema <file>`.",
  }),
);

export const schemaUnknown = defineProblem<{ reasons: readonly string[] }>(
  {
    code: "store/schema-unknown",
    doc: "A SQL dump does not tell which columns a view or a query gives: only a server knows. Nothing is guessed.",
  },
  ({ reasons }) => ({
    message: reasons.join(" "),
    help: "Check against the migrated database itself with `--connection`, or keep a schema that `mesh check-store <store> --write-schema <file>` wrote from it.",
  }),
);

export const storeNotFound = defineProblem<{ store: string; near: string | undefined; known: readonly string[] }>(
  { code: "store/not-found", doc: "No project of the mesh declares a store of that name." },
  ({ store, near, known }) => ({
    message: `There is no store \`${store}\`.${near === undefined ? "" : ` Did you mean \`${near}\`?`}`,
    help:
      known.length === 0 ? "No project declares a store." : `Stores are ${known.map((id) => `\`${id}\``).join(", ")}.`,
  }),
);

/** A full refresh forgets what the store was; it cannot bring back what is gone. */
const FORGOTTEN_BY_REFRESH: ReadonlySet<string> = new Set(["added", "retyped", "nullable"]);

function nextSteps(findings: readonly RefusedDrift[]): readonly string[] {
  const kinds = [...new Set(findings.filter(({ allowable = true }) => allowable).map(({ kind }) => kind))];
  if (kinds.length === 0) return ["declare the source as it is now"];
  const forgettable = findings.every(({ kind }) => FORGOTTEN_BY_REFRESH.has(kind));
  return [
    "declare the source as it is now",
    `allow it with \`drift: { ${kinds.map((kind) => `${kind}: …`).join(", ")} }\``,
    ...(forgettable ? ["take the store as it is with `mesh run --full-refresh`"] : []),
  ];
}
