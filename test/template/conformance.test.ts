// Templates render exactly as Jinja2 renders them, or are refused: a table checked against Jinja2, and generated expressions.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MeshError } from "../../core/errors/index.ts";
import { CASES, PRELUDE } from "./conformance/cases.ts";
import { renderWithJinja } from "./conformance/jinja.ts";
import { libraryOf, render } from "./support.ts";

const expected = JSON.parse(readFileSync(new URL("./conformance/expected.json", import.meta.url), "utf8")) as (
  | string
  | null
)[];
const library = libraryOf({});
const hasJinja = renderWithJinja(["x"]) !== undefined;
if (!hasJinja) console.log("skipped: comparing with the real Jinja2 (no python3 with jinja2; set MESH_TEST_PYTHON)");

/** The text, or null when refused with a coded error of templates. */
function outcome(template: string): { readonly text: string | null; readonly error?: MeshError } {
  try {
    return { text: render(template, {}, library).text };
  } catch (error) {
    if (error instanceof MeshError && error.code.startsWith("template/")) return { text: null, error };
    throw error;
  }
}

describe("a template of the table", () => {
  it("has an expectation", () => expect(expected).toHaveLength(CASES.length));

  it.each(CASES.map((template, i) => [template.slice(PRELUDE.length), template, expected[i] ?? null] as const))(
    "renders as in Jinja2: %s",
    (_shown, template, text) => {
      const ours = outcome(template);
      expect(ours.text).toBe(text);
      if (ours.error)
        expect(ours.error.location).toMatchObject({
          file: "models/m.sql",
          line: expect.any(Number),
          column: expect.any(Number),
        });
    },
  );

  it.runIf(hasJinja)("is expected to render as the installed Jinja2 renders it", () => {
    expect(renderWithJinja(CASES)).toEqual(expected);
  });
});

const leaf = fc.oneof(
  fc.constantFrom("n", "f", "s", "e", "xs", "nothing", "d", "t", "rows", "undefined_name"),
  fc.constantFrom(
    "true",
    "false",
    "none",
    "[]",
    "{}",
    "()",
    "''",
    "'a'",
    "'ab c'",
    "'1'",
    "0",
    "1",
    "2",
    "3",
    "-1",
    "0.5",
    "2.0",
    "1e3",
    "(1, 'a')",
    "[1, 2.0]",
    "{'a': 1}",
  ),
);
const binary = fc.constantFrom(
  "+",
  "-",
  "*",
  "/",
  "//",
  "%",
  "**",
  "~",
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "in",
  "not in",
  "and",
  "or",
);
const postfix = fc.constantFrom(
  ...[
    "[0]",
    "[-1]",
    "[1:]",
    "[::-1]",
    "['a']",
    ".a",
    ".name",
    "|length",
    "|upper",
    "|list",
    "|first",
    "|last",
    "|join('-')",
    "|sort",
    "|string",
    "|int",
    "|float",
  ],
  ...[
    "|default('z')",
    "|default('z', true)",
    "|abs",
    "|round",
    "|round(1)",
    "|sum",
    "|min",
    "|max",
    "|unique|list",
    "|reverse|list",
    "|trim",
    "|title",
    "|tojson",
  ],
  ...[
    "|replace('a', 'b')",
    ".upper()",
    ".strip()",
    ".split()",
    ".split('b')",
    ".replace('a', 'x')",
    ".items()",
    ".keys()|list",
    ".get('a')",
    ".get('q', 2)",
    ".count('a')",
    ".index(1)",
  ],
  ...[
    " is none",
    " is defined",
    " is not none",
    " is string",
    " is number",
    " is mapping",
    " is sequence",
    " is iterable",
    " is odd",
    " is even",
    " is integer",
    " is float",
    " is boolean",
    " is true",
    "|map('string')|list",
    "|select|list",
    "|dictsort",
    "|batch(2)|list",
  ],
);
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.tuple(tie("expression"), binary, tie("expression")).map(([a, op, b]) => `${a} ${op} ${b}`),
    fc.tuple(tie("expression"), binary, tie("expression")).map(([a, op, b]) => `(${a}) ${op} (${b})`),
    fc.tuple(tie("expression"), postfix).map(([a, end]) => `${a}${end}`),
    fc.tuple(tie("expression"), postfix).map(([a, end]) => `(${a})${end}`),
    fc.tuple(tie("expression"), tie("expression"), tie("expression")).map(([a, b, c]) => `${a} if ${b} else ${c}`),
    tie("expression").map((a) => `not ${a}`),
    tie("expression").map((a) => `-${a}`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `[${a}, ${b}]`),
  ),
}));

/** Refused by us on purpose where Jinja2 prints something: everything else must agree. */
const REFUSABLE = new Set([
  "template/unsupported",
  "template/wrong-type",
  "template/undefined",
  "template/undefined-attribute",
  "template/limit",
  // Jinja2 looks a filter up late when it stands in a branch.
  "template/unknown-filter",
]);

describe.runIf(hasJinja)("generated expressions", () => {
  it("never render differently from Jinja2 without an error", () => {
    const seed = Number(process.env.MESH_TEST_SEED ?? 20_240_611);
    const templates = fc.sample(expression, { numRuns: 1_500, seed }).map((text) => `${PRELUDE}{{ ${text} }}`);
    const theirs = renderWithJinja(templates) ?? [];
    const different: string[] = [];
    let same = 0;
    let refused = 0;
    templates.forEach((template, i) => {
      const ours = outcome(template);
      const shown = () =>
        `${template.slice(PRELUDE.length)} jinja=${JSON.stringify(theirs[i])} ours=${JSON.stringify(ours.text)} ${ours.error?.message ?? ""}`;
      if (ours.text === theirs[i]) same++;
      else if (ours.text === null && REFUSABLE.has(ours.error?.code ?? "")) refused++;
      else different.push(shown());
    });
    expect(different).toEqual([]);
    // Refusing much would make the promise empty.
    expect(refused / templates.length).toBeLessThan(0.02);
    expect(same).toBeGreaterThan(1_450);
  });
});
