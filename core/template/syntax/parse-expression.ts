// Owns the grammar of expressions, rule by rule as in Jinja2: precedence, tuples, slices, calls, filters and tests.
import lexer from "nunjucks/src/lexer.js";
import { syntaxFault, unsupportedFault } from "./syntax-fault.ts";
import type { TokenReader } from "./token-reader.ts";
import type { Arguments, ArithmeticOperator, Comparison, ComparisonOperator, Expression } from "./tree.ts";

const NO_ARGUMENTS: Arguments = { positional: [], named: [], splat: undefined, namedSplat: undefined };
const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);
const CONSTANTS = new Map<string, null | boolean>([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["none", null],
  ["None", null],
]);

export function parseExpression(reader: TokenReader): Expression {
  let value = parseOr(reader);
  while (reader.isName("if")) {
    const { at } = reader;
    reader.nextToken();
    const test = parseOr(reader);
    const otherwise = reader.skipSymbol("else") ? parseExpression(reader) : undefined;
    value = { kind: "conditional", at, test, whenTrue: value, otherwise };
  }
  return value;
}

/** An expression, or several with commas: a tuple. `conditional` is off where an `if` belongs to the tag. */
export function parseTuple(reader: TokenReader, conditional = true, inParentheses = false): Expression {
  const { at } = reader;
  const items: Expression[] = [];
  let isTuple = false;
  while (!endsTuple(reader, conditional)) {
    items.push(conditional ? parseExpression(reader) : parseOr(reader));
    if (!reader.skip(lexer.TOKEN_COMMA)) break;
    isTuple = true;
  }
  const only = items[0];
  if (!isTuple && only !== undefined) return only;
  if (!isTuple && !inParentheses) throw reader.unexpected("expected an expression");
  return { kind: "tuple", at, items };
}

function endsTuple(reader: TokenReader, conditional: boolean): boolean {
  return (
    reader.is(lexer.TOKEN_VARIABLE_END) ||
    reader.is(lexer.TOKEN_BLOCK_END) ||
    reader.is(lexer.TOKEN_RIGHT_PAREN) ||
    // Only a `for` reads without conditionals and may end in this word.
    (!conditional && reader.isName("recursive"))
  );
}

function parseOr(reader: TokenReader): Expression {
  let left = parseAnd(reader);
  while (reader.isName("or")) {
    const { at } = reader;
    reader.nextToken();
    left = { kind: "or", at, left, right: parseAnd(reader) };
  }
  return left;
}

function parseAnd(reader: TokenReader): Expression {
  let left = parseNot(reader);
  while (reader.isName("and")) {
    const { at } = reader;
    reader.nextToken();
    left = { kind: "and", at, left, right: parseNot(reader) };
  }
  return left;
}

function parseNot(reader: TokenReader): Expression {
  const { at } = reader;
  return reader.skipSymbol("not") ? { kind: "not", at, value: parseNot(reader) } : parseCompare(reader);
}

function parseCompare(reader: TokenReader): Expression {
  const { at } = reader;
  const first = parseSum(reader);
  const rest: Comparison[] = [];
  for (;;) {
    const token = reader.peekToken();
    let operator: ComparisonOperator;
    if (token?.type === lexer.TOKEN_OPERATOR && COMPARISONS.has(token.value)) {
      operator = token.value as ComparisonOperator;
    } else if (reader.isName("in")) operator = "in";
    else if (reader.isName("not") && reader.isFollowedBy(lexer.TOKEN_SYMBOL, "in")) {
      reader.nextToken();
      operator = "not in";
    } else break;
    reader.nextToken();
    rest.push({ operator, at: token?.at ?? at, right: parseSum(reader) });
  }
  return rest.length === 0 ? first : { kind: "compare", at, first, rest };
}

const arithmetic =
  (operators: ReadonlySet<string>, operand: (reader: TokenReader) => Expression) =>
  (reader: TokenReader): Expression => {
    let left = operand(reader);
    for (;;) {
      const token = reader.peekToken();
      if (token?.type !== lexer.TOKEN_OPERATOR || !operators.has(token.value)) return left;
      reader.nextToken();
      const operator = token.value as ArithmeticOperator;
      left = { kind: "arithmetic", at: token.at, operator, left, right: operand(reader) };
    }
  };

// Left-associative, `**` too, and a sign binds tighter than `**`: so it is in Jinja2, unlike Python.
const parsePower = arithmetic(new Set(["**"]), (reader) => parseUnary(reader));
const parseProduct = arithmetic(new Set(["*", "/", "//", "%"]), parsePower);
const parseSum = arithmetic(new Set(["+", "-"]), parseConcat);

function parseConcat(reader: TokenReader): Expression {
  const { at } = reader;
  const first = parseProduct(reader);
  if (!reader.is(lexer.TOKEN_TILDE)) return first;
  const parts = [first];
  while (reader.skip(lexer.TOKEN_TILDE)) parts.push(parseProduct(reader));
  return { kind: "concat", at, parts };
}

