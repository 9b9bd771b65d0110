// Owns the one promise of the fast reader: it says what the yaml package says, place by place, or gives up.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readWithLibrary } from "../../core/project/library-yaml.ts";
import { readPlain } from "../../core/project/plain-yaml.ts";
import { YamlBuilder } from "../../core/project/yaml-builder.ts";

/** Everything a reader says: values, the place of every container, key, value and entry, and problems. */
function said(builder: YamlBuilder, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value))
    return {
      at: builder.locate(value),
      items: value.map((item, i) => [builder.locate(value, i), said(builder, item)]),
    };
  return {
    at: builder.locate(value),
    keys: Object.entries(value).map(([key, item]) => [
      key,
      builder.locate(value, key),
      builder.locateValue(value, key),
      said(builder, item),
    ]),
  };
}

function both(text: string) {
  const fast = new YamlBuilder("a.yml", text);
  const plain = readPlain(fast);
  if (!plain) return undefined;
  const library = new YamlBuilder("a.yml", text);
  const value = readWithLibrary(library);
  const problems = (builder: YamlBuilder) =>
    builder.problems.map(({ code, message, location }) => ({ code, message, location }));
  return {
    fast: { said: said(fast, plain.value), problems: problems(fast) },
    library: { said: said(library, value), problems: problems(library) },
  };
}

const MODELS = `version: 2

# what finance promises
models:
  - name: daily_revenue   # the mart
    description: One row per day, in "euros"; don't use before 2020
    config: { materialized: table, tags: [daily, 'it''s'], contract: { enforced: true } }
    sla: {freshness: 2h, available_by: "06:00"}
    columns:
    - name: day
      data_type: date
      data_tests: [unique, not_null]
    - name: amount
      data_type: decimal(12,2)
      data_tests:
        - accepted_range: { min_value: 0, max_value: 10.5 }
        - relationships:
            arguments:
              to: ref('orders')
              field: id
            config:
              where: amount > 0 and url <> 'http://x'
  - {name: other, description: ''}
exposures: []
vars:
  since: 2024-01-01
  at: 06:00
  none:
  empty: ~
  flag: False
  half: -0.5
  zip: 12a
`;

describe("the fast reader of plain YAML", () => {
  it("reads what property files are made of", () => {
    const result = both(MODELS);
    expect(result?.fast).toEqual(result?.library);
    expect(result).toBeDefined();
  });

  it.each([
    ["a block text", "a: |\n  x\n"],
    ["a text over two lines", "a: x\n  y\n"],
    ["a list over two lines", "a: [x,\n  y]\n"],
    ["an anchor", "a: &x 1\nb: *x\n"],
    ["a tag", "a: !!str 1\n"],
    ["a number it does not know", "a: 0x1f\n"],
    ["a big number", "a: 9007199254740993\n"],
    ["a duplicate key", "a: 1\na: 2\n"],
    ["a merge", "<<: x\n"],
    ["a tab", "a:\tb\n"],
    ["carriage returns", "a: b\r\n"],
    ["a bad indent", "a:\n    b: 1\n  c: 2\n"],
    ["two documents", "a: 1\n---\nb: 2\n"],
    ["a mapping in a value", "a: b: c\n"],
    ["a template", "a: {{ b }}\n"],
    ["nothing", ""],
    ["a text alone", "abc\n"],
  ])("leaves %s to the library", (_, text) => {
    expect(readPlain(new YamlBuilder("a.yml", text))).toBeUndefined();
  });

  const word = fc.constantFrom(
    "a",
    "name",
    "data_type",
    "x y",
    "true",
    "null",
    "~",
    "12",
    "-1",
    "1.50",
    "0x1",
    "1e3",
    "+1",
    "007",
    ".5",
    "2024-01-01",
    "06:00",
    "yes",
    "-a",
    "a#b",
    "a:b",
    "http://a/b?c=d",
    "ref('x')",
    "it's",
    'say "x"',
    "é",
    "😀",
    "",
    "${X}",
    "{{ x }}",
    "#",
    "a: b",
    "- a",
    "?x",
    "@",
    "&a",
    "*a",
    "|",
    ">",
    "%",
    "!",
    "decimal(12,2)",
    "a, b",
    "[a]",
    "{a}",
    "<<",
  );
  const scalar = fc
    .tuple(word, fc.constantFrom("plain", "single", "double"))
    .map(([text, style]) =>
      style === "plain" ? text : style === "single" ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text),
    );
  const key = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom("a", "b", "c", "name", "config", "connection", "description", "x y") },
    { weight: 1, arbitrary: scalar },
  );
  const { flow } = fc.letrec<{ flow: string }>((tie) => ({
    flow: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      scalar,
      fc.array(tie("flow"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
      fc
        .array(fc.tuple(key, tie("flow")), { maxLength: 3 })
        .map((pairs) => `{ ${pairs.map(([k, v]) => `${k}: ${v}`).join(", ")} }`),
    ),
  }));
  const comment = fc.constantFrom("", "", "", " # note", "  ", "#");
  type Lines = readonly string[];
  const indent = (lines: Lines, by: number) => lines.map((line) => " ".repeat(by) + line);
  const { block } = fc.letrec<{ block: Lines }>((tie) => ({
    block: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc
        .array(fc.tuple(key, flow, comment), { minLength: 1, maxLength: 3 })
        .map((pairs) => pairs.map(([k, v, c]) => `${k}: ${v}${c}`)),
      fc
        .array(fc.tuple(flow, comment), { minLength: 1, maxLength: 3 })
        .map((items) => items.map(([v, c]) => `- ${v}${c}`)),
      fc
        .array(fc.tuple(key, tie("block") as fc.Arbitrary<Lines>, fc.constantFrom(0, 1, 2, 4), comment), {
          minLength: 1,
          maxLength: 3,
        })
        .map((pairs) => pairs.flatMap(([k, lines, by, c]) => [`${k}:${c}`, ...indent(lines, by)])),
      fc
        .array(fc.tuple(tie("block") as fc.Arbitrary<Lines>, fc.constantFrom(1, 3)), { minLength: 1, maxLength: 3 })
        .map((items) =>
          items.flatMap(([lines, gap]) => [`-${" ".repeat(gap)}${lines[0] ?? ""}`, ...indent(lines.slice(1), gap + 1)]),
        ),
    ),
  }));
  const document = (block as fc.Arbitrary<Lines>).map((lines) => `${lines.join("\n")}\n`);

  it("agrees with the library on any document it reads, mutilated ones too", () => {
    let read = 0;
    const mutilated = fc
      .tuple(
        fc.oneof(document, fc.constant(MODELS)),
        fc.array(
          fc.tuple(
            fc.nat(2000),
            fc.constantFrom("", " ", "\n", ":", "-", "#", "'", '"', "[", "}", ",", "a", "  ", ": ", "- "),
            fc.nat(2),
          ),
          { maxLength: 3 },
        ),
      )
      .map(([text, edits]) =>
        edits.reduce(
          (now, [at, insert, remove]) =>
            now.slice(0, at % (now.length + 1)) + insert + now.slice((at % (now.length + 1)) + remove),
          text,
        ),
      );
    fc.assert(
      fc.property(mutilated, (text) => {
        const result = both(text);
        if (!result) return;
        read++;
        expect(result.fast).toEqual(result.library);
      }),
      { numRuns: Number(process.env.MESH_PROPERTY_RUNS ?? 3000) },
    );
    // The comparison must not be empty.
    expect(read).toBeGreaterThan(300);
  });
});
