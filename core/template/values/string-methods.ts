// Owns the methods of strings, as Python has them.
import { problems } from "../../errors/index.ts";
import { asInt, asString } from "./arguments.ts";
import { iterate, points } from "./iterate.ts";
import { methodTable } from "./method.ts";
import { refuseToken } from "./relation.ts";
import { Tuple, type Value } from "./value.ts";

type Optional = Value | undefined;

const pointed = (text: string): readonly string[] => Array.from(text);
const isLetter = (text: string, pattern: RegExp) => text !== "" && pattern.test(text);

/** Python's `strip` family: whitespace, or any of the given characters. */
export function strip(text: string, chars: Optional, side: "both" | "left" | "right"): string {
  if (chars === undefined || chars === null) {
    return side === "left" ? text.trimStart() : side === "right" ? text.trimEnd() : text.trim();
  }
  const drop = new Set(asString(chars, "strip"));
  const all = pointed(text);
  let [start, end] = [0, all.length];
  if (side !== "right") while (start < end && drop.has(all[start] ?? "")) start++;
  if (side !== "left") while (end > start && drop.has(all[end - 1] ?? "")) end--;
  return all.slice(start, end).join("");
}

/** Python's `replace`: every occurrence, or the first `count`. */
export function replaceText(text: string, from: string, to: string, count: number): string {
  if (count < 0)
    return from === ""
      ? `${to}${pointed(text)
          .map((char) => char + to)
          .join("")}`
      : text.replaceAll(from, () => to);
  let out = "";
  let at = 0;
  for (let i = 0; i < count; i++) {
    const found = from === "" ? at : text.indexOf(from, at);
    if (found < 0 || found > text.length) break;
    out += text.slice(at, found) + to;
    if (from === "") {
      if (at >= text.length) return out;
      out += text[at];
      at += 1;
    } else at = found + from.length;
  }
  return out + text.slice(at);
}

function split(text: string, separator: Optional, limit: Optional, fromRight: boolean): Value {
  const max = limit === undefined ? -1 : asInt(limit, "split");
  if (separator === undefined || separator === null) {
    const words = text
      .trim()
      .split(/\s+/u)
      .filter((word) => word !== "");
    if (max < 0 || words.length <= max) return words;
    const pattern = fromRight
      ? new RegExp(`^([^]*?)\\s+${"(\\S+)\\s+".repeat(max - 1)}(\\S+)\\s*$`, "u")
      : new RegExp(`^\\s*${"(\\S+)\\s+".repeat(max)}([^]*)$`, "u");
    if (max === 0) return [fromRight ? text.trimEnd() : text.trimStart()];
    return pattern.exec(text)?.slice(1) ?? words;
  }
  const by = asString(separator, "split");
  if (by === "")
    throw problems.templateWrongType({
      problem: "A text cannot be split at an empty text",
      help: "Use `| list` for its characters.",
    });
  const parts = text.split(by);
  if (max < 0 || parts.length <= max + 1) return parts;
  return fromRight
    ? [parts.slice(0, parts.length - max).join(by), ...parts.slice(parts.length - max)]
    : [...parts.slice(0, max), parts.slice(max).join(by)];
}

function partition(text: string, separator: Optional, fromRight: boolean): Value {
  const by = asString(separator, "partition");
  const at = fromRight ? text.lastIndexOf(by) : text.indexOf(by);
  if (at < 0) return Tuple.make(fromRight ? ["", "", text] : [text, "", ""]);
  return Tuple.make([text.slice(0, at), by, text.slice(at + by.length)]);
}

/** `text[start:end]` by code points, for the methods that take bounds. */
function within(text: string, start: Optional, end: Optional): string {
  if (start === undefined && end === undefined) return text;
  return pointed(text)
    .slice(
      start === undefined || start === null ? 0 : asInt(start, "start"),
      end === undefined || end === null ? undefined : asInt(end, "end"),
    )
    .join("");
}

function hasEdge(
  text: string,
  edges: Optional,
  start: Optional,
  end: Optional,
  edge: "startsWith" | "endsWith",
): boolean {
  const part = within(text, start, end);
  const all = edges instanceof Tuple ? [...edges] : [edges];
  return all.some((one) => part[edge](asString(one, edge.toLowerCase())));
}

function find(text: string, part: Optional, start: Optional, end: Optional, last: boolean): number {
  const all = pointed(text);
  const offset =
    start === undefined || start === null
      ? 0
      : asInt(start, "start") < 0
        ? Math.max(0, all.length + asInt(start, "start"))
        : asInt(start, "start");
  const inside = within(text, start, end);
  const wanted = asString(part, "find");
  if (offset > all.length) return -1;
  const found = last ? inside.lastIndexOf(wanted) : inside.indexOf(wanted);
  return found < 0 ? -1 : offset + points(inside.slice(0, found)).length;
}

const index = (text: string, part: Optional, start: Optional, end: Optional, last: boolean): number => {
  const found = find(text, part, start, end, last);
  if (found < 0)
    throw problems.templateWrongType({
      problem: `"${String(part)}" is not in the text`,
      help: "`.find()` gives -1 instead.",
    });
  return found;
};

function pad(text: string, width: Optional, fill: Optional, side: "left" | "right" | "both"): string {
  const missing = asInt(width, "width") - points(text).length;
  if (missing <= 0) return text;
  const char = fill === undefined ? " " : asString(fill, "fill");
  if (points(char).length !== 1) throw problems.templateWrongType({ problem: "The fill needs to be one character" });
  if (side === "left") return char.repeat(missing) + text;
  if (side === "right") return text + char.repeat(missing);
  // CPython's rule for an odd rest.
  const left = Math.floor(missing / 2) + (missing & asInt(width, "width") & 1);
  return char.repeat(left) + text + char.repeat(missing - left);
}

