// What a template can ask of the world: relations, configuration, variables, macros; and what it gets back.
import { describe, expect, it } from "vitest";
import { slotToken } from "../../core/manifest/index.ts";
import { failure, libraryOf, render, type World } from "./support.ts";

const text = (template: string, world?: World) => render(template, world).sql.text;

describe("relations", () => {
  it.each<[string, string, unknown]>([
    ["{{ ref('orders') }}", "shop.orders", { name: "orders" }],
    ["{{ ref('catalog', 'routes') }}", "catalog.routes", { project: "catalog", name: "routes" }],
    ["{{ ref('orders', v=2) }}", "shop.orders_v2", { name: "orders", version: 2 }],
    [
      "{{ ref('catalog', 'routes', version='1') }}",
      "catalog.routes_v1",
      { project: "catalog", name: "routes", version: "1" },
    ],
    ["{{ ref('orders', v=none) }}", "shop.orders", { name: "orders" }],
  ])("%s asks for the model and prints a slot", (template, sql, asked) => {
    const rendered = render(template);
    expect(rendered.sql.text).toBe(sql);
    expect(rendered.text).toBe(slotToken(rendered.sql.slots[0]?.model ?? ""));
    expect(rendered.refs).toEqual([asked]);
  });

  it.each([
    [
      "{{ this.schema }}.{{ this.identifier }} {{ this.name }} {{ this.table }} {{ this.render() }}",
      "shop.m m m shop.m",
    ],
    ["{{ source('db', 'orders') }} {{ source('db', 'orders').schema }}", "db.orders db"],
    [
      "{% set r = ref('a') %}{{ r }}{{ ' join ' ~ r }}{{ [r, ref('b')] | join(', ') }}",
      "shop.a join shop.ashop.a, shop.b",
    ],
    [
      "{{ '{} x {}'.format(ref('a'), this) }}{{ '%s' % ref('b') }}{{ 'select * from T' | replace('T', ref('c')) }}",
      "shop.a x shop.mshop.bselect * from shop.c",
    ],
    [
      "{{ ref('a') == ref('a') }}{{ ref('a') == this }}{{ this in [this] }}{{ this is none }}{{ 'y' if this }}{{ {this: 1}[this] }}",
      "TrueFalseTrueFalsey1",
    ],
    ["{% for r in [ref('a'), ref('b')] %}{{ r }}{{ ', ' if not loop.last }}{% endfor %}", "shop.a, shop.b"],
  ])("%s prints %s", (template, expected) => expect(text(template)).toBe(expected));

  it.each([
    "{{ ref('a') | upper }}",
    "{{ (ref('a') ~ '').upper() }}",
    "{{ (ref('a') ~ '') | length }}",
    "{{ (ref('a') ~ '')[1:] }}",
    "{{ (ref('a') ~ '') == 'shop.a' }}",
    "{{ 'shop' in (ref('a') ~ '') }}",
    "{{ (ref('a') ~ '').split('.') }}",
    "{{ [ref('a')] }}",
    "{{ '%-20s' % ref('a') }}",
    "{{ (ref('a') ~ '') | replace('shop', 'x') }}",
    "{{ (ref('a') ~ '').strip('\uE010') }}",
    "select '\uE010shop.other\uE011', {{ ref('a') }}",
  ])("%s is refused: a relation's text is not known yet", (template) =>
    expect(failure(template).code).toBe("template/relation-as-text"),
  );

  it.each(["{{ this.database }}", "{{ this.include(database=false) }}", "{{ ref('a') is iterable }}"])(
    "%s is refused",
    (template) => expect(failure(template).code).toBe("template/unsupported"),
  );

  it.each([
    "{{ ref() }}",
    "{{ ref('a', 'b', 'c') }}",
    "{{ ref('a', package='b') }}",
    "{{ ref('a', v=1, version=2) }}",
    "{{ source('db') }}",
  ])("%s has the wrong arguments", (template) => expect(failure(template).code).toBe("template/wrong-arguments"));

  it("a problem the world reports gets the place of the call", () => {
    expect(failure("select *\nfrom {{ ref('missing') }}")).toMatchObject({
      location: { file: "models/m.sql", line: 2, column: 9 },
    });
  });

  it("without a model being built `this` is refused, and can be asked about", () => {
    expect(failure("{{ this }}", { hasThis: false }).help).toContain("the model being built");
    expect(text("{{ this is defined }}", { hasThis: false })).toBe("False");
  });
});

