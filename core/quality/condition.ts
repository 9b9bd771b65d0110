// Owns conditions on the number of failures (`warn_if`, `error_if`): reading them and deciding them. Nothing here is SQL.

export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";

export type Condition =
  | { readonly kind: "compare"; readonly comparison: Comparison; readonly value: number }
  /** Both bounds are included, as in SQL. */
  | { readonly kind: "between"; readonly low: number; readonly high: number; readonly negated: boolean };

const NUMBER = String.raw`([+-]?\d+(?:\.\d+)?)`;
const COMPARE = new RegExp(String.raw`^\s*(==|=|!=|<>|<=|<|>=|>)\s*${NUMBER}\s*$`);
const BETWEEN = new RegExp(String.raw`^\s*(not\s+)?between\s+${NUMBER}\s+and\s+${NUMBER}\s*$`, "i");
const SPELLINGS: Readonly<Record<string, Comparison>> = { "==": "=", "<>": "!=" };

/** The condition, or undefined when the text is none. */
export function parseCondition(text: string): Condition | undefined {
  const compared = COMPARE.exec(text);
  if (compared) {
    const [, written = "", value] = compared;
    return { kind: "compare", comparison: SPELLINGS[written] ?? (written as Comparison), value: Number(value) };
  }
  const between = BETWEEN.exec(text);
  if (!between) return undefined;
  return { kind: "between", low: Number(between[2]), high: Number(between[3]), negated: between[1] !== undefined };
}

export function holds(condition: Condition, failures: number): boolean {
  if (condition.kind === "between") {
    return (failures >= condition.low && failures <= condition.high) !== condition.negated;
  }
  switch (condition.comparison) {
    case "=":
      return failures === condition.value;
    case "!=":
      return failures !== condition.value;
    case "<":
      return failures < condition.value;
    case "<=":
      return failures <= condition.value;
    case ">":
      return failures > condition.value;
    case ">=":
      return failures >= condition.value;
  }
}
