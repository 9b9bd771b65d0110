// The parts of nunjucks that its published types leave out: the parser we extend and the names of its tokens.
declare module "nunjucks/src/parser.js" {
  export interface NunjucksToken {
    readonly type: string;
    readonly value: string;
  }
  class Parser<Token extends NunjucksToken> {
    constructor(tokens: { nextToken(): Token | null });
    nextToken(): Token | null;
    peekToken(): Token | null;
    pushToken(token: Token | null): void;
    skip(type: string): boolean;
    skipValue(type: string, value: string): boolean;
    skipSymbol(name: string): boolean;
    parseNodes(): unknown[];
    parseUntilBlocks(...names: string[]): unknown;
    breakOnBlocks: readonly string[] | null;
  }
  const parser: { readonly Parser: typeof Parser };
  export default parser;
}

declare module "nunjucks/src/lexer.js" {
  const lexer: {
    readonly TOKEN_STRING: string;
    readonly TOKEN_DATA: string;
    readonly TOKEN_BLOCK_START: string;
    readonly TOKEN_BLOCK_END: string;
    readonly TOKEN_VARIABLE_START: string;
    readonly TOKEN_VARIABLE_END: string;
    readonly TOKEN_LEFT_PAREN: string;
    readonly TOKEN_RIGHT_PAREN: string;
    readonly TOKEN_LEFT_BRACKET: string;
    readonly TOKEN_RIGHT_BRACKET: string;
    readonly TOKEN_LEFT_CURLY: string;
    readonly TOKEN_RIGHT_CURLY: string;
    readonly TOKEN_OPERATOR: string;
    readonly TOKEN_COMMA: string;
    readonly TOKEN_COLON: string;
    readonly TOKEN_TILDE: string;
    readonly TOKEN_PIPE: string;
    readonly TOKEN_INT: string;
    readonly TOKEN_FLOAT: string;
    readonly TOKEN_SYMBOL: string;
  };
  export default lexer;
}
