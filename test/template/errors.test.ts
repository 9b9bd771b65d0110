// Every failure of a template says what, where and what next; and the map leads from the SQL back to the template.
import { describe, expect, it } from "vitest";
import { bindSql } from "../../core/manifest/index.ts";
import { failure, render, type World } from "./support.ts";

describe("an error has its place", () => {
  it.each<[string, string, [number, number], RegExp]>([
    ["select {{ oders }}\n{% set orders = 1 %}", "template/undefined", [1, 11], /"oders" is not defined/],
    ["{% set orders = 1 %}\nselect {{ oders }}", "template/undefined", [2, 11], /Did you mean "orders"\?/],
    ["a\r\nb {{ rf('x') }}", "template/undefined", [2, 6], /Did you mean "ref"\?/],
    ["{{ null }}", "template/undefined", [1, 4], /"null"/],
    ["x\n  {{ target.nam }}", "template/undefined-attribute", [2, 13], /has no attribute nam\. Did you mean "name"\?/],
    ["{{ 1 + target.nope.x }}", "template/undefined-attribute", [1, 20], /nope/],
    ["{{ [1][5] }}", "template/undefined-attribute", [1, 7], /no item 5/],
    ["{{ 'a' | uper }}", "template/unknown-filter", [1, 10], /Did you mean "upper"\?/],
    ["{{ 1 is defned }}", "template/unknown-test", [1, 9], /Did you mean "defined"\?/],
    ["{% iff x %}", "template/syntax", [1, 4], /no tag \{% iff %\}/],
    ["a\n{% if x %}\n{% for y in z %}\n{% endfor %}", "template/syntax", [2, 4], /\{% if %\} is never closed/],
    ["{% if x %}{% endfor %}", "template/syntax", [1, 14], /closes nothing here/],
    ["{{ 'abc }}", "template/syntax", [1, 4], /string is never closed/],
    ["{{ ref('a' }}", "template/syntax", [1, 12], /the bracket "\(" is not closed before "\}"/],
    ["x {{ 1 + ", "template/syntax", [1, 3], /never closed/],
    ["{{ 'a' + 1 }}", "template/wrong-type", [1, 8], /"\+" does not work on a string and a int/],
    ["\n{{ none.x }}", "template/undefined-attribute", [2, 9], /none has no attribute x/],
    ["{{ 5() }}", "template/wrong-type", [1, 4], /cannot be called/],
    ["{{ 'a'.upper(1) }}", "template/wrong-arguments", [1, 8], /takes no arguments/],
    ["{{ range(10000000) }}", "template/limit", [1, 4], /range/],
    ["{{ 'x' * 100000000 }}", "template/limit", [1, 8], /characters/],
    [
      "{% for a in range(3000) %}{% for b in range(3000) %}{% endfor %}{% endfor %}",
      "template/limit",
      [1, 30],
      /five million/,
    ],
    ["{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "template/limit", [1, 19], /each other/],
    ["{{ " + "(".repeat(30_000) + "1" + ")".repeat(30_000) + " }}", "template/limit", [1, 1], /too deep/],
    ["{{ exceptions.raise_compiler_error('no ' ~ 1) }}", "template/raised", [1, 15], /^no 1$/],
    ["{{ return(1) }}", "template/unsupported", [1, 4], /outside of a macro/],
    ["{{ range }}", "template/wrong-type", [1, 4], /range is a function/],
    ["{% set x = {} %}{% set x.a = 1 %}", "template/wrong-type", [1, 24], /Only attributes of a namespace/],
    ["{% set a, b = [1] %}", "template/wrong-type", [1, 8], /1 values cannot be unpacked into 2/],
  ])("%s", (template, code, [line, column], message) => {
    const error = failure(template);
    expect({ code: error.code, location: error.location }).toEqual({
      code,
      location: { file: "models/m.sql", line, column },
    });
    expect(error.message).toMatch(message);
    expect(error.help).not.toBe("");
    expect(`${error.message}${error.help}`).not.toMatch(/\bat \S+ \(|node_modules|\.ts:\d/);
  });
});

describe("an error that came through a macro", () => {
  const world: World = {
    shared: {
      "macros/m.sql":
        "{% macro inner(x) %}\n  {{ x.nope }}\n{% endmacro %}\n{% macro outer(x) %}{{ inner(x) }}{% endmacro %}\n{% macro strict() %}\n{{ exceptions.raise_compiler_error('use it well') }}{% endmacro %}\n{% macro asks() %}{{ ref('missing') }}{% endmacro %}",
    },
  };

  it("that the macro made is placed in the macro and names the call", () => {
    const error = failure("select\n  {{ outer({}) }}", world);
    expect(error.location).toEqual({ file: "macros/m.sql", line: 2, column: 8 });
    expect(error.message).toContain('(In the macro "inner", called at models/m.sql:2:6.)');
  });

  it.each([
    ["{{ strict() }}", 'Raised by the macro "strict", macros/m.sql:6:15'],
    ["{{ asks() }}", 'Raised by the macro "asks", macros/m.sql:7:22'],
  ])("%s: what the caller did wrong is placed at the call and names the macro", (call, message) => {
    const error = failure(`select\n  ${call}`, world);
    expect(error.location).toEqual({ file: "models/m.sql", line: 2, column: 6 });
    expect(error.message).toContain(message);
  });

  it.each([
    ["{{ outer() }}", "template/undefined", '"x" is not defined'],
    ["{{ outer(1, 2) }}", "template/wrong-arguments", "takes at most 1, but 2 were given"],
    ["{{ outer(y=1) }}", "template/wrong-arguments", "takes no argument called y"],
    ["{% call outer(1) %}{% endcall %}", "template/wrong-arguments", "takes no body"],
  ])("%s says how the macro is called", (template, code, message) => {
    const error = failure(template, world);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.help).toMatch(/(outer|inner)\(x\)/);
  });

  it("leaves the next rendering alone", () => {
    failure("{{ outer({}) }}", world);
    expect(render("{{ outer({'nope': 1}) }}", world).text.trim()).toBe("1");
  });
});

describe("the map", () => {
  const located = (template: string, needle: string, world?: World) => {
    const { sql } = render(template, world);
    const bound = bindSql(sql, (model) => `"build of ${model}"`);
    const offset = bound.text.indexOf(needle);
    expect(offset).toBeGreaterThanOrEqual(0);
    const place = bound.locate(offset);
    return place && [place.line, place.column];
  };
  const world = { shared: { "m.sql": "{% macro two() %}first,\nsecond{% endmacro %}" } };

  it.each<[string, string, string, [number, number]]>([
    ["plain text", "select\n  bad_column\nfrom t", "bad_column", [2, 3]],
    ["text behind a relation", "select *\nfrom {{ ref('orders') }} o\nwhere bad_column", "bad_column", [3, 7]],
    ["text behind a relation on its line", "from {{ ref('orders') }} bad_alias", "bad_alias", [1, 26]],
    [
      "text behind a tag that leaves nothing",
      "{{ config(materialized='table') }}\n{% set x = [\n1,\n] %}\nselect bad",
      "bad",
      [5, 8],
    ],
    ["text behind trimmed space", "a\n\n  {%- if true -%}\n\n  bad\n{%- endif %}", "bad", [5, 3]],
    ["text in a loop", "{% for i in [1, 2] %}\n  col{{ i }},\n{% endfor %}\nbad", "bad", [4, 1]],
    ["the second turn of a loop", "{% for i in [1, 2] %}\n  c{{ i }} as col{{ i }},{% endfor %}", "as col2", [2, 12]],
    ["an expression", "select\n  {{ 'bad' }}", "bad", [2, 6]],
    ["text a macro made", "select\n  {{ two() }},\n  third", "second", [2, 6]],
    ["text behind what a macro made", "select\n  {{ two() }},\n  third", "third", [3, 3]],
    ["raw text", "{% raw %}\n{{ bad }}{% endraw %}", "bad", [2, 4]],
    ["text after Windows newlines", "a\r\nb\r\n{{ 1 }} bad", "bad", [3, 9]],
  ])("leads from %s to the template", (_name, template, needle, place) =>
    expect(located(template, needle, world)).toEqual(place),
  );
});

describe("rendering", () => {
  it("is the same every time, also from the cache", () => {
    const template =
      "{% set l = [] %}{% do l.append(1) %}{{ l }}{% set c = cycler(1, 2) %}{{ c.next() }}{{ [1, 2] | map('string') | list }}";
    expect(render(template)).toEqual(render(template));
    expect(render(template).text).toBe("[1]1['1', '2']");
  });

  it("names the file of the template at hand, though another with the same text was read first", () => {
    expect(failure("{{ same_text }}").location?.file).toBe("models/m.sql");
    expect(() => render("{{ same_text }}", {}, undefined, "models/other.sql")).toThrowError(
      expect.objectContaining({ location: { file: "models/other.sql", line: 1, column: 4 } }),
    );
  });
});
