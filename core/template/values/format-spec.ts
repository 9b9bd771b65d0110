// Owns Python's format specification: `>10`, `,.2f`, `05d`, and `str.format`, which uses it.
import { problems } from "../../errors/index.ts";
import { points } from "./iterate.ts";
import { asNumeric, isText } from "./numeric.ts";
import { repr, toText } from "./print.ts";
import { refuseToken } from "./relation.ts";
import { fixed } from "./round.ts";
import { typeName } from "./type-name.ts";
import { type Call, Float, type Value } from "./value.ts";

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u;

const unsupported = (what: string) =>
  problems.templateUnsupported({
    what,
    help: "Use {}, {0}, {name} with widths, `,`, `.2f`, `d`, `s`, `x` or `%`; or put the text together with `~`.",
  });

/** `format(value, spec)`. */
export function formatValue(value: Value, spec: string): string {
  if (spec === "") return toText(value);
  const match = SPEC.exec(spec);
  if (!match) throw unsupported(`The format "${spec}"`);
  const [, fillChar, alignment, sign = "-", alternate, zero, widthText, grouping, precisionText, type] = match;
  const number = asNumeric(value);
  if (alternate !== undefined || (!isText(value) && number === undefined))
    throw unsupported(`The format "${spec}" of a ${typeName(value)}`);
  const precision = precisionText === undefined ? undefined : Number(precisionText);
  let body: string;
  let prefix = "";
  if (number === undefined) {
    if ((type ?? "s") !== "s" || sign !== "-" || grouping !== undefined || alignment === "=" || zero !== undefined)
      throw unsupported(`The format "${spec}" of a string`);
    const text = toText(value);
    body = precision === undefined ? text : Array.from(refuseToken(text, "Cutting")).slice(0, precision).join("");
  } else {
    if (typeof value === "boolean" && type === undefined) throw unsupported(`The format "${spec}" of a bool`);
    const text = numberText(number, type, precision, grouping, spec);
    const negative = text.startsWith("-");
    prefix = negative ? "-" : sign === "-" ? "" : sign;
    body = negative ? text.slice(1) : text;
    if (zero !== undefined && grouping !== undefined) throw unsupported(`The format "${spec}"`);
  }
  const width = Number(widthText ?? 0);
  const missing = width === 0 ? 0 : Math.max(0, width - points(refuseToken(prefix + body, "Padding")).length);
  const unit = fillChar ?? (zero === undefined ? " " : "0");
  const fill = unit.repeat(missing);
  switch (alignment ?? (zero !== undefined ? "=" : number === undefined ? "<" : ">")) {
    case "<":
      return prefix + body + fill;
    case ">":
      return fill + prefix + body;
    case "=":
      return prefix + fill + body;
    default: {
      const half = Math.floor(missing / 2);
      return unit.repeat(half) + prefix + body + unit.repeat(missing - half);
    }
  }
}

function numberText(
  number: number | bigint | Float,
  type: string | undefined,
  precision: number | undefined,
  grouping: string | undefined,
  spec: string,
): string {
  const group = (digits: string) =>
    grouping === undefined
      ? digits
      : digits.replace(
          /^(-?)(\d+)/,
          (_, minus: string, whole: string) => minus + whole.replace(/\B(?=(\d{3})+$)/g, grouping),
        );
  const float = () => (number instanceof Float ? number.value : Number(number));
  switch (type) {
    case "f":
    case "F":
      return group(fixed(float(), precision ?? 6));
    case "%":
      return `${group(fixed(float() * 100, precision ?? 6))}%`;
    case "e":
    case "E": {
      const text = float()
        .toExponential(precision ?? 6)
        .replace(/e([+-])(\d)$/, "e$10$2");
      return type === "E" ? text.toUpperCase() : text;
    }
    case "d":
    case undefined:
      if (number instanceof Float) {
        if (type === "d" || precision !== undefined) throw unsupported(`The format "${spec}" of a float`);
        return group(toText(number));
      }
      if (precision !== undefined) throw unsupported(`The format "${spec}" of an int`);
      return group(String(number));
    case "x":
    case "X":
    case "o":
    case "b": {
      if (number instanceof Float || precision !== undefined || grouping !== undefined)
        throw unsupported(`The format "${spec}"`);
      const text = number.toString(type === "o" ? 8 : type === "b" ? 2 : 16);
      return type === "X" ? text.toUpperCase() : text;
    }
    default:
      throw unsupported(`The format "${spec}"`);
  }
}

const FIELD = /\{\{|\}\}|\{([^{}!:]*)(?:!([^{}:]*))?(?::([^{}]*))?\}|[{}]/g;

/** `template.format(...)`. */
export function formatFields(template: string, { args, named }: Call): string {
  let next = 0;
  return template.replace(
    FIELD,
    (whole, field: string | undefined, conversion: string | undefined, spec: string | undefined) => {
      if (whole === "{{" || whole === "}}") return whole[0] ?? "";
      if (field === undefined)
        throw unsupported(`A single "${whole}" in the text of .format(), or a field inside a field,`);
      if (/[.[]/.test(field)) throw unsupported(`The field "{${field}}" of .format()`);
      const value = field === "" ? args[next++] : /^\d+$/.test(field) ? args[Number(field)] : named.get(field);
      if (value === undefined) {
        throw problems.templateWrongArguments({ name: ".format()", problem: `has no value for the field "${whole}"` });
      }
      if (conversion === "r") return formatValue(repr(value), spec ?? "");
      if (conversion !== undefined && conversion !== "s")
        throw unsupported(`The conversion "!${conversion}" of .format()`);
      return formatValue(conversion === "s" ? toText(value) : value, spec ?? "");
    },
  );
}
