// Tests the grammar and the meaning of selections.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MeshError } from "../../core/errors/index.ts";
import {
  buildGraph,
  explainSelection,
  type ModelSelection,
  refuseUnmatched,
  selectModels,
} from "../../core/graph/index.ts";
import type { Manifest, Model } from "../../core/manifest/index.ts";
import { sketchManifest } from "../support/manifest.ts";

function mesh(): Manifest {
  const sketch = sketchManifest({
    "bookings.orders": { kind: "snapshot", source: "bookings.shop_db.orders" },
    "bookings.stg_orders": { reads: ["bookings.orders"] },
    "bookings.daily": {
      reads: ["bookings.stg_orders", "catalog.routes"],
      config: { unique_key: ["day"], full_refresh: false },
    },
    "catalog.routes": { kind: "seed" },
    "catalog.stg_routes": { reads: ["catalog.routes"] },
    "finance.revenue": { reads: ["bookings.daily"] },
  });
  const change = (id: string, fields: Partial<Model>) => ({ [id]: { ...(sketch.models[id] as Model), ...fields } });
  const project = (name: string) => ({ name, path: `projects/${name}`, owner: { team: name }, schedules: {} });
  return {
    ...sketch,
    projects: { bookings: project("bookings"), catalog: project("catalog"), finance: project("finance") },
    models: {
      ...sketch.models,
      ...change("bookings.orders", { location: { file: "projects/bookings/models/snapshots/_snapshots.yml" } }),
      ...change("bookings.stg_orders", {
        location: { file: "projects/bookings/models/staging/stg_orders.sql" },
        tags: ["staging"],
        access: "private",
        group: "core",
      }),
      ...change("bookings.daily", {
        location: { file: "projects/bookings/models/marts/daily.sql" },
        propertiesLocation: { file: "projects/bookings/models/marts/_marts.yml" },
        materialized: "incremental",
        tags: ["daily", "mart"],
        schedule: "hourly",
        owner: { team: "Bookings Team", email: "b@example.com" },
      }),
      ...change("catalog.routes", { location: { file: "projects/catalog/seeds/routes.csv" } }),
      ...change("finance.revenue", { tags: ["mart"], meta: { tier: 1 } }),
    },
  };
}

const manifest = mesh();
const graphOf = (of: Manifest) =>
  buildGraph(new Map(Object.values(of.models).map((model) => [model.id, model.dependsOn.models])));
const graph = graphOf(manifest);
const select = (selection: ModelSelection) => [...selectModels(manifest, graph, selection)].sort();

const O = "bookings.orders";
const SO = "bookings.stg_orders";
const D = "bookings.daily";
const R = "catalog.routes";
const SR = "catalog.stg_routes";
const F = "finance.revenue";

