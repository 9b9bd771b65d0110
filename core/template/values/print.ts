// Owns Python's `str` and `repr`: how values print.
import { problems } from "../../errors/index.ts";
import { Dict, PySet } from "./dict.ts";
import { Relation } from "./relation.ts";
import { typeName } from "./type-name.ts";
import { Callable, Float, Markup, Module, Namespace, Range, Tuple, Undefined, type Value, View } from "./value.ts";

/** `str(value)`. Throws for undefined and for values whose text would mean nothing in SQL. */
export function toText(value: Value): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value instanceof Relation) return value.token;
  if (value instanceof Markup) return value.text;
  if (value instanceof Undefined && value.lenient) return "";
  return repr(value);
}

export function repr(value: Value): string {
  if (value === null) return "None";
  switch (typeof value) {
    case "boolean":
      return value ? "True" : "False";
    case "number":
    case "bigint":
      return String(value);
    case "string":
      return quote(value);
    default:
  }
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof View) return `${value.kind}([${[...value].map(repr).join(", ")}])`;
  if (value instanceof Tuple)
    return value.length === 1 ? `(${repr(value[0] ?? null)},)` : `(${[...value].map(repr).join(", ")})`;
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (value instanceof Dict)
    return `{${value
      .entries()
      .map(([key, item]) => `${repr(key)}: ${repr(item)}`)
      .join(", ")}}`;
  if (value instanceof Range)
    return value.step === 1
      ? `range(${value.start}, ${value.stop})`
      : `range(${value.start}, ${value.stop}, ${value.step})`;
  if (value instanceof Undefined) throw value.complain();
  throw unprintable(value);
}

function unprintable(value: Value) {
  if (value instanceof Callable && !(value instanceof Module)) {
    return problems.templateWrongType({
      problem: `${value.name} is a function and would print as nothing useful`,
      help: `Call it: ${value.name}(…).`,
    });
  }
  // A set's order differs from run to run in Python, so printing one is never right.
  if (value instanceof PySet)
    return problems.templateWrongType({
      problem: "A set has no order to print",
      help: "Print `| sort` or `| list | sort` of it.",
    });
  if (value instanceof Relation) return problems.templateRelationText({ what: "Printing a list or dict of relations" });
  if (value instanceof Namespace)
    return problems.templateWrongType({
      problem: "A namespace would print as nothing useful",
      help: "Print one of its attributes.",
    });
  return problems.templateWrongType({
    problem: `A ${typeName(value)} would print as nothing useful`,
    help: "Print `| list` or `| join(', ')` of it.",
  });
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\\p{C}\p{Zl}\p{Zp}\p{Zs}'"]/gu, (char) => {
    if (char === " ") return char;
    if (char === "'" || char === '"') return char === mark ? `\\${char}` : char;
    // A slot token is private use: it stays whole, and prints as the relation's name.
    if (char === "\uE010" || char === "\uE011") return char;
    const simple = ESCAPES[char];
    if (simple !== undefined) return simple;
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
  });
  return `${mark}${body}${mark}`;
}

/** Python's `repr` of a float: the shortest digits that read back, `1e-05`, `1e+16`, `2.0`. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const [mantissa = "0", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const text =
    exponent < 0 ? value.toFixed(Math.max(0, mantissa.replace(/[-.]/g, "").length - 1 - exponent)) : String(value);
  return text.includes(".") ? text : `${text}.0`;
}
