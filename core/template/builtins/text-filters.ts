// Owns the filters that make text and numbers.
import { problems } from "../../errors/index.ts";
import { asInt, asNumber, asString } from "../values/arguments.ts";
import { negate } from "../values/arithmetic.ts";
import { Dict } from "../values/dict.ts";
import { formatPercent } from "../values/format-percent.ts";
import { points } from "../values/iterate.ts";
import { toJson } from "../values/json.ts";
import { asNumeric, toInt } from "../values/numeric.ts";
import { isTrue } from "../values/operators.ts";
import { toText } from "../values/print.ts";
import { refuseToken } from "../values/relation.ts";
import { roundFloat } from "../values/round.ts";
import { capitalize, replaceText, strip } from "../values/string-methods.ts";
import { typeName } from "../values/type-name.ts";
import { type Call, Float, Markup, Tuple, Undefined, type Value } from "../values/value.ts";
import { type Builtin, builtinTable } from "./registry.ts";

function plain(value: Value, what: string): string {
  refuseMarkup(value, what);
  return refuseToken(toText(value), `The filter ${what}`);
}

function refuseMarkup(value: Value, what: string): void {
  if (value instanceof Markup) {
    throw problems.templateUnsupported({
      what: `The filter ${what} on what \`tojson\` or \`safe\` gave`,
      help: "Jinja2 would go on to escape text added to it as HTML. Leave out `safe`, or use the function `tojson(value)`.",
    });
  }
}

function toIntFilter(value: Value, fallback: Value | undefined, baseGiven: Value | undefined): Value {
  const base = baseGiven === undefined ? 10 : asInt(baseGiven, "int");
  const otherwise = fallback === undefined ? 0 : fallback;
  if (value instanceof Undefined) throw value.complain();
  if (typeof value === "string") {
    if (base !== 10) return parseBased(refuseToken(value, "The filter int"), base) ?? otherwise;
    const text = value.trim().replace(/(?<=\d)_(?=\d)/g, "");
    if (/^[-+]?\d+$/.test(text)) return toInt(BigInt(text.replace(/^\+/, "")));
    const float = parseFloatText(text);
    return float === undefined || !Number.isFinite(float) ? otherwise : toInt(BigInt(Math.trunc(float)));
  }
  const number = asNumeric(value);
  if (number === undefined) return otherwise;
  if (!(number instanceof Float)) return number;
  return Number.isFinite(number.value) ? toInt(BigInt(Math.trunc(number.value))) : otherwise;
}

function parseBased(text: string, base: number): Value | undefined {
  const prefix: Readonly<Record<number, RegExp>> = { 2: /^([-+]?)0b/i, 8: /^([-+]?)0o/i, 16: /^([-+]?)0x/i };
  const digits = text
    .trim()
    .toLowerCase()
    .replace(prefix[base] ?? /^$/, "$1");
  const allowed = "0123456789abcdefghijklmnopqrstuvwxyz".slice(0, base);
  if (!new RegExp(`^[-+]?[${allowed}]+$`).test(digits)) return undefined;
  const size = [...digits.replace(/^[-+]/, "")].reduce(
    (sum, digit) => sum * BigInt(base) + BigInt(allowed.indexOf(digit)),
    0n,
  );
  return toInt(digits.startsWith("-") ? -size : size);
}

/** What Python's `float(text)` reads. */
function parseFloatText(text: string): number | undefined {
  const trimmed = text.trim().replace(/(?<=\d)_(?=\d)/g, "");
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed)) return Number(trimmed);
  const special = /^([-+]?)(inf|infinity|nan)$/i.exec(trimmed);
  if (!special) return undefined;
  return special[2]?.toLowerCase() === "nan" ? Number.NaN : special[1] === "-" ? -Infinity : Infinity;
}

function round(value: Value, digitsGiven: Value | undefined, methodGiven: Value | undefined): Value {
  const digits = digitsGiven === undefined ? 0 : asInt(digitsGiven, "round");
  const method = methodGiven === undefined ? "common" : asString(methodGiven, "round");
  const number = asNumeric(value);
  if (number === undefined)
    throw problems.templateWrongType({ problem: `The filter round needs a number, not a ${typeName(value)}` });
  if (method === "common") {
    if (number instanceof Float) return new Float(roundFloat(number.value, digits));
    if (digits >= 0) return number;
    throw problems.templateUnsupported({
      what: "Rounding an int to tens or hundreds",
      help: "Divide, round, and multiply again.",
    });
  }
  if (method !== "ceil" && method !== "floor")
    throw problems.templateWrongArguments({
      name: "The filter round",
      problem: 'takes "common", "ceil" or "floor" for method',
    });
  const unit = 10 ** digits;
  return new Float(Math[method](asNumber(number, "round") * unit) / unit);
}

