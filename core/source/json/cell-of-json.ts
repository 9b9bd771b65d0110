// Owns the cells of JSON: the canonical text of a value for a declared type, or its refusal. A value is never converted by guess.
import { type DeclaredType, declaredType, fitsDecimal, fitsInteger } from "../declared-type.ts";
import { type CellEncoder, REFUSED } from "../row-encoder.ts";
import { IS_DATE, IS_TIME, IS_TIMESTAMP, IS_UUID, instantText } from "../text-forms.ts";
import type { JsonNode } from "./read-json.ts";

type Encoded = string | typeof REFUSED;

/** Takes JSON nodes; a missing key and null are NULL. undefined when no JSON value is of the declared type. */
export function jsonCellEncoder(declared: string): CellEncoder | undefined {
  const encode = encoderOf(declaredType(declared));
  return (
    encode &&
    ((cell) => {
      const node = cell as JsonNode | undefined;
      return node === undefined || node.kind === "null" ? null : encode(node);
    })
  );
}

const ofText =
  (judge: (text: string) => string | undefined) =>
  (node: JsonNode): Encoded =>
    node.kind === "string" ? (judge(node.value) ?? REFUSED) : REFUSED;
const ofForm = (form: RegExp) => ofText((text) => (form.test(text) ? text : undefined));

/** Digits, written as a number or, as many APIs do for large ones, as a text. An exponent is no exact form. */
function digits(node: JsonNode): string | undefined {
  const text = node.kind === "number" ? node.text : node.kind === "string" ? node.value : undefined;
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? text : undefined;
}

function encoderOf(type: DeclaredType): ((node: JsonNode) => Encoded) | undefined {
  switch (type.kind) {
    case "integer":
      return (node) => {
        const text = digits(node);
        return text !== undefined && fitsInteger(text, type.min, type.max) ? text.replace(/\..*$/, "") : REFUSED;
      };
    case "decimal":
      return (node) => {
        const text = digits(node);
        return text !== undefined && fitsDecimal(text, type.precision, type.scale) ? text : REFUSED;
      };
    case "boolean":
      return (node) => (node.kind === "boolean" ? String(node.value) : REFUSED);
    case "double":
      return (node) => (node.kind === "number" && Number.isFinite(Number(node.text)) ? node.text : REFUSED);
    case "float":
      return (node) =>
        node.kind === "number" && Math.fround(Number(node.text)) === Number(node.text) ? node.text : REFUSED;
    case "text":
      return (node) => (node.kind === "string" ? node.value : REFUSED);
    case "date":
      return ofForm(IS_DATE);
    case "time":
      return ofForm(IS_TIME);
    case "timestamp":
      return ofForm(IS_TIMESTAMP);
    case "timestamptz":
      return ofText(instantText);
    case "uuid":
      return ofForm(IS_UUID);
    case "json":
      return (node) => textOf(node);
    case "blob":
    case "interval":
    case "other":
      return undefined;
  }
}

/** The value's own text, for a JSON column. */
function textOf(node: JsonNode): string {
  switch (node.kind) {
    case "null":
      return "null";
    case "boolean":
      return String(node.value);
    case "string":
      return JSON.stringify(node.value);
    default:
      return node.text;
  }
}
