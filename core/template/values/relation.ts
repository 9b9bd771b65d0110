// Owns the value of `ref()`, `source()` and `this`: it prints as a slot token and refuses to be taken apart as text.
import { problems } from "../../errors/index.ts";
import { slotToken } from "../../manifest/index.ts";
import type { RelationValue } from "../types.ts";
import { Callable, PyObject, type Value } from "./value.ts";

export class Relation extends PyObject {
  readonly type = "relation";
  readonly model: string;
  readonly token: string;
  readonly #fields: ReadonlyMap<string, Value>;

  constructor(relation: RelationValue) {
    super();
    this.model = relation.model;
    this.token = slotToken(relation.model);
    this.#fields = new Map<string, Value>([
      ["schema", relation.schema],
      ["identifier", relation.identifier],
      ["name", relation.identifier],
      ["table", relation.identifier],
      ["render", new Callable("render", () => this.token)],
    ]);
  }

  override attribute(name: string): Value | undefined {
    const value = this.#fields.get(name);
    if (value !== undefined) return value;
    if (
      [
        "database",
        "type",
        "include",
        "quote",
        "is_view",
        "is_table",
        "is_cte",
        "path",
        "quote_policy",
        "incorporate",
        "replace_path",
      ].includes(name)
    ) {
      throw problems.templateUnsupported({
        what: `A relation's \`${name}\``,
        help: "A relation is bound to a build when the query runs: print it whole, or use `.schema`, `.identifier` or `.name`.",
      });
    }
    return undefined;
  }

  override attributeNames(): Iterable<string> {
    return this.#fields.keys();
  }
}

const OPEN = slotToken("")[0] ?? "";
const TOKEN = new RegExp(`${OPEN}([^${OPEN}]*?)${slotToken("")[1]}`, "gu");

export const holdsToken = (text: string): boolean => text.includes(OPEN);

/** Refuses an operation whose result depends on the characters of a relation's name. */
export function refuseToken(text: string, what: string): string {
  if (text.includes(OPEN)) throw problems.templateRelationText({ what });
  return text;
}

/** Whether every token in the text is whole and names a relation that was really given out. */
export function tokensAreWhole(text: string, given: ReadonlySet<string>): boolean {
  const rest = text.replace(TOKEN, (whole, model: string) => (given.has(model) ? "" : whole));
  return !rest.includes(OPEN) && !rest.includes(slotToken("")[1] ?? "");
}
