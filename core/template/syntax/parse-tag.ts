// Owns the grammar of tags: what stands between `{%` and `%}`, and the bodies they open. Refuses tags mesh does not have.
import lexer from "nunjucks/src/lexer.js";
import { closest } from "../../util/index.ts";
import { parseExpression, parseFilter, parsePostfix, parsePrimary, parseTuple } from "./parse-expression.ts";
import { syntaxFault, unsupportedFault } from "./syntax-fault.ts";
import type { TokenReader } from "./token-reader.ts";
import type { Branch, Expression, MacroNode, Parameter, Statement, Target } from "./tree.ts";

/** A reader that can also read a body up to one of the named tags, which is left to be read. */
export interface TagReader extends TokenReader {
  parseBody(...until: readonly string[]): readonly Statement[];
}

type TagParser = (reader: TagReader, at: number) => Statement;

const INHERITANCE =
  "Templates do not include or extend each other. Macros are available by name everywhere: put shared text into one.";
const REFUSED: Readonly<Record<string, string>> = {
  test: "Write the test as a `.sql` file under tests/, or use a test type in YAML.",
  data_test: "Write the test as a `.sql` file under tests/, or use a test type in YAML.",
  materialization: "Materializations are part of mesh: choose one with `config(materialized=…)`.",
  snapshot: "Declare the snapshot in YAML with `relation: source('store', 'table')`.",
  docs: "Write the description in YAML.",
  include: INHERITANCE,
  import: INHERITANCE,
  from: INHERITANCE,
  extends: INHERITANCE,
  block: INHERITANCE,
  print: "Write `{{ value }}`.",
  autoescape: "Nothing is ever escaped: templates make SQL, not HTML.",
  trans: "Templates make SQL; there is nothing to translate.",
  debug: "Print the value you want to see with `{{ value }}` and look at `mesh compile`.",
  switch: "Write `{% if %}` and `{% elif %}`.",
  asyncEach: "Write `{% for %}`.",
  asyncAll: "Write `{% for %}`.",
  ifAsync: "Write `{% if %}`.",
  cache: "Leave it out.",
};

const TAGS: Readonly<Record<string, TagParser>> = {
  if: parseIf,
  for: parseFor,
  set: parseSet,
  macro: (reader, at) => parseMacro(reader, at),
  call: parseCallBlock,
  filter: parseFilterBlock,
  with: parseWith,
  do: (reader, at) => ({ kind: "do", at, value: parseTuple(reader) }),
  break: (_reader, at) => ({ kind: "break", at }),
  continue: (_reader, at) => ({ kind: "continue", at }),
};

/** One tag, from its name up to (not including) the `%}` of its last tag. */
export function parseTag(reader: TagReader): Statement {
  const { at } = reader;
  const name = reader.take(lexer.TOKEN_SYMBOL).value;
  const parse = Object.hasOwn(TAGS, name) ? TAGS[name] : undefined;
  if (parse) return parse(reader, at);
  const refused = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
  if (refused !== undefined) throw unsupportedFault(`The tag {% ${name} %}`, at, refused);
  if (/^end|^el(se|if)/.test(name))
    throw syntaxFault(`{% ${name} %} closes nothing here`, at, "Check that every tag before it is closed, in order.");
  const near = closest(name, Object.keys(TAGS));
  throw syntaxFault(
    `there is no tag {% ${name} %}`,
    at,
    near === undefined ? undefined : `Did you mean {% ${near} %}?`,
  );
}

/** Reads `%}`, the body, and the name of the tag that ends it. */
function parseBlock(reader: TagReader, tag: string, at: number, ...until: readonly string[]) {
  reader.skip(lexer.TOKEN_COLON);
  reader.take(lexer.TOKEN_BLOCK_END);
  const body = reader.parseBody(...until);
  const end = reader.nextToken();
  if (end === null) throw syntaxFault(`{% ${tag} %} is never closed`, at, `Close it with {% ${until.at(-1)} %}.`);
  return { body, end: end.value };
}

function parseIf(reader: TagReader, at: number): Statement {
  const branches: Branch[] = [];
  for (;;) {
    const test = parseTuple(reader, false);
    const { body, end } = parseBlock(reader, "if", at, "elif", "else", "endif");
    branches.push({ test, body });
    if (end === "elif") continue;
    const otherwise = end === "else" ? parseBlock(reader, "if", at, "endif").body : undefined;
    return { kind: "if", at, branches, otherwise };
  }
}

function parseFor(reader: TagReader, at: number): Statement {
  const target = parseTarget(reader, false);
  if (targetNames(target).includes("loop"))
    throw syntaxFault("a loop's own variable may not be called loop", at, "Choose another name.");
  if (!reader.skipSymbol("in")) throw reader.unexpected('expected "in"');
  const iterable = parseTuple(reader, false);
  const test = reader.skipSymbol("if") ? parseExpression(reader) : undefined;
  if (reader.isName("recursive")) {
    throw unsupportedFault("A recursive loop", reader.at, "Use a macro that calls itself.");
  }
  const { body, end } = parseBlock(reader, "for", at, "else", "endfor");
  const otherwise = end === "else" ? parseBlock(reader, "for", at, "endfor").body : undefined;
  return { kind: "for", at, target, iterable, test, body, otherwise };
}