function parseUnary(reader: TokenReader, withFilter = true): Expression {
  const { at } = reader;
  let value: Expression;
  if (reader.skipValue(lexer.TOKEN_OPERATOR, "-")) {
    value = { kind: "sign", at, negative: true, value: parseUnary(reader, false) };
  } else if (reader.skipValue(lexer.TOKEN_OPERATOR, "+")) {
    value = { kind: "sign", at, negative: false, value: parseUnary(reader, false) };
  } else value = parsePrimary(reader);
  value = parsePostfix(reader, value);
  return withFilter ? parseFiltersAndTests(reader, value) : value;
}

export function parsePrimary(reader: TokenReader): Expression {
  const token = reader.peekToken();
  if (token === null) throw reader.unexpected("expected an expression");
  const { at } = token;
  switch (token.type) {
    case lexer.TOKEN_SYMBOL: {
      reader.nextToken();
      const constant = CONSTANTS.get(token.value);
      if (constant !== undefined) return { kind: "constant", at, value: constant };
      reader.names.add(token.value);
      return { kind: "name", at, name: token.value };
    }
    case lexer.TOKEN_STRING: {
      let value = "";
      for (let next = reader.peekToken(); next?.type === lexer.TOKEN_STRING; next = reader.peekToken()) {
        value += next.value;
        reader.nextToken();
      }
      return { kind: "constant", at, value };
    }
    case lexer.TOKEN_INT: {
      reader.nextToken();
      const value = BigInt(token.value.replaceAll("_", ""));
      const small = Number(value);
      return { kind: "constant", at, value: Number.isSafeInteger(small) ? small : value };
    }
    case lexer.TOKEN_FLOAT:
      reader.nextToken();
      return { kind: "float", at, value: Number(token.value.replaceAll("_", "")) };
    case lexer.TOKEN_LEFT_PAREN: {
      reader.nextToken();
      const value = parseTuple(reader, true, true);
      reader.take(lexer.TOKEN_RIGHT_PAREN);
      return value;
    }
    case lexer.TOKEN_LEFT_BRACKET: {
      reader.nextToken();
      return { kind: "list", at, items: parseItems(reader, lexer.TOKEN_RIGHT_BRACKET, () => parseExpression(reader)) };
    }
    case lexer.TOKEN_LEFT_CURLY: {
      reader.nextToken();
      const entries = parseItems(reader, lexer.TOKEN_RIGHT_CURLY, () => {
        const key = parseExpression(reader);
        reader.take(lexer.TOKEN_COLON);
        return [key, parseExpression(reader)] as const;
      });
      return { kind: "dict", at, entries };
    }
    default:
      throw reader.unexpected("expected an expression");
  }
}

/** Items up to the closing bracket; a trailing comma is allowed. */
function parseItems<Item>(reader: TokenReader, closing: string, item: () => Item): Item[] {
  const items: Item[] = [];
  while (!reader.is(closing)) {
    if (items.length > 0) {
      reader.take(lexer.TOKEN_COMMA);
      if (reader.is(closing)) break;
    }
    items.push(item());
  }
  reader.take(closing);
  return items;
}

export function parsePostfix(reader: TokenReader, start: Expression): Expression {
  let value = start;
  for (;;) {
    const { at } = reader;
    if (reader.skipValue(lexer.TOKEN_OPERATOR, ".")) value = parseAttribute(reader, value);
    else if (reader.skip(lexer.TOKEN_LEFT_BRACKET)) value = parseSubscript(reader, value, at);
    else if (reader.is(lexer.TOKEN_LEFT_PAREN)) value = parseCall(reader, value);
    else return value;
  }
}

function parseAttribute(reader: TokenReader, object: Expression): Expression {
  const token = reader.nextToken();
  if (token?.type === lexer.TOKEN_INT) {
    return {
      kind: "item",
      at: token.at,
      object,
      index: { kind: "constant", at: token.at, value: Number(token.value) },
    };
  }
  if (token?.type !== lexer.TOKEN_SYMBOL) throw syntaxFault("expected a name after the dot", token?.at ?? reader.at);
  if (object.kind === "name" && object.name === "mesh") reader.names.add(`mesh.${token.value}`);
  return { kind: "attribute", at: token.at, object, name: token.value };
}

function parseSubscript(reader: TokenReader, object: Expression, at: number): Expression {
  const part = () =>
    reader.is(lexer.TOKEN_COLON) || reader.is(lexer.TOKEN_RIGHT_BRACKET) ? undefined : parseExpression(reader);
  const first = part();
  if (!reader.skip(lexer.TOKEN_COLON)) {
    if (first === undefined) throw reader.unexpected("expected an index");
    if (reader.is(lexer.TOKEN_COMMA))
      throw unsupportedFault("An index of several values", reader.at, "For a tuple as a key write `value[(a, b)]`.");
    reader.take(lexer.TOKEN_RIGHT_BRACKET);
    return { kind: "item", at, object, index: first };
  }
  const second = part();
  const third = reader.skip(lexer.TOKEN_COLON) ? part() : undefined;
  reader.take(lexer.TOKEN_RIGHT_BRACKET);
  return { kind: "slice", at, object, bounds: [first, second, third] };
}