describe("config", () => {
  it("takes names and dicts, prints nothing, and gives plain data", () => {
    const { config, text: printed } = render(
      "{{ config(materialized='table', tags=['a', 'b'], grants={'select': ('x',)}, ratio=1.0, big=none) }}{{ config({'schedule': 'hourly',}) }}x",
    );
    expect(printed).toBe("x");
    expect(config).toEqual({
      materialized: "table",
      tags: ["a", "b"],
      grants: { select: ["x"] },
      ratio: 1,
      big: null,
      schedule: "hourly",
    });
  });

  it.each([
    [
      "{{ config.get('a') }}{{ config.get('b') }}{{ config.get('b', 'z') }}{{ config.get('n', 'z') }}{{ config.require('a') }}",
      "1NonezNone1",
    ],
    ["{{ config.get('list')[-1] }}{{ config.get('dict').k }}", "2v"],
  ])("%s reads it", (template, expected) =>
    expect(text(template, { configured: { a: 1, n: null, list: [1, 2], dict: { k: "v" } } })).toBe(expected),
  );

  it.each([
    ["{{ config.require('x') }}", "template/raised"],
    ["{{ config.set('x', 1) }}", "template/unsupported"],
    ["{{ config('x') }}", "template/wrong-arguments"],
    ["{{ config(x=undefined_name) }}", "template/undefined"],
    ["{{ config(x=range) }}", "template/wrong-type"],
  ])("%s is refused", (template, code) => expect(failure(template).code).toBe(code));
});

