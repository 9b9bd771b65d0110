// The canonical form of SQL: formatting never shows in it, anything else always does.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalSql } from "../../core/compile/sql/canonical-sql.ts";
import { tokenizeSql } from "../../core/compile/sql/tokenize-sql.ts";

const token = fc.oneof(
  fc.constantFrom("select", "from", "a", "b.c", "Größe", "$1", "1.5", "1e9", "(", ")", ",", "[", "]", ";"),
  fc.constantFrom("+", "-", "*", "<=", "<>", "::", "->>", "||", "="),
  fc.constantFrom("'x'", "'it''s'", "'-- no comment'", "'/* nor this */'", "e'a\\'b'", "''"),
  fc.constantFrom('"A b"', '"a""b"', '"--"', "$$ - 'x' $$", "$t$ $$ $t$"),
);
const blank = fc
  .array(fc.constantFrom(" ", "\t", " /* c */ ", " /* a /* nested */ 'b' */ ", " -- it's\n "), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.join(""));
const query = fc.array(token, { minLength: 1, maxLength: 12 });

const isString = (text: string | undefined) => text !== undefined && /^(e?'|\$t?\$)/.test(text);

/** The tokens with blanks between them; strings are kept on one line, where a line break would join them. */
const layout = (tokens: readonly string[]) =>
  fc.array(blank, { minLength: tokens.length, maxLength: tokens.length }).map((blanks) =>
    tokens
      .map((text, i) => {
        const joins = isString(text) && isString(tokens[i - 1]);
        return (joins ? " " : blanks[i]) + text;
      })
      .join(""),
  );

describe("canonicalSql", () => {
  it("does not see whitespace and comments", () => {
    fc.assert(
      fc.property(
        query.chain((tokens) => fc.tuple(layout(tokens), layout(tokens))),
        ([one, other]) => canonicalSql(one) === canonicalSql(other),
      ),
      { numRuns: 500 },
    );
  });

  it("sees every other difference", () => {
    fc.assert(
      fc.property(query, query, (one, other) => {
        if (one.join("\0") === other.join("\0")) return;
        expect(canonicalSql(one.join(" "))).not.toBe(canonicalSql(other.join(" ")));
      }),
      { numRuns: 1000 },
    );
  });

  it("is its own canonical form", () => {
    fc.assert(fc.property(query.chain(layout), (sql) => canonicalSql(canonicalSql(sql)) === canonicalSql(sql)));
  });

  it.each([
    ["a string's inside", "select 'a  b'", "select 'a b'"],
    ["a quoted name's inside", 'select "a  b"', 'select "a b"'],
    ["a comment that is inside a string", "select 'a -- b'", "select 'a'"],
    ["case, which a column's name keeps", "select Total", "select total"],
    ["two names and one", "select a b", "select ab"],
    ["strings joined over two lines", "select 'a'\n'b'", "select 'a' 'b'"],
    ["a literal's prefix", "select x'00'", "select x '00'"],
    ["a minus and a comment", "select 1 - -1", "select 1 --1"],
    ["a dot with blanks around it", "select 1.5", "select 1 .5"],
    ["what follows a string that ends in a backslash", "select 'a\\' , 'b'", "select 'a\\' , 'c'"],
  ])("sees %s", (_what, one, other) => {
    expect(canonicalSql(one)).not.toBe(canonicalSql(other));
  });
});

describe("tokenizeSql", () => {
  it("puts every character of any text into exactly one token", () => {
    const text = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.array(token).map((tokens) => tokens.join("")),
    );
    fc.assert(
      fc.property(text, (sql) => {
        const tokens = tokenizeSql(sql);
        expect(tokens.map(({ text: part }) => part).join("")).toBe(sql);
        for (const { start, text: part } of tokens) expect(sql.slice(start, start + part.length)).toBe(part);
      }),
      { numRuns: 1000 },
    );
  });
});
