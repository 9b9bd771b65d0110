// Tests order, cycles and walks of the graph.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ancestorsOf, buildGraph, descendantsOf, findCycles } from "../../core/graph/index.ts";

const nodes = (sketch: Readonly<Record<string, string>>) =>
  new Map(Object.entries(sketch).map(([id, reads]) => [id, reads.split(" ").filter(Boolean)]));

/** A graph of up to `size` nodes; edges go anywhere unless `acyclic`. */
const anyGraph = (size: number, acyclic: boolean) =>
  fc.array(fc.array(fc.nat(size - 1), { maxLength: 4 }), { minLength: 1, maxLength: size }).map((lists) => {
    const name = (i: number) => `p.m${String(i).padStart(2, "0")}`;
    return new Map(
      lists.map((edges, i) => [
        name(i),
        [...new Set(edges)].filter((j) => j < lists.length && (!acyclic || j < i)).map(name),
      ]),
    );
  });

const shuffled = (map: ReadonlyMap<string, readonly string[]>) =>
  new Map([...map].reverse().map(([id, reads]) => [id, [...reads].reverse()]));

describe("buildGraph", () => {
  it("orders by level, then by id", () => {
    const graph = buildGraph(nodes({ z: "", a: "z", b: "", c: "a b", d: "b" }));
    expect(graph.order).toEqual(["b", "z", "a", "d", "c"]);
    expect(graph.children.get("b")).toEqual(["c", "d"]);
  });

  it("leaves parents outside the graph out", () => {
    const graph = buildGraph(nodes({ a: "gone", b: "a a" }));
    expect(graph.parents.get("a")).toEqual([]);
    expect(graph.parents.get("b")).toEqual(["a"]);
  });

  it("puts every node after all it reads, whatever order they were given in", () => {
    fc.assert(
      fc.property(anyGraph(30, true), (given) => {
        const graph = buildGraph(given);
        const place = new Map(graph.order.map((id, i) => [id, i]));
        expect(graph.order).toHaveLength(given.size);
        for (const [id, reads] of given)
          for (const parent of reads) expect(place.get(parent)).toBeLessThan(place.get(id) as number);
        expect(buildGraph(shuffled(given))).toEqual(graph);
      }),
    );
  });

  it("orders exactly the nodes that are neither on nor behind a cycle", () => {
    fc.assert(
      fc.property(anyGraph(12, false), (given) => {
        const graph = buildGraph(given);
        const onCycle = findCycles(given).flatMap(({ members }) => members);
        const behind = descendantsOf(graph, onCycle);
        const ordered = [...given.keys()].filter((id) => !onCycle.includes(id) && !behind.has(id));
        expect([...graph.order].sort()).toEqual(ordered.sort());
      }),
    );
  });

  it("handles a chain of 100,000 without overflow and in linear time", () => {
    const chain = new Map(Array.from({ length: 100_000 }, (_, i) => [`m${i}`, i === 0 ? [] : [`m${i - 1}`]]));
    expect(buildGraph(chain).order).toHaveLength(100_000);
    expect(findCycles(chain)).toEqual([]);
    chain.set("m0", ["m99999"]);
    expect(findCycles(chain)[0]?.path).toHaveLength(100_001);
  });
});

describe("findCycles", () => {
  it.each([
    ["a model that reads itself", { a: "a" }, [["a", "a"]]],
    ["two models", { "x.a": "y.b", "y.b": "x.a" }, [["x.a", "y.b", "x.a"]]],
    [
      "two knots",
      { a: "b", b: "a", c: "d", d: "e", e: "c b" },
      [
        ["a", "b", "a"],
        ["c", "d", "e", "c"],
      ],
    ],
    ["the shortest way round a knot", { a: "b", b: "c", c: "a d", d: "c" }, [["c", "d", "c"]]],
    ["no cycle in a diamond", { a: "", b: "a", c: "a", d: "b c" }, []],
  ])("finds %s", (_name, sketch, paths) => {
    expect(findCycles(nodes(sketch as Record<string, string>)).map(({ path }) => path)).toEqual(paths);
  });

  it("gives a real way round for every knot, and none for a graph without", () => {
    fc.assert(
      fc.property(anyGraph(12, false), (given) => {
        for (const { path, members } of findCycles(given)) {
          expect(path[0]).toBe(path.at(-1));
          for (let i = 0; i + 1 < path.length; i++) expect(given.get(path[i] as string)).toContain(path[i + 1]);
          expect(members).toEqual([...members].sort());
        }
        const knots = new Set(findCycles(given).flatMap(({ members }) => members));
        for (const id of given.keys()) {
          const graph = buildGraph(given);
          expect(descendantsOf(graph, [id]).has(id)).toBe(knots.has(id));
        }
      }),
    );
  });
});

describe("walking", () => {
  const graph = buildGraph(nodes({ a: "", b: "a", c: "b", d: "c a" }));

  it("stops at the depth given", () => {
    expect([...ancestorsOf(graph, ["d"], 1)].sort()).toEqual(["a", "c"]);
    expect([...ancestorsOf(graph, ["d"], 0)]).toEqual([]);
    expect([...descendantsOf(graph, ["a"], 1)].sort()).toEqual(["b", "d"]);
    expect([...descendantsOf(graph, ["a"])].sort()).toEqual(["b", "c", "d"]);
  });

  it("has y above x exactly when x is below y", () => {
    fc.assert(
      fc.property(anyGraph(10, true), fc.nat(4), (given, depth) => {
        const made = buildGraph(given);
        for (const x of given.keys())
          for (const y of ancestorsOf(made, [x], depth)) expect(descendantsOf(made, [y], depth).has(x)).toBe(true);
      }),
    );
  });
});