function parseCall(reader: TokenReader, callee: Expression): Expression & { readonly kind: "call" } {
  const at = callee.at;
  const args = parseArguments(reader);
  // Dispatch reaches macros by a text; the fingerprint of a macro must still cover them.
  if (
    callee.kind === "attribute" &&
    callee.name === "dispatch" &&
    callee.object.kind === "name" &&
    callee.object.name === "adapter"
  ) {
    const name = args.positional[0];
    reader.names.add(
      name?.kind === "constant" && typeof name.value === "string" ? `dispatch:${name.value}` : "dispatch:*",
    );
  }
  return { kind: "call", at, callee, args };
}

function parseArguments(reader: TokenReader): Arguments {
  const positional: Expression[] = [];
  const named: (readonly [string, Expression])[] = [];
  let splat: Expression | undefined;
  let namedSplat: Expression | undefined;
  const ensure = (condition: boolean, problem: string, at: number) => {
    if (!condition) throw syntaxFault(problem, at, "The order is: values, name=value, *list, **dict.");
  };
  reader.take(lexer.TOKEN_LEFT_PAREN);
  parseItems(reader, lexer.TOKEN_RIGHT_PAREN, () => {
    const { at } = reader;
    if (reader.skipValue(lexer.TOKEN_OPERATOR, "*")) {
      ensure(splat === undefined && namedSplat === undefined, "a second * or a * behind ** in one call", at);
      splat = parseExpression(reader);
    } else if (reader.skipValue(lexer.TOKEN_OPERATOR, "**")) {
      ensure(namedSplat === undefined, "a second ** in one call", at);
      namedSplat = parseExpression(reader);
    } else if (reader.is(lexer.TOKEN_SYMBOL) && reader.isFollowedBy(lexer.TOKEN_OPERATOR, "=")) {
      ensure(namedSplat === undefined, "a named argument behind **", at);
      const { value: name } = reader.take(lexer.TOKEN_SYMBOL);
      ensure(!named.some(([other]) => other === name), `the argument ${name} is given twice`, at);
      reader.nextToken();
      named.push([name, parseExpression(reader)]);
    } else {
      ensure(
        splat === undefined && namedSplat === undefined && named.length === 0,
        "a value behind a named argument",
        at,
      );
      positional.push(parseExpression(reader));
    }
  });
  return { positional, named, splat, namedSplat };
}

function parseDottedName(reader: TokenReader): string {
  let name = reader.take(lexer.TOKEN_SYMBOL).value;
  while (reader.skipValue(lexer.TOKEN_OPERATOR, ".")) name += `.${reader.take(lexer.TOKEN_SYMBOL).value}`;
  return name;
}

export function parseFilter(reader: TokenReader, value: Expression): Expression {
  const { at } = reader;
  const name = parseDottedName(reader);
  const args = reader.is(lexer.TOKEN_LEFT_PAREN) ? parseArguments(reader) : NO_ARGUMENTS;
  return { kind: "filter", at, value, name, args };
}

function parseFiltersAndTests(reader: TokenReader, start: Expression): Expression {
  let value = start;
  for (;;) {
    if (reader.skip(lexer.TOKEN_PIPE)) value = parseFilter(reader, value);
    else if (reader.skipSymbol("is")) value = parseTest(reader, value);
    else if (reader.is(lexer.TOKEN_LEFT_PAREN)) value = parseCall(reader, value);
    else return value;
  }
}

const STARTS_ARGUMENT: ReadonlySet<string> = new Set([
  lexer.TOKEN_SYMBOL,
  lexer.TOKEN_STRING,
  lexer.TOKEN_INT,
  lexer.TOKEN_FLOAT,
  lexer.TOKEN_LEFT_BRACKET,
  lexer.TOKEN_LEFT_CURLY,
]);

function parseTest(reader: TokenReader, value: Expression): Expression {
  const negated = reader.skipSymbol("not");
  const { at } = reader;
  const name = parseDottedName(reader);
  let args = NO_ARGUMENTS;
  const next = reader.peekToken();
  if (reader.is(lexer.TOKEN_LEFT_PAREN)) args = parseArguments(reader);
  else if (
    next !== null &&
    STARTS_ARGUMENT.has(next.type) &&
    !["else", "or", "and"].some((word) => reader.isName(word))
  ) {
    if (reader.isName("is")) throw syntaxFault("tests cannot be chained with `is`", reader.at, "Join them with `and`.");
    args = { ...NO_ARGUMENTS, positional: [parsePostfix(reader, parsePrimary(reader))] };
  }
  const test: Expression = { kind: "test", at, value, name, args };
  return negated ? { kind: "not", at, value: test } : test;
}
