// Owns telling people what the database refused, in terms of what they wrote.
import { type Location, type MeshError, problems } from "../../errors/index.ts";
import { closest } from "../../util/index.ts";
import type { MeshIndex } from "../mesh-index.ts";
import { type Description, SHELL_PREFIX } from "./shell-catalog.ts";

export interface QuerySubject {
  /** The model that `this` is; undefined for a test. */
  readonly id: string | undefined;
  readonly project: string;
  /** For messages: the model's id or the test's name. */
  readonly what: string;
  /** Where the problem is shown when its place in the file is not known. */
  readonly location: Location;
}

/** The problem, or undefined when the query was bound or cannot be. */
export function sqlProblem(description: Description, subject: QuerySubject, index: MeshIndex): MeshError | undefined {
  const { what } = subject;
  if (description.kind === "not-one-query") {
    return problems.sqlNotOneQuery({ what, found: description.found }, { location: subject.location });
  }
  if (description.kind !== "refused") return undefined;
  const { failure, bound } = description;
  const location: Location =
    (failure.offset === undefined ? undefined : bound.locate(failure.offset)) ?? subject.location;
  const at = { location };
  const near = withoutPrefix(failure.candidates[0]);
  const name = failure.name ?? "";
  if (failure.type === "Parser" || failure.type === "Syntax") {
    return problems.sqlDoesNotParse({ what, reason: withoutPrefix(failure.reason) ?? "" }, at);
  }
  switch (failure.subtype) {
    case "COLUMN_NOT_FOUND":
      return problems.sqlColumnNotFound({ what, column: name, near }, at);
    case "MISSING_TABLE":
      return tableProblem(name, description.missing, subject, index, location);
    case "TABLE_NOT_IN_FROM":
      return problems.sqlTableNotFound({ what, table: name, near: near === undefined ? undefined : `"${near}"` }, at);
    case "NO_MATCHING_FUNCTION":
      return problems.sqlTypesDoNotFit({ what, call: failure.call ?? name }, at);
    case "MISSING_ENTRY":
      if (failure.entry?.includes("Function")) return problems.sqlFunctionNotFound({ what, name, near }, at);
      break;
    default:
      break;
  }
  return problems.sqlRefused({ what, reason: withoutPrefix(failure.reason) ?? "" }, at);
}

/** `"ref:bookings".orders` was never written by anyone. */
function withoutPrefix(text: string | undefined): string | undefined {
  return text?.replaceAll(`"${SHELL_PREFIX}`, '"').replaceAll(SHELL_PREFIX, "");
}

function tableProblem(
  written: string,
  missing: readonly string[],
  subject: QuerySubject,
  index: MeshIndex,
  location: Location,
): MeshError {
  const { what, id, project } = subject;
  const at = { location };
  const table = withoutPrefix(written) ?? written;
  const parts = table.replaceAll('"', "").split(".");
  const name = parts.at(-1) ?? table;
  const named = parts.length > 1 ? index.find(parts.at(-2) ?? "", name) : index.find(project, name);
  // `this` is the only slot without a table behind it.
  if (id !== undefined && named?.id === id && missing.includes(id)) {
    return problems.sqlThisOutsideIncremental({ what }, at);
  }
  if (named) {
    const ref = named.project === project ? `ref('${named.name}')` : `ref('${named.project}', '${named.name}')`;
    return problems.sqlTableWithoutRef({ what, table, ref }, at);
  }
  const known = index.models(project).map((model) => model.name);
  const near = closest(name, known);
  // The database's own candidates are its system views, which nobody meant.
  return problems.sqlTableNotFound({ what, table, near: near === undefined ? undefined : `{{ ref('${near}') }}` }, at);
}