function truncate(
  value: Value,
  lengthGiven: Value | undefined,
  kill: Value | undefined,
  endGiven: Value | undefined,
  leewayGiven: Value | undefined,
): Value {
  const text = Array.from(plain(value, "truncate"));
  const length = lengthGiven === undefined ? 255 : asInt(lengthGiven, "truncate");
  const end = endGiven === undefined ? "..." : asString(endGiven, "truncate");
  const leeway = leewayGiven === undefined || leewayGiven === null ? 5 : asInt(leewayGiven, "truncate");
  const endLength = points(end).length;
  if (length < endLength || leeway < 0)
    throw problems.templateWrongArguments({
      name: "The filter truncate",
      problem: `needs a length of at least ${endLength} and no negative leeway`,
    });
  if (text.length <= length + leeway) return text.join("");
  const kept = text.slice(0, length - endLength).join("");
  if (kill !== undefined && isTrue(kill)) return kept + end;
  const space = kept.lastIndexOf(" ");
  return (space < 0 ? kept : kept.slice(0, space)) + end;
}

function indent(
  value: Value,
  widthGiven: Value | undefined,
  first: Value | undefined,
  blank: Value | undefined,
): Value {
  const by =
    typeof widthGiven === "string"
      ? widthGiven
      : " ".repeat(widthGiven === undefined ? 4 : asInt(widthGiven, "indent"));
  refuseMarkup(value, "indent");
  const text = `${toText(value)}\n`;
  // Jinja2 ends every line with \n and drops the last, so the text's own final newline is kept.
  let lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/u);
  if (lines.at(-1) === "") lines = lines.slice(0, -1);
  const [head = "", ...rest] = lines;
  const indented =
    blank !== undefined && isTrue(blank)
      ? lines.join(`\n${by}`)
      : [head, ...rest.map((line) => (line === "" ? line : by + line))].join("\n");
  return first !== undefined && isTrue(first) ? by + indented : indented;
}

/** Jinja2's title: words are parted by spaces, hyphens and opening brackets, so `it's` stays one word. */
const title = (text: string): string =>
  text
    .split(/([-\s({[<]+)/u)
    .filter((part) => part !== "")
    .map(capitalize)
    .join("");

export const textFilters = builtinTable("filter", {
  "abs()": (value) => {
    const number = asNumeric(value);
    if (number === undefined)
      throw problems.templateWrongType({ problem: `The filter abs needs a number, not a ${typeName(value)}` });
    return negate(number, number instanceof Float ? number.value < 0 || Object.is(number.value, -0) : number < 0);
  },
  "capitalize()": (value) => capitalize(plain(value, "capitalize")),
  "center(width?)": (value, width) => {
    const text = plain(value, "center");
    const size = width === undefined ? 80 : asInt(width, "center");
    const missing = Math.max(0, size - points(text).length);
    const left = Math.floor(missing / 2) + (missing & size & 1);
    return " ".repeat(left) + text + " ".repeat(missing - left);
  },
  "default(default_value?, boolean?)": fallback,
  "d(default_value?, boolean?)": fallback,
  "float(default?)": (value, otherwise) => {
    if (value instanceof Undefined) throw value.complain();
    const number = asNumeric(value);
    if (number !== undefined) return new Float(number instanceof Float ? number.value : Number(number));
    const parsed = typeof value === "string" ? parseFloatText(refuseToken(value, "The filter float")) : undefined;
    if (parsed !== undefined) return new Float(parsed);
    return otherwise === undefined ? new Float(0) : otherwise;
  },
  "indent(width?, first?, blank?)": indent,
  "int(default?, base?)": toIntFilter,
  "lower()": (value) => plain(value, "lower").toLowerCase(),
  "replace(old, new, count?)": (value, from, to, count) =>
    replaceText(
      toText(value),
      toText(from ?? null),
      toText(to ?? null),
      count === undefined || count === null ? -1 : asInt(count, "replace"),
    ),
  "round(precision?, method?)": round,
  "string()": (value) => (value instanceof Markup ? value : toText(value)),
  "safe()": (value) => new Markup(toText(value)),
  "title()": (value) => title(plain(value, "title")),
  "tojson(indent?)": (value, size) =>
    new Markup(
      toJson(value, {
        sort: true,
        html: true,
        indent: size === undefined || size === null ? 0 : asInt(size, "tojson"),
      }),
    ),
  "trim(chars?)": (value, chars) => {
    refuseMarkup(value, "trim");
    return strip(toText(value), chars, "both");
  },
  "truncate(length?, killwords?, end?, leeway?)": truncate,
  "upper()": (value) => plain(value, "upper").toUpperCase(),
  "wordcount()": (value) => plain(value, "wordcount").match(/[\p{L}\p{N}_]+/gu)?.length ?? 0,
  // dbt turns rendered text into a native value with these where YAML is templated; in SQL they change nothing.
  "as_bool()": (value) => value,
  "as_native()": (value) => value,
  "as_number()": (value) => value,
  "as_text()": (value) => value,
});

function fallback(value: Value, otherwise: Value | undefined, falsy: Value | undefined): Value {
  const replacement = otherwise === undefined ? "" : otherwise;
  if (value instanceof Undefined) return replacement;
  return falsy !== undefined && isTrue(falsy) && !isTrue(value) ? replacement : value;
}

/** `format` takes any values or any names, so it is bound apart. */
export const formatFilter: Builtin<Value> = {
  run: (value: Value, { args, named }: Call) => {
    if (args.length > 0 && named.size > 0)
      throw problems.templateWrongArguments({ name: "The filter format", problem: "takes values or names, not both" });
    return formatPercent(toText(value), named.size > 0 ? Dict.from(named) : Tuple.make(args));
  },
};
