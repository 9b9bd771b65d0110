// Owns the tree a template is read into. `at` is always the offset in the normalised text.

export type Expression =
  | { readonly kind: "constant"; readonly at: number; readonly value: null | boolean | string | number | bigint }
  | { readonly kind: "float"; readonly at: number; readonly value: number }
  | { readonly kind: "name"; readonly at: number; readonly name: string }
  | { readonly kind: "list" | "tuple"; readonly at: number; readonly items: readonly Expression[] }
  | { readonly kind: "dict"; readonly at: number; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: "attribute"; readonly at: number; readonly object: Expression; readonly name: string }
  | { readonly kind: "item"; readonly at: number; readonly object: Expression; readonly index: Expression }
  | {
      readonly kind: "slice";
      readonly at: number;
      readonly object: Expression;
      readonly bounds: readonly [Expression | undefined, Expression | undefined, Expression | undefined];
    }
  | { readonly kind: "call"; readonly at: number; readonly callee: Expression; readonly args: Arguments }
  | {
      readonly kind: "filter";
      readonly at: number;
      readonly value: Expression;
      readonly name: string;
      readonly args: Arguments;
    }
  | {
      readonly kind: "test";
      readonly at: number;
      readonly value: Expression;
      readonly name: string;
      readonly args: Arguments;
    }
  | {
      readonly kind: "conditional";
      readonly at: number;
      readonly test: Expression;
      readonly whenTrue: Expression;
      readonly otherwise: Expression | undefined;
    }
  | { readonly kind: "and" | "or"; readonly at: number; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "not"; readonly at: number; readonly value: Expression }
  | { readonly kind: "compare"; readonly at: number; readonly first: Expression; readonly rest: readonly Comparison[] }
  | {
      readonly kind: "arithmetic";
      readonly at: number;
      readonly operator: ArithmeticOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "concat"; readonly at: number; readonly parts: readonly Expression[] }
  | { readonly kind: "sign"; readonly at: number; readonly negative: boolean; readonly value: Expression }
  /** Text gathered by a filter block or a filtered `set` block. */
  | { readonly kind: "captured"; readonly at: number; readonly body: readonly Statement[] };

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**";
export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in";

export interface Comparison {
  readonly operator: ComparisonOperator;
  readonly at: number;
  readonly right: Expression;
}

export interface Arguments {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [string, Expression])[];
  readonly splat: Expression | undefined;
  readonly namedSplat: Expression | undefined;
}

export type Target =
  | { readonly kind: "name"; readonly at: number; readonly name: string }
  | { readonly kind: "tuple"; readonly at: number; readonly targets: readonly Target[] }
  | { readonly kind: "namespace"; readonly at: number; readonly name: string; readonly attribute: string };

export interface Parameter {
  readonly name: string;
  readonly fallback: Expression | undefined;
}

export interface MacroNode {
  readonly kind: "macro";
  readonly at: number;
  /** Offset behind `endmacro`'s tag. */
  readonly end: number;
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  /** Every name the body or a default reads. */
  readonly names: ReadonlySet<string>;
}

export type Statement =
  | { readonly kind: "text"; readonly at: number; readonly text: string }
  | { readonly kind: "print"; readonly at: number; readonly value: Expression }
  | {
      readonly kind: "if";
      readonly at: number;
      readonly branches: readonly Branch[];
      readonly otherwise: readonly Statement[] | undefined;
    }
  | ForNode
  | { readonly kind: "break" | "continue"; readonly at: number }
  | { readonly kind: "set"; readonly at: number; readonly target: Target; readonly value: Expression }
  | { readonly kind: "set-block"; readonly at: number; readonly target: Target; readonly value: Expression }
  | { readonly kind: "do"; readonly at: number; readonly value: Expression }
  | {
      readonly kind: "with";
      readonly at: number;
      readonly assignments: readonly (readonly [Target, Expression])[];
      readonly body: readonly Statement[];
    }
  | MacroNode
  | {
      readonly kind: "call-block";
      readonly at: number;
      readonly call: Extract<Expression, { kind: "call" }>;
      readonly caller: MacroNode;
    };

export interface Branch {
  readonly test: Expression;
  readonly body: readonly Statement[];
}

export interface ForNode {
  readonly kind: "for";
  readonly at: number;
  readonly target: Target;
  readonly iterable: Expression;
  readonly test: Expression | undefined;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[] | undefined;
}