export const capitalize = (text: string): string => {
  const [first = "", ...rest] = pointed(text);
  return first.toUpperCase() + rest.join("").toLowerCase();
};

const titleCase = (text: string): string => text.replace(/\p{L}+/gu, (word) => capitalize(word));

const swapCase = (text: string): string =>
  pointed(text)
    .map((char) => (char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase()))
    .join("");

const LINE = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/u;

function splitLines(text: string, keep: Optional): Value {
  const parts = keep === true ? text.split(new RegExp(`(?<=${LINE.source})(?<!\\r(?=\\n))`, "u")) : text.split(LINE);
  return parts.at(-1) === "" ? parts.slice(0, -1) : parts;
}

const cased = (text: string, upper: boolean) => {
  const turned = upper ? text.toUpperCase() : text.toLowerCase();
  return turned === text && text.toUpperCase() !== text.toLowerCase();
};

/** These work on the text whole, so a slot token inside passes through them unharmed. */
const whole = methodTable<string>({
  "join(iterable)": (self, items) =>
    [...iterate(items ?? null, "join")].map((item) => asString(item, ".join()")).join(self),
  "replace(old, new, count?)": (self, from, to, count) =>
    replaceText(
      self,
      asString(from, "replace"),
      asString(to, "replace"),
      count === undefined ? -1 : asInt(count, "count"),
    ),
  "strip(chars?)": (self, chars) => strip(self, chars, "both"),
  "lstrip(chars?)": (self, chars) => strip(self, chars, "left"),
  "rstrip(chars?)": (self, chars) => strip(self, chars, "right"),
});

const byCharacter = methodTable<string>({
  "capitalize()": capitalize,
  "casefold()": (self) => self.toLowerCase().replaceAll("ß", "ss"),
  "center(width, fillchar?)": (self, width, fill) => pad(self, width, fill, "both"),
  "count(sub, start?, end?)": (self, part, start, end) => {
    const inside = within(self, start, end);
    const wanted = asString(part, "count");
    return wanted === "" ? points(inside).length + 1 : inside.split(wanted).length - 1;
  },
  "endswith(suffix, start?, end?)": (self, edge, start, end) => hasEdge(self, edge, start, end, "endsWith"),
  "find(sub, start?, end?)": (self, part, start, end) => find(self, part, start, end, false),
  "index(sub, start?, end?)": (self, part, start, end) => index(self, part, start, end, false),
  "isalnum()": (self) => isLetter(self, /^[\p{L}\p{Nd}\p{No}\p{Nl}]+$/u),
  "isalpha()": (self) => isLetter(self, /^\p{L}+$/u),
  "isascii()": (self) => /^[\0-\x7f]*$/.test(self),
  "isdecimal()": (self) => isLetter(self, /^\p{Nd}+$/u),
  "isdigit()": (self) => isLetter(self, /^[\p{Nd}²³¹⁰⁴-⁹₀-₉]+$/u),
  "isidentifier()": (self) => isLetter(self, /^[\p{L}_][\p{L}\p{M}\p{Nd}_]*$/u),
  "islower()": (self) => cased(self, false),
  "isnumeric()": (self) => isLetter(self, /^\p{N}+$/u),
  "isspace()": (self) => isLetter(self, /^\s+$/u),
  "istitle()": (self) => /\p{L}/u.test(self) && titleCase(self) === self,
  "isupper()": (self) => cased(self, true),
  "ljust(width, fillchar?)": (self, width, fill) => pad(self, width, fill, "right"),
  "lower()": (self) => self.toLowerCase(),
  "partition(sep)": (self, by) => partition(self, by, false),
  "removeprefix(prefix)": (self, edge) =>
    self.startsWith(asString(edge, "removeprefix")) ? self.slice(asString(edge, "").length) : self,
  "removesuffix(suffix)": (self, edge) =>
    self.endsWith(asString(edge, "removesuffix")) ? self.slice(0, self.length - asString(edge, "").length) : self,
  "rfind(sub, start?, end?)": (self, part, start, end) => find(self, part, start, end, true),
  "rindex(sub, start?, end?)": (self, part, start, end) => index(self, part, start, end, true),
  "rjust(width, fillchar?)": (self, width, fill) => pad(self, width, fill, "left"),
  "rpartition(sep)": (self, by) => partition(self, by, true),
  "rsplit(sep?, maxsplit?)": (self, by, limit) => split(self, by, limit, true),
  "split(sep?, maxsplit?)": (self, by, limit) => split(self, by, limit, false),
  "splitlines(keepends?)": splitLines,
  "startswith(prefix, start?, end?)": (self, edge, start, end) => hasEdge(self, edge, start, end, "startsWith"),
  "swapcase()": swapCase,
  "title()": titleCase,
  "upper()": (self) => self.toUpperCase(),
  "zfill(width)": (self, width) => {
    const sign = /^[-+]/.exec(self)?.[0] ?? "";
    return sign + self.slice(sign.length).padStart(asInt(width, "width") - sign.length, "0");
  },
  "format_map(mapping)": () => {
    throw problems.templateUnsupported({ what: "`.format_map()`", help: "Use `.format(**values)`." });
  },
});

export const stringMethods = new Map([
  ...whole,
  ...[...byCharacter].map(
    ([name, method]) =>
      [
        name,
        {
          ...method,
          run: (self: string, ...args: (Value | undefined)[]) => method.run(refuseToken(self, `.${name}()`), ...args),
        },
      ] as const,
  ),
]);

export const UNSUPPORTED_STRING_METHODS: ReadonlySet<string> = new Set([
  "encode",
  "expandtabs",
  "isprintable",
  "maketrans",
  "translate",
]);
