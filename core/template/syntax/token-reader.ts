// Owns reading tokens one by one through nunjucks' parser, with the questions our grammar asks of them.
import lexer from "nunjucks/src/lexer.js";
import nunjucks from "nunjucks/src/parser.js";
import { syntaxFault } from "./syntax-fault.ts";
import type { Token } from "./tokens.ts";

class TokenStream {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** What nunjucks asks when it looks for its own whitespace control; our tokens have it done already. */
  readonly tags = { VARIABLE_START: "{{", VARIABLE_END: "}}", COMMENT_START: "{#", COMMENT_END: "#}" };

  nextToken(): Token | null {
    return this.#tokens[this.#next++] ?? null;
  }

  /** The token behind the one the parser has peeked at. */
  upcoming(): Token | undefined {
    return this.#tokens[this.#next];
  }
}

const NAMES: Readonly<Record<string, string>> = {
  [lexer.TOKEN_LEFT_PAREN]: '"("',
  [lexer.TOKEN_RIGHT_PAREN]: '")"',
  [lexer.TOKEN_LEFT_BRACKET]: '"["',
  [lexer.TOKEN_RIGHT_BRACKET]: '"]"',
  [lexer.TOKEN_LEFT_CURLY]: '"{"',
  [lexer.TOKEN_RIGHT_CURLY]: '"}"',
  [lexer.TOKEN_COMMA]: '","',
  [lexer.TOKEN_COLON]: '":"',
  [lexer.TOKEN_SYMBOL]: "a name",
  [lexer.TOKEN_BLOCK_END]: '"%}"',
  [lexer.TOKEN_VARIABLE_END]: '"}}"',
};

export class TokenReader extends nunjucks.Parser<Token> {
  readonly #stream: TokenStream;
  readonly #length: number;
  /** Names read since the innermost macro began; see MacroNode.names. */
  names = new Set<string>();

  constructor(tokens: readonly Token[], length: number) {
    const stream = new TokenStream(tokens);
    super(stream);
    this.#stream = stream;
    this.#length = length;
  }

  /** Offset of the next token. */
  get at(): number {
    return this.peekToken()?.at ?? this.#length;
  }

  is(type: string, value?: string): boolean {
    const token = this.peekToken();
    return token !== null && token.type === type && (value === undefined || token.value === value);
  }

  isName(value: string): boolean {
    return this.is(lexer.TOKEN_SYMBOL, value);
  }

  /** Whether the token after the next one is this. */
  isFollowedBy(type: string, value: string): boolean {
    this.peekToken();
    const token = this.#stream.upcoming();
    return token?.type === type && token.value === value;
  }

  take(type: string): Token {
    const token = this.peekToken();
    if (token?.type !== type) throw this.unexpected(`expected ${NAMES[type] ?? type}`);
    this.nextToken();
    return token;
  }

  unexpected(expected: string): Error {
    const token = this.peekToken();
    const found = token === null ? "the template ends" : `"${token.value}" stands here`;
    return syntaxFault(`${expected}, but ${found}`, this.at);
  }
}