describe("selectModels", () => {
  it.each<[string, readonly string[]]>([
    ["daily", [D]],
    ["bookings.daily", [D]],
    ["bookings.marts.daily", [D]],
    ["marts.daily", [D]],
    ["staging", [SO]],
    ["marts", [D]],
    ["bookings", [D, O, SO]],
    ["fqn:bookings", [D, O, SO]],
    ["stg_*", [SO, SR]],
    ["bookings.stag*", [SO]],
    ["bookings.*", [D, O, SO]],
    ["*.staging.*", [SO]],
    ["?aily", [D]],
    ["[do]*r?", [O]],
    ["[dr]*", [D, R, F]],
    ["[!bc]*", [D, O, SO, R, SR, F]],
    ["day", []],
    ["+daily", [D, O, SO, R]],
    ["1+daily", [D, SO, R]],
    ["0+daily", [D]],
    ["stg_orders+", [D, SO, F]],
    ["stg_orders+1", [D, SO]],
    ["1+stg_orders+1", [D, O, SO]],
    ["@stg_orders", [D, O, SO, R, F]],
    ["@stg_routes", [R, SR]],
    ["tag:mart", [D, F]],
    ["tag:m*", [D, F]],
    ["tag:mart,bookings", [D]],
    ["tag:mart,+revenue", [D, F]],
    ["daily stg_routes", [D, SR]],
    ["path:projects/bookings/models/marts", [D]],
    ["projects/bookings/models/marts/", [D]],
    ["./projects/bookings/models/marts/daily.sql", [D]],
    ["path:models/staging", [SO]],
    ["path:projects/*/models", [D, O, SO, SR, F]],
    ["path:projects/*/*.sql", []],
    ["path:projects/**/*.sql", [D, SO, SR, F]],
    ["path:projects/bookings/models/marts/_marts.yml", [D]],
    ["daily.sql", [D]],
    ["file:daily", [D]],
    ["file:stg_*.sql", [SO, SR]],
    ["file:_marts.yml", [D]],
    ["project:catalog", [R, SR]],
    ["project:*s", [D, O, SO]],
    ["owner:bookings", [O, SO]],
    ["owner:bookings?team", [D]],
    ["owner:b@example.com", [D]],
    ["access:private", [SO]],
    ["group:core", [SO]],
    ["schedule:hourly", [D]],
    ["config.materialized:incremental", [D]],
    ["config.unique_key:day", [D]],
    ["config.full_refresh:False", [D]],
    ["config.tags:mart", [D, F]],
    ["config.meta.tier:1", [F]],
    ["config.meta:tier", [F]],
    ["config.contract.enforced:true", []],
    ["resource_type:seed", [R]],
    ["resource_type:snapshot", [O]],
    ["resource_type:model", [D, SO, SR, F]],
    ["source:shop_db", [O]],
    ["source:shop_db.orders+1", [O, SO]],
    ["source:bookings.shop_db.*", [O]],
    ["source:other", []],
    ["+tag:daily,resource_type:s*", [O, R]],
  ])("selects %s", (text, expected) => {
    expect(select({ select: [text] })).toEqual([...expected].sort());
  });

  it("means every model without select, and takes exclude away", () => {
    expect(select({})).toEqual([D, O, SO, R, SR, F].sort());
    expect(select({ exclude: ["project:bookings", "stg_routes"] })).toEqual([R, F]);
    expect(select({ select: ["+revenue"], exclude: ["+daily"] })).toEqual([F]);
    expect(select({ select: [] })).toEqual([]);
  });

  it.each([
    ["@daily+", "selection/at-with-children", "`@daily`"],
    ["daily,", "selection/empty-term", ""],
    ["tag:", "selection/empty-term", ""],
    ["+", "selection/empty-term", ""],
    ["tags:mart", "selection/unknown-method", "`tag:`"],
    ["package:bookings", "selection/unknown-method", "`project:`"],
    ["config:x", "selection/unknown-method", "config.<key>"],
    ["tag.x:y", "selection/unknown-method", "Methods are"],
  ])("refuses %s", (text, code, help) => {
    let caught: unknown;
    try {
      select({ select: [text] });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(MeshError);
    expect(caught).toMatchObject({ code, help: expect.stringContaining(help) });
  });

  it.each([
    ["dialy", "`daily`"],
    ["bookings.dialy", "`bookings.daily`"],
    ["tag:marts", "`tag:mart`"],
    ["project:boking", "`project:bookings`"],
    ["config.materialized:incremetal", "`config.materialized:incremental`"],
    ["source:shop_bd", "`source:shop_db`"],
    ["zzzzzzzzzzzz", "mesh ls"],
  ])("says that %s matches nothing and what may be meant", (text, help) => {
    const [diagnostic, ...others] = explainSelection(manifest, graph, { select: [text] });
    expect(others).toEqual([]);
    expect(diagnostic).toMatchObject({ code: "selection/matches-nothing", level: "warning" });
    expect(diagnostic?.help).toContain(help);
  });

  it("says nothing about terms that match", () => {
    expect(explainSelection(manifest, graph, { select: ["+daily"], exclude: ["tag:mart"] })).toEqual([]);
  });

  it("says that an intersection is empty although each part of it matches", () => {
    const [diagnostic, ...others] = explainSelection(manifest, graph, { select: ["daily", "tag:staging,tag:mart"] });
    expect(others).toEqual([]);
    expect(diagnostic?.message).toBe("`tag:staging,tag:mart` in --select matches no model.");
  });

  it("refuses a selection of which no term matches, and tells all of them", () => {
    const refused = () => refuseUnmatched(manifest, { select: ["dialy", "tag:marts,zzzzzzzz"] });
    expect(refused).toThrow("`dialy`, `tag:marts` and `zzzzzzzz` in --select match no model.");
    expect(refused).toThrow(
      expect.objectContaining({ help: "Did you mean `daily` and `tag:mart`? `mesh ls` shows every model." }),
    );
  });

  it("names the projects that do not compile: the model may be theirs", () => {
    const broken: Manifest = {
      ...manifest,
      diagnostics: [
        { level: "error", code: "x/y", message: "", help: "", project: "sales" },
        { level: "warning", code: "x/y", message: "", help: "", project: "catalog" },
      ],
    };
    expect(() => refuseUnmatched(broken, { select: ["zzzzzzzz"] })).toThrow(
      expect.objectContaining({ help: expect.stringContaining("(sales): see `mesh compile`") }),
    );
  });

  it.each([
    ["one of several terms matches", { select: ["daily", "dialy"] }],
    ["nothing was selected by name", {}],
    ["the selection is empty text", { select: [""] }],
    ["only what is excluded is unknown", { select: ["daily"], exclude: ["dialy"] }],
  ])("does not refuse when %s", (_when, selection) => {
    expect(() => refuseUnmatched(manifest, selection)).not.toThrow();
  });
});

// A second, naive meaning of the grammar: sets by filtering pairs of the transitive closure.
describe("selection algebra", () => {
  const random = fc
    .array(fc.tuple(fc.array(fc.nat(9), { maxLength: 3 }), fc.subarray(["red", "blue"])), {
      minLength: 1,
      maxLength: 10,
    })
    .map((rows) => {
      const id = (i: number) => `p${i % 2}.m${i}`;
      const sketch = sketchManifest(
        Object.fromEntries(
          rows.map(([reads], i) => [id(i), { reads: [...new Set(reads)].filter((j) => j < i).map(id) }]),
        ),
      );
      const models = Object.fromEntries(
        Object.values(sketch.models).map((model, i) => [model.id, { ...model, tags: rows[i]?.[1] ?? [] }]),
      );
      return { ...sketch, models };
    });
  const core = fc.oneof(
    fc.nat(10).map((i) => `m${i}`),
    fc.constantFrom("tag:red", "tag:blue", "project:p0", "project:p1", "resource_type:model", "m*", "m[0-4]"),
  );
  const depth = fc.constantFrom("", "", "0", "1", "2");
  const term = fc.oneof(
    core.map((text) => `@${text}`),
    fc
      .tuple(fc.option(depth), core, fc.option(depth))
      .map(([up, text, down]) => `${up === null ? "" : `${up}+`}${text}${down === null ? "" : `+${down}`}`),
  );
  const selection = fc.array(fc.array(term, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });

  function naive(of: Manifest, union: readonly (readonly string[])[]): string[] {
    const models = Object.values(of.models);
    const within = (from: string, to: string, steps: number): boolean =>
      steps > 0 && (of.models[from]?.dependsOn.models.some((p) => p === to || within(p, to, steps - 1)) ?? false);
    const base = (text: string, m: Model): boolean => {
      if (text.startsWith("tag:")) return m.tags.includes(text.slice(4));
      if (text.startsWith("project:")) return m.project === text.slice(8);
      if (text === "resource_type:model" || text === "m*") return true;
      if (text === "m[0-4]") return /^m[0-4]$/.test(m.name);
      return m.name === text;
    };
    const has = (text: string, m: Model): boolean => {
      if (text.startsWith("@")) {
        const roots = models.filter((x) => base(text.slice(1), x));
        const down = models.filter((x) => roots.some((r) => r === x || within(x.id, r.id, 99)));
        return down.some((d) => d === m || within(d.id, m.id, 99));
      }
      const [, up, , bare = "", down] = /^((\d*)\+)?(.*?)(\+\d*)?$/.exec(text) ?? [];
      const steps = (part: string) => (part.replace("+", "") === "" ? 99 : Number(part.replace("+", "")));
      return models.some(
        (root) =>
          base(bare, root) &&
          (root === m ||
            (up !== undefined && within(root.id, m.id, steps(up))) ||
            (down !== undefined && within(m.id, root.id, steps(down)))),
      );
    };
    return models
      .filter((m) => union.some((terms) => terms.every((text) => has(text, m))))
      .map((m) => m.id)
      .sort();
  }

  it("agrees with the naive meaning", () => {
    fc.assert(
      fc.property(random, selection, selection, (of, wanted, unwanted) => {
        const text = (union: readonly (readonly string[])[]) => union.map((terms) => terms.join(",")).join(" ");
        const made = graphOf(of);
        const chosen = [...selectModels(of, made, { select: [text(wanted)] })].sort();
        expect(chosen).toEqual(naive(of, wanted));
        const rest = [...selectModels(of, made, { select: [text(wanted)], exclude: [text(unwanted)] })].sort();
        const gone = new Set(naive(of, unwanted));
        expect(rest).toEqual(chosen.filter((id) => !gone.has(id)));
      }),
      { numRuns: 300 },
    );
  });

  it("unites and intersects in any order, and a + never loses a model", () => {
    fc.assert(
      fc.property(random, term, term, core, (of, a, b, plain) => {
        const made = graphOf(of);
        const chosen = (text: string) => [...selectModels(of, made, { select: [text] })].sort();
        expect(chosen(`${a} ${b}`)).toEqual(chosen(`${b} ${a}`));
        expect(chosen(`${a},${b}`)).toEqual(chosen(`${b},${a}`));
        expect(chosen(`${a},${a}`)).toEqual(chosen(a));
        for (const wider of [`+${plain}`, `${plain}+`, `1+${plain}`, `@${plain}`])
          expect(chosen(wider)).toEqual(expect.arrayContaining(chosen(plain)));
        expect(chosen(`+${plain}`)).toEqual(expect.arrayContaining(chosen(`1+${plain}`)));
      }),
    );
  });
});