/** `a`, `a, b`, `(a, (b, c))`, and with `namespaces` also `ns.a`. */
function parseTarget(reader: TagReader, namespaces: boolean): Target {
  const { at } = reader;
  const targets: Target[] = [];
  let isTuple = false;
  for (;;) {
    if (reader.skip(lexer.TOKEN_LEFT_PAREN)) {
      targets.push(parseTarget(reader, namespaces));
      reader.take(lexer.TOKEN_RIGHT_PAREN);
    } else {
      const token = reader.take(lexer.TOKEN_SYMBOL);
      if (["true", "false", "none", "True", "False", "None"].includes(token.value)) {
        throw syntaxFault(`"${token.value}" is a value and cannot be set`, token.at, "Choose another name.");
      }
      if (namespaces && reader.skipValue(lexer.TOKEN_OPERATOR, ".")) {
        reader.names.add(token.value);
        targets.push({
          kind: "namespace",
          at: token.at,
          name: token.value,
          attribute: reader.take(lexer.TOKEN_SYMBOL).value,
        });
      } else targets.push({ kind: "name", at: token.at, name: token.value });
    }
    if (!reader.skip(lexer.TOKEN_COMMA)) break;
    isTuple = true;
    if (reader.isName("in") || reader.is(lexer.TOKEN_RIGHT_PAREN)) break;
  }
  const only = targets[0];
  return only !== undefined && !isTuple ? only : { kind: "tuple", at, targets };
}

function targetNames(target: Target): readonly string[] {
  if (target.kind === "tuple") return target.targets.flatMap(targetNames);
  return target.kind === "name" ? [target.name] : [];
}

function parseSet(reader: TagReader, at: number): Statement {
  const target = parseTarget(reader, true);
  if (reader.skipValue(lexer.TOKEN_OPERATOR, "=")) return { kind: "set", at, target, value: parseTuple(reader) };
  let value: Expression = { kind: "captured", at, body: [] };
  const captured = value as { body: readonly Statement[] };
  while (reader.skip(lexer.TOKEN_PIPE)) value = parseFilter(reader, value);
  captured.body = parseBlock(reader, "set", at, "endset").body;
  return { kind: "set-block", at, target, value };
}

function parseFilterBlock(reader: TagReader, at: number): Statement {
  let value: Expression = { kind: "captured", at, body: [] };
  const captured = value as { body: readonly Statement[] };
  value = parseFilter(reader, value);
  while (reader.skip(lexer.TOKEN_PIPE)) value = parseFilter(reader, value);
  captured.body = parseBlock(reader, "filter", at, "endfilter").body;
  return { kind: "print", at, value };
}

function parseWith(reader: TagReader, at: number): Statement {
  const assignments: (readonly [Target, Expression])[] = [];
  while (!reader.is(lexer.TOKEN_BLOCK_END)) {
    if (assignments.length > 0) reader.take(lexer.TOKEN_COMMA);
    const name = reader.take(lexer.TOKEN_SYMBOL);
    if (!reader.skipValue(lexer.TOKEN_OPERATOR, "=")) throw reader.unexpected('expected "="');
    assignments.push([{ kind: "name", at: name.at, name: name.value }, parseExpression(reader)]);
  }
  return { kind: "with", at, assignments, body: parseBlock(reader, "with", at, "endwith").body };
}

function parseParameters(reader: TagReader): readonly Parameter[] {
  const parameters: Parameter[] = [];
  reader.take(lexer.TOKEN_LEFT_PAREN);
  while (!reader.is(lexer.TOKEN_RIGHT_PAREN)) {
    if (parameters.length > 0) reader.take(lexer.TOKEN_COMMA);
    const { value: name, at } = reader.take(lexer.TOKEN_SYMBOL);
    if (parameters.some((other) => other.name === name))
      throw syntaxFault(`the parameter ${name} stands there twice`, at);
    const fallback = reader.skipValue(lexer.TOKEN_OPERATOR, "=") ? parseExpression(reader) : undefined;
    if (fallback === undefined && parameters.at(-1)?.fallback !== undefined) {
      throw syntaxFault(
        `the parameter ${name} has no default, but one before it has`,
        at,
        "Parameters with defaults come last.",
      );
    }
    parameters.push({ name, fallback });
  }
  reader.take(lexer.TOKEN_RIGHT_PAREN);
  return parameters;
}

/** Collects the names that `read` reads; they count for the enclosing macro too. */
function withNames<Result>(reader: TagReader, read: () => Result): { result: Result; names: ReadonlySet<string> } {
  const outer = reader.names;
  const names = new Set<string>();
  reader.names = names;
  const result = read();
  for (const name of names) outer.add(name);
  reader.names = outer;
  return { result, names };
}

function parseMacro(reader: TagReader, at: number): MacroNode {
  const name = reader.take(lexer.TOKEN_SYMBOL).value;
  const { result, names } = withNames(reader, () => {
    const parameters = parseParameters(reader);
    return { parameters, body: parseBlock(reader, `macro ${name}`, at, "endmacro").body };
  });
  return { kind: "macro", at, end: reader.peekToken()?.end ?? at, name, ...result, names };
}

function parseCallBlock(reader: TagReader, at: number): Statement {
  const { result, names } = withNames(reader, () => {
    const parameters = reader.is(lexer.TOKEN_LEFT_PAREN) ? parseParameters(reader) : [];
    const call = parsePostfix(reader, parsePrimary(reader));
    if (call.kind !== "call")
      throw syntaxFault("a call block needs a call", call.at, "Write {% call macro_name() %} … {% endcall %}.");
    return { parameters, call, body: parseBlock(reader, "call", at, "endcall").body };
  });
  const { call, ...caller } = result;
  return { kind: "call-block", at, call, caller: { kind: "macro", at, end: at, name: "caller", ...caller, names } };
}
