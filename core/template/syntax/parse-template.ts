// Owns text to tree: nunjucks' parser walks data, tags and prints; our grammar of tags and expressions replaces its own.
import lexer from "nunjucks/src/lexer.js";
import { parseTuple } from "./parse-expression.ts";
import { parseTag, type TagReader } from "./parse-tag.ts";
import { TokenReader } from "./token-reader.ts";
import { normaliseText, tokenize } from "./tokens.ts";
import type { Statement } from "./tree.ts";

interface NunjucksOutput {
  readonly lineno: number;
  readonly children: readonly [{ readonly lineno: number; readonly value: string } | Statement];
}

class TemplateReader extends TokenReader implements TagReader {
  /** Called by nunjucks for what stands between `{{` and `}}`. */
  parseExpression(): Statement {
    const { at } = this;
    return { kind: "print", at, value: parseTuple(this) };
  }

  /** Called by nunjucks behind the expression. */
  advanceAfterVariableEnd(): void {
    this.take(lexer.TOKEN_VARIABLE_END);
  }

  /** Called by nunjucks behind `{%`; null ends the body. */
  parseStatement(): Statement | null {
    const token = this.peekToken();
    if (token !== null && this.breakOnBlocks?.includes(token.value)) return null;
    const statement = parseTag(this);
    this.take(lexer.TOKEN_BLOCK_END);
    return statement;
  }

  /** Called by nunjucks' parseUntilBlocks, and for the whole template. */
  parse(): readonly Statement[] {
    return this.parseNodes().map((node) => {
      if (!(node instanceof Object && "children" in node)) return node as Statement;
      const child = (node as NunjucksOutput).children[0];
      return "kind" in child ? child : { kind: "text", at: child.lineno, text: child.value };
    });
  }

  parseBody(...until: readonly string[]): readonly Statement[] {
    return this.parseUntilBlocks(...until) as readonly Statement[];
  }
}

export interface ParsedTemplate {
  readonly text: string;
  readonly body: readonly Statement[];
}

/** Throws SyntaxFault. */
export function parseTemplate(content: string): ParsedTemplate {
  const text = normaliseText(content);
  return { text, body: new TemplateReader(tokenize(text), text.length).parse() };
}
