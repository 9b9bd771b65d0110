// Owns the cells of text files: the canonical text of a value for a declared type, or its refusal. A value is never converted by guess.
import { type DeclaredType, declaredType, fitsDecimal } from "../declared-type.ts";
import { type CellEncoder, REFUSED } from "../row-encoder.ts";
import { IS_DATE, IS_TIME, IS_TIMESTAMP, IS_UUID, instantText } from "../text-forms.ts";

type Encoded = string | typeof REFUSED;
type TextEncoder = (text: string) => Encoded;

/** Takes texts; null is NULL. undefined when no text is known for the declared type. */
export function textCellEncoder(declared: string): CellEncoder | undefined {
  const encode = encoderOf(declaredType(declared));
  return encode && ((cell) => (cell === null || cell === undefined ? null : encode(cell as string)));
}

const ofForm =
  (form: RegExp): TextEncoder =>
  (text) =>
    form.test(text) ? text : REFUSED;

const IS_INTEGER = /^[+-]?\d+$/;
const IS_DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/;
const IS_FLOAT = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)$/i;
const IS_INFINITE = /inf|nan/i;
const SAFE_DIGITS = 15;

function encoderOf(type: DeclaredType): TextEncoder | undefined {
  switch (type.kind) {
    case "integer": {
      const [min, max] = [Number(type.min), Number(type.max)];
      return (text) => {
        if (!IS_INTEGER.test(text)) return REFUSED;
        if (text.length <= SAFE_DIGITS) {
          const value = Number(text);
          return value >= min && value <= max ? text : REFUSED;
        }
        const value = BigInt(text.replace("+", ""));
        return value >= type.min && value <= type.max ? String(value) : REFUSED;
      };
    }
    case "decimal":
      return (text) =>
        IS_DECIMAL.test(text) && fitsDecimal(text.replace(/^\+/, ""), type.precision, type.scale)
          ? text.replace(/^\+/, "")
          : REFUSED;
    case "double":
      return (text) =>
        IS_FLOAT.test(text) && (IS_INFINITE.test(text) || Number.isFinite(Number(text))) ? text : REFUSED;
    case "float":
      return (text) =>
        IS_FLOAT.test(text) && (IS_INFINITE.test(text) || Number.isFinite(Math.fround(Number(text)))) ? text : REFUSED;
    case "boolean":
      return (text) => (/^(?:true|t|1)$/i.test(text) ? "true" : /^(?:false|f|0)$/i.test(text) ? "false" : REFUSED);
    case "text":
      return (text) => text;
    case "blob":
      return (text) => (/^(?:\\x)?(?:[0-9a-f]{2})*$/i.test(text) ? text.replace("\\x", "") : REFUSED);
    case "date":
      return ofForm(IS_DATE);
    case "time":
      return ofForm(IS_TIME);
    case "timestamp":
      return ofForm(IS_TIMESTAMP);
    case "timestamptz":
      // Without an offset nobody can say which instant is meant.
      return (text) => instantText(text) ?? REFUSED;
    case "uuid":
      return ofForm(IS_UUID);
    case "json":
      return (text) => (isJson(text) ? text : REFUSED);
    case "interval":
    case "other":
      return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
