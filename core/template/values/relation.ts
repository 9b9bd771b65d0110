// Owns the value of `ref()`, `source()` and `this`: it prints as a slot token and refuses to be taken apart as text.
import { problems } from "../../errors/index.ts";
import { slotToken } from "../../manifest/index.ts";
import type { RelationValue } from "../types.ts";
import { Callable, PyObject, type Value } from "./value.ts";

const FIELDS = ["schema", "identifier", "name", "table", "render"];
const REFUSED: ReadonlySet<string> = new Set([
  ...["database", "type", "include", "quote", "is_view", "is_table", "is_cte", "path", "quote_policy", "incorporate"],
  "replace_path",
]);

export class Relation extends PyObject {
  readonly type = "relation";
  readonly model: string;
  readonly token: string;
  readonly #schema: string;
  readonly #identifier: string;

  constructor({ model, schema, identifier }: RelationValue) {
    super();
    this.model = model;
    this.token = slotToken(model);
    this.#schema = schema;
    this.#identifier = identifier;
  }

  override attribute(name: string): Value | undefined {
    if (name === "schema") return this.#schema;
    if (name === "identifier" || name === "name" || name === "table") return this.#identifier;
    if (name === "render") return new Callable("render", () => this.token);
    if (REFUSED.has(name)) {
      throw problems.templateUnsupported({
        what: `A relation's \`${name}\``,
        help: "A relation is bound to a build when the query runs: print it whole, or use `.schema`, `.identifier` or `.name`.",
      });
    }
    return undefined;
  }

  override attributeNames(): Iterable<string> {
    return FIELDS;
  }
}

const OPEN = slotToken("")[0] ?? "";
const CLOSE = slotToken("")[1] ?? "";

export const holdsToken = (text: string): boolean => text.includes(OPEN) || text.includes(CLOSE);

/** Refuses an operation whose result depends on the characters of a relation's name. */
export function refuseToken(text: string, what: string): string {
  if (holdsToken(text)) throw problems.templateRelationText({ what });
  return text;
}

/** Whether every token in the text is whole and names a relation that was really given out. */
export function tokensAreWhole(text: string, given: ReadonlySet<string>): boolean {
  let at = 0;
  for (;;) {
    const open = text.indexOf(OPEN, at);
    const close = text.indexOf(CLOSE, at);
    if (open < 0 || close < open) return open < 0 && close < 0;
    if (!given.has(text.slice(open + 1, close))) return false;
    at = close + 1;
  }
}
