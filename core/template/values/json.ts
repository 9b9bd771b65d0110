// Owns JSON as Python writes and reads it: `", "` and `": "`, ASCII only, and 1.0 stays a float.
import { problems } from "../../errors/index.ts";
import { Dict } from "./dict.ts";
import { toInt } from "./numeric.ts";
import { compare } from "./operators.ts";
import { floatText } from "./print.ts";
import { Relation } from "./relation.ts";
import { typeName } from "./type-name.ts";
import { Float, Markup, Undefined, type Value, View } from "./value.ts";

export interface JsonOptions {
  readonly sort?: boolean;
  /** Escapes `<>&'` as Jinja2's filter does. */
  readonly html?: boolean;
  readonly indent?: number;
}

export function toJson(value: Value, options: JsonOptions = {}): string {
  const text = write(value, options, "\n");
  return options.html ? text.replace(/[<>&']/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`) : text;
}

const quote = (text: string) =>
  JSON.stringify(text).replace(/[\x7f-\uffff]/g, (char) =>
    char === "\x7f" || char === "\uE010" || char === "\uE011"
      ? char
      : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

function write(value: Value, options: JsonOptions, newline: string): string {
  if (value === null) return "null";
  if (typeof value === "boolean" || typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return quote(value);
  if (value instanceof Float) return floatText(value.value).replace("inf", "Infinity").replace("nan", "NaN");
  const inner = newline + " ".repeat(options.indent ?? 0);
  const wrap = (open: string, items: readonly string[], close: string) => {
    if (items.length === 0) return open + close;
    return options.indent ? open + inner + items.join(`,${inner}`) + newline + close : open + items.join(", ") + close;
  };
  if (value instanceof Dict) {
    const entries = [...value.entries()];
    if (options.sort) entries.sort(([a], [b]) => compare(a, b));
    return wrap(
      "{",
      entries.map(([key, item]) => `${quote(keyText(key))}: ${write(item, options, inner)}`),
      "}",
    );
  }
  if (Array.isArray(value) && !(value instanceof View))
    return wrap(
      "[",
      [...value].map((item: Value) => write(item, options, inner)),
      "]",
    );
  if (value instanceof Undefined) throw value.complain();
  if (value instanceof Markup) return quote(value.text);
  if (value instanceof Relation) throw problems.templateRelationText({ what: "Writing a relation as JSON" });
  throw problems.templateWrongType({
    problem: `A ${typeName(value)} cannot be written as JSON`,
    help: "Make it a list first: `| list`.",
  });
}

function keyText(key: Value): string {
  if (typeof key === "string") return key;
  if (
    key === null ||
    typeof key === "boolean" ||
    typeof key === "number" ||
    typeof key === "bigint" ||
    key instanceof Float
  )
    return write(key, {}, "");
  throw problems.templateWrongType({ problem: `A ${typeName(key)} cannot be a key in JSON` });
}

const TOKEN =
  /\s*(?:([[\]{},:])|("(?:[^"\\\n]|\\.)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)|(true|false|null))\s*/y;

/** Throws a SyntaxError on malformed JSON. */
export function fromJson(text: string): Value {
  let at = 0;
  const next = (): RegExpExecArray => {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw new SyntaxError(`unexpected text at character ${at + 1}`);
    at = TOKEN.lastIndex;
    return match;
  };
  const list = <Item>(close: string, item: (first: RegExpExecArray) => Item): Item[] => {
    const items: Item[] = [];
    let token = next();
    if (token[1] === close) return items;
    for (;;) {
      items.push(item(token));
      const separator = next()[1];
      if (separator === close) return items;
      if (separator !== ",") throw new SyntaxError(`expected "," or "${close}" before character ${at + 1}`);
      token = next();
    }
  };
  const value = ([, mark, string, number, word]: RegExpExecArray): Value => {
    if (string !== undefined) return JSON.parse(string) as string;
    if (number !== undefined) return /[.eE]/.test(number) ? new Float(Number(number)) : toInt(BigInt(number));
    if (word !== undefined) return word === "null" ? null : word === "true";
    if (mark === "[") return list("]", value);
    if (mark !== "{") throw new SyntaxError(`unexpected "${mark}" before character ${at + 1}`);
    return Dict.from(
      list("}", (key) => {
        if (key[2] === undefined || next()[1] !== ":")
          throw new SyntaxError(`expected a key and ":" before character ${at + 1}`);
        return [JSON.parse(key[2]) as string, value(next())] as const;
      }),
    );
  };
  const result = value(next());
  if (at < text.length) throw new SyntaxError(`unexpected text at character ${at + 1}`);
  return result;
}
