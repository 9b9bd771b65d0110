// Owns `'%s' % value`, Python's older formatting, which the `format` filter uses too.
import { problems } from "../../errors/index.ts";
import { Dict } from "./dict.ts";
import { formatValue } from "./format-spec.ts";
import { asNumeric, toFloat, toInt } from "./numeric.ts";
import { repr, toText } from "./print.ts";
import { typeName } from "./type-name.ts";
import { Float, Range, Tuple, type Value, View } from "./value.ts";

const FIELD = /%(?:\((\w+)\))?([-+ 0#]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])|%/g;

export function formatPercent(template: string, given: Value): string {
  const values = given instanceof Tuple ? [...given] : [given];
  let next = 0;
  let named = false;
  const text = template.replace(
    FIELD,
    (whole, name: string | undefined, flags = "", width = "", precision: string | undefined = undefined, type = "") => {
      if (type === "%") return "%";
      let value: Value | undefined;
      if (name !== undefined) {
        named = true;
        value = given instanceof Dict ? given.get(name) : undefined;
      } else value = values[next++];
      if (value === undefined)
        throw problems.templateWrongArguments({ name: "Formatting with %", problem: `has no value for "${whole}"` });
      return field(whole, value, flags, width, precision, type);
    },
  );
  if (!named && next < values.length && !isMappingToPython(given)) {
    throw problems.templateWrongArguments({
      name: "Formatting with %",
      problem: `was given ${values.length} values, but the text has ${next} places`,
    });
  }
  return text;
}

function field(
  whole: string,
  value: Value,
  flags: string,
  width: string,
  precision: string | undefined,
  type: string,
): string {
  const left = flags.includes("-");
  const sign = flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const zero = flags.includes("0") && !left ? "0" : "";
  const decimals = precision === undefined ? "" : `.${precision}`;
  if (flags.includes("#")) throw unsupported(whole);
  if (type === "s" || type === "r")
    return formatValue(type === "s" ? toText(value) : repr(value), `${left ? "<" : ">"}${width}${decimals}`);
  const number = asNumeric(value);
  if (number === undefined)
    throw problems.templateWrongType({ problem: `"${whole}" needs a number, not a ${typeName(value)}` });
  if ("di".includes(type)) {
    if (precision !== undefined) throw unsupported(whole);
    const int = number instanceof Float ? toInt(BigInt(Math.trunc(number.value))) : number;
    return formatValue(int, `${left ? "<" : ""}${sign}${zero}${width}d`);
  }
  if ("feE".includes(type))
    return formatValue(new Float(toFloat(number)), `${left ? "<" : ""}${sign}${zero}${width}${decimals}${type}`);
  if ("xXo".includes(type) && precision === undefined)
    return formatValue(number, `${left ? "<" : ""}${sign}${zero}${width}${type}`);
  throw unsupported(whole);
}

/** `'text' % [1]` is no error in Python: whatever has items by key may be left unread. */
const isMappingToPython = (value: Value) =>
  value instanceof Dict ||
  value instanceof Range ||
  (Array.isArray(value) && !(value instanceof Tuple || value instanceof View));

const unsupported = (whole: string) =>
  problems.templateUnsupported({
    what: `The format "${whole}"`,
    help: "Use %s, %r, %d, %f, %e or %x, with a width and precision; or put the text together with `~`.",
  });