describe("variables and the rest of the context", () => {
  const world = {
    variables: { n: 3, f: 1.5, list: ["a", { b: null }], off: false, nothing: null },
    environment: { HOME_DIR: "/x" },
  };
  it.each([
    [
      "{{ var('n') }}{{ var('n', 9) }}{{ var('missing', 9) }}{{ var('missing', none) }}{{ var('missing', 2.0) }}{{ var('nothing') }}",
      "339None2.0None",
    ],
    [
      "{{ var('f') }}{{ var('list') }}{{ var('list')[1].b is none }}{{ 'on' if var('off') else 'off' }}",
      "1.5['a', {'b': None}]Trueoff",
    ],
    ["{{ var.has_var('n') }}{{ var.has_var('missing') }}", "TrueFalse"],
    ["{{ env_var('HOME_DIR') }}{{ env_var('NOPE', 'd') }}", "/xd"],
    [
      "{{ target.name }}{{ target['type'] }}{{ target.get('x', 'y') }}{{ model.name }}{{ model.tags | join }}",
      "devduckdbymdaily",
    ],
    ["{% if is_incremental() %}i{% else %}f{% endif %}{{ execute }}", "fTrue"],
    ["{{ log('hello', info=true) }}{{ print('x') }}{% do log('y') %}", ""],
    ["{{ tojson({'a': 1}) }}{{ fromjson('[1.0]')[0] }}", '{"a": 1}1.0'],
    [
      "{{ None is none }}{{ True }}{{ dict(a=1, b=2) }}{{ dict([('x', 1)]) }}{{ namespace(a=1).a }}{{ range(3) | list }}",
      "TrueTrue{'a': 1, 'b': 2}{'x': 1}1[0, 1, 2]",
    ],
  ])("%s renders %s", (template, expected) => expect(text(template, world)).toBe(expected));

  it("is_incremental says what the run says", () =>
    expect(text("{{ is_incremental() }}", { incremental: true })).toBe("True"));

  it.each([
    ...[
      "run_query('select 1')",
      "modules.datetime",
      "graph.nodes",
      "flags.FULL_REFRESH",
      "run_started_at",
      "invocation_id",
      "dbt_utils.star(x)",
      "dbt.date_trunc('day', 'x')",
    ],
    ...[
      "adapter.get_relation(x)",
      "exceptions.warn('x')",
      "load_result('x')",
      "schema",
      "builtins.ref('x')",
      "local_md5('x')",
      "statement",
    ],
  ])("{{ %s }} of dbt is refused with what to do instead", (expression) => {
    const error = failure(`{{ ${expression} }}`);
    expect(error.code).toBe("template/unsupported");
    expect(error.help.length).toBeGreaterThan(15);
  });

  it.each([
    ...[
      "{% test t(m) %}x{% endtest %}",
      "{% materialization m, default %}{% endmaterialization %}",
      "{% snapshot s %}{% endsnapshot %}",
      "{% docs d %}{% enddocs %}",
    ],
    ...[
      "{% include 'x' %}",
      "{% import 'x' as y %}",
      "{% from 'x' import y %}",
      "{% extends 'x' %}",
      "{% block b %}{% endblock %}",
      "{% print 1 %}",
      "{% switch x %}{% endswitch %}",
    ],
    ...[
      "{% for x in y recursive %}{% endfor %}",
      "{% for x in [1] if loop.first %}{% endfor %}",
      "{{ 'x' | escape }}",
      "{{ [1] | random }}",
      "{{ 'x' is escaped }}",
      "{{ 'a'.encode() }}",
    ],
    ...["{{ ('a' | safe) | upper }}", "{{ '%#x' % 5 }}", "{{ '{a.b}'.format(a=1) }}", "{{ 1 is sameas 1 }}"],
  ])("%s is refused, also where it would never run", (template) => {
    expect(failure(template).code).toBe("template/unsupported");
    if (/^\{%|escape|random/.test(template))
      expect(failure(`{% if false %}${template}{% endif %}`).code).toBe("template/unsupported");
  });

  it.each([
    "{{ range.constructor('return 1')() }}",
    "{{ ''.constructor }}",
    "{{ [].__proto__ }}",
    "{{ {}.constructor }}",
    "{{ {}['__proto__'] }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ ref.prototype }}",
    "{{ this.constructor }}",
    "{{ target.__proto__ }}",
    "{{ [].map }}",
    "{{ ''.toUpperCase() }}",
    "{{ toString() }}",
    "{{ hasOwnProperty }}",
    "{{ 'x' | constructor }}",
    "{{ 1 is constructor }}",
    "{% constructor %}",
  ])("%s reaches nothing of JavaScript", (template) => expect(failure(template).code).toMatch(/^template\//));

  it("a dict may hold keys with JavaScript's names", () => {
    expect(text("{{ {'constructor': 1, '__proto__': 2} }}{{ {'constructor': 1}['constructor'] }}")).toBe(
      "{'constructor': 1, '__proto__': 2}1",
    );
    expect(Object.getPrototypeOf(render("{{ config({'a': {'b': 1}}) }}").config)).toBe(Object.prototype);
  });
});

describe("macros", () => {
  const world: World = {
    shared: {
      "macros/a.sql":
        "{# doc #}\ntext\n{% macro one(x) %}shared {{ x }}{% endmacro %}\n{% macro both() %}{{ one(2) }}{% endmacro %}",
      "macros/b.sql":
        "{% macro value(x) %}{% if x %}ignored {{ return([x, none]) }}{% endif %}{{ return({'k': x}) }}{% endmacro %}{% macro wrap() %}<{{ caller() }}>{% endmacro %}",
      "macros/c.sql":
        "{% macro pick() %}{{ adapter.dispatch('pick')() }}{% endmacro %}{% macro default__pick() %}any{% endmacro %}{% macro bigquery__pick() %}bq{% endmacro %}",
    },
    project: {
      "projects/p/macros/a.sql":
        "{% macro one(x) %}project {{ x }}{% endmacro %}{% macro first(xs) %}{% for x in xs %}{% do return(x) %}{% endfor %}{% endmacro %}",
    },
  };
  it.each([
    ["{{ one(1) }}", "project 1", ["projects/p/macros/a.sql:one"]],
    ["{{ mesh.one(1) }}", "shared 1", ["macros/a.sql:one"]],
    ["{{ both() }}", "project 2", ["macros/a.sql:both", "projects/p/macros/a.sql:one"]],
    ["{{ value(3)[0] + 1 }}{{ value(0).k }}", "40", ["macros/b.sql:value"]],
    ["{{ first([7, 8]) }}{{ first([]) }}|", "7|", ["projects/p/macros/a.sql:first"]],
    ["{% call wrap() %}{{ one(1) }}{% endcall %}", "<project 1>", ["macros/b.sql:wrap", "projects/p/macros/a.sql:one"]],
    ["{{ pick() }}", "any", ["macros/c.sql:default__pick", "macros/c.sql:pick"]],
    ["{% set one = 5 %}{{ one }}", "5", []],
    [
      "{% set m = one %}{{ m(9) }}{{ mesh.nope is defined }}{{ one is callable }}",
      "project 9FalseTrue",
      ["projects/p/macros/a.sql:one"],
    ],
  ])("%s", (template, expected, macros) => {
    const rendered = render(template, world);
    expect(rendered.text).toBe(expected);
    expect(rendered.macros).toEqual(macros);
  });

  it("dispatch follows the target's type", () =>
    expect(text("{{ pick() }}", { ...world, target: { type: "bigquery" } })).toBe("bq"));

  it("a macro does not see what the calling template has set", () => {
    expect(
      failure("{% set n = 1 %}{{ m() }}", { shared: { "m.sql": "{% macro m() %}{{ n }}{% endmacro %}" } }).code,
    ).toBe("template/undefined");
  });

  it("a return inside a call block returns from the macro that called it, as in dbt", () => {
    const shared = {
      "m.sql":
        "{% macro outer() %}a{% call wrap() %}{{ return('out') }}{% endcall %}b{% endmacro %}{% macro wrap() %}{{ caller() }}{% endmacro %}",
    };
    expect(text("{{ outer() }}", { shared })).toBe("aoutb");
  });

  it.each<[string, World, string, object]>([
    ["a syntax error", { shared: { "m.sql": "\n{% macro m( %}" } }, "template/syntax", { file: "m.sql", line: 2 }],
    [
      "a set outside",
      { shared: { "m.sql": "{% set x = 1 %}" } },
      "template/macro-file-content",
      { file: "m.sql", line: 1 },
    ],
    [
      "a reserved name",
      { project: { "m.sql": "{% macro ref() %}{% endmacro %}" } },
      "template/macro-reserved-name",
      { file: "m.sql", line: 1 },
    ],
    [
      "a name taken",
      { shared: { "a.sql": "{% macro m() %}{% endmacro %}", "b.sql": "{% macro m() %}{% endmacro %}" } },
      "template/duplicate-macro",
      { file: "b.sql" },
    ],
    [
      "an unknown filter",
      { shared: { "m.sql": "{% macro m() %}{{ 1 | uper }}{% endmacro %}" } },
      "template/unknown-filter",
      { file: "m.sql", line: 1, column: 23 },
    ],
  ])("%s in a file of macros is told with its place", (_name, broken, code, location) => {
    expect(libraryOf(broken).diagnostics).toMatchObject([{ level: "error", code, location }]);
  });
});

describe("the hash of a macro", () => {
  const hash = (files: Record<string, string>, id: string, project: Record<string, string> = {}) =>
    libraryOf({ shared: files, project }).hashes[id];
  const base = {
    "m.sql":
      "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ c() }}{% endmacro %}{% macro c() %}1{% endmacro %}{% macro d() %}1{% endmacro %}",
  };

  it("covers what it calls, directly or not, and nothing else", () => {
    const changed = (from: string, to: string) => ({ "m.sql": base["m.sql"].replace(from, to) });
    const c = changed("c() %}1", "c() %}2");
    expect(hash(c, "m.sql:a")).not.toBe(hash(base, "m.sql:a"));
    expect(hash(c, "m.sql:d")).toBe(hash(base, "m.sql:d"));
    const d = changed("d() %}1", "d() %}2");
    expect(hash(d, "m.sql:a")).toBe(hash(base, "m.sql:a"));
    expect(hash(d, "m.sql:d")).not.toBe(hash(base, "m.sql:d"));
  });

  it("follows a project's macro that takes the place of a shared one", () => {
    expect(hash(base, "m.sql:a", { "p.sql": "{% macro c() %}3{% endmacro %}" })).not.toBe(hash(base, "m.sql:a"));
  });

  it.each([
    ["dispatch", "{% macro a() %}{{ adapter.dispatch('x')() }}{% endmacro %}{% macro default__x() %}1{% endmacro %}"],
    [
      "dispatch by a computed name",
      "{% macro a(n) %}{{ adapter.dispatch(n)() }}{% endmacro %}{% macro default__x() %}1{% endmacro %}",
    ],
    ["mesh.", "{% macro a() %}{{ mesh.x() }}{% endmacro %}{% macro x() %}1{% endmacro %}"],
    ["a default", "{% macro a(n=x()) %}{{ n }}{% endmacro %}{% macro x() %}1{% endmacro %}"],
    [
      "a value passed on",
      "{% macro a() %}{{ [1] | map('string') }}{% set f = x %}{{ f() }}{% endmacro %}{% macro x() %}1{% endmacro %}",
    ],
    ["a call block", "{% macro a() %}{% call x() %}1{% endcall %}{% endmacro %}{% macro x() %}1{% endmacro %}"],
    [
      "a macro that calls itself",
      "{% macro a() %}{{ a() }}{{ x() }}{% endmacro %}{% macro x() %}{{ a() }}1{% endmacro %}",
    ],
  ])("covers a macro reached by %s", (_name, content) => {
    expect(hash({ "m.sql": content.replace(/1(?=\{% endmacro %\}$)/, "2") }, "m.sql:a")).not.toBe(
      hash({ "m.sql": content }, "m.sql:a"),
    );
  });
});
