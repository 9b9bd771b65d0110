// The order of the folders of core: who may know whom.
import { expect, test } from "vitest";
import { filesIn, type Import, importsOf, placeOf, readSource, SOURCES } from "../support/source-files.ts";

const LAYERS: readonly (readonly string[])[] = [
  ["util", "errors"],
  ["manifest"],
  // Below the stores and the warehouses: both arms of loss accounting read footers.
  ["rows"],
  ["config", "warehouse", "source", "state", "protect", "template", "sla"],
  ["project", "graph", "contract", "quality", "materialize"],
  ["compile"],
  ["plan", "windows", "deploy"],
  ["publish"],
  ["execute"],
  ["observe", "catalog"],
  // Files that stand in core itself: the pipeline and the public API.
  [""],
  ["cli"],
];
const layerOf = new Map(LAYERS.flatMap((folders, layer) => folders.map((folder) => [folder, layer] as const)));

/** The one pair in a layer that may know each other's lower half: errors is built on util. */
const SAME_LAYER = new Set(["errors -> util"]);

function folderOf(path: string): string {
  const parts = path.split("/");
  return parts.length > 2 ? (parts[1] ?? "") : "";
}

function brokenRule(found: Import): string | undefined {
  const { target, file } = found;
  if (target === undefined) return undefined;
  // The command line is the one part of core that knows the scheduler: a command loads it when it is run.
  if (target === "scheduler/index.ts" && found.dynamic && file.startsWith("core/cli/commands/")) return undefined;
  if (!target.startsWith("core/")) return target === "package.json" ? undefined : "core imports nothing outside core";
  const [from, to] = [folderOf(file), folderOf(target)];
  if (from === to) return undefined;
  const [own, other] = [layerOf.get(from), layerOf.get(to)];
  if (own === undefined || other === undefined) return `core/${own === undefined ? from : to} has no layer`;
  if (other > own || (other === own && !SAME_LAYER.has(`${from} -> ${to}`)))
    return `${from || "core"} (layer ${own}) may not know ${to || "core"} (layer ${other})`;
  // Core itself puts everything together, so it alone may load an adapter, by the adapter's own index.ts.
  if (from === "" && found.dynamic && /^core\/\w+\/\w+\/index\.ts$/.test(target)) return undefined;
  if (to !== "" && target !== `core/${to}/index.ts`) return `core/${to} is entered through its index.ts`;
  return undefined;
}

test("a folder of core imports only lower layers, and only through their index.ts", () => {
  const broken = SOURCES.flatMap((file) =>
    importsOf(file).flatMap((found) => {
      const rule = brokenRule(found);
      return rule === undefined ? [] : [`${placeOf(found)} imports ${found.specifier}: ${rule}`];
    }),
  );
  expect(broken).toEqual([]);
});

test("the rule sees what it must", () => {
  const imports = (file: string, target: string): Import => ({
    file,
    target,
    line: 1,
    specifier: target,
    package: undefined,
    dynamic: false,
    typeOnly: false,
  });
  expect(brokenRule(imports("core/plan/a.ts", "core/manifest/index.ts"))).toBeUndefined();
  expect(brokenRule(imports("core/plan/a.ts", "core/plan/b.ts"))).toBeUndefined();
  expect(brokenRule(imports("core/plan/a.ts", "core/manifest/types.ts"))).toMatch("entered through its index.ts");
  expect(brokenRule(imports("core/plan/a.ts", "core/execute/index.ts"))).toMatch("may not know");
  expect(brokenRule(imports("core/state/knex/a.ts", "core/warehouse/index.ts"))).toMatch("may not know");
  expect(brokenRule(imports("core/util/a.ts", "core/errors/index.ts"))).toMatch("may not know");
  expect(brokenRule(imports("core/plan/a.ts", "core/drawer/index.ts"))).toMatch("has no layer");
  expect(brokenRule(imports("core/plan/a.ts", "scheduler/index.ts"))).toMatch("nothing outside core");
  expect(SOURCES.flatMap(importsOf).length).toBeGreaterThan(100);
});

test("every folder of core has a layer and an index.ts, and no layer a folder that is gone", () => {
  const folders = [...new Set(SOURCES.map(folderOf))];
  expect([...layerOf.keys()].sort()).toEqual(folders.sort());
  const entered = folders.filter((folder) => folder !== "" && folder !== "cli");
  expect(entered.filter((folder) => !SOURCES.includes(`core/${folder}/index.ts`))).toEqual([]);
});

test("docs/architecture.md shows these layers", () => {
  const rows = readSource("docs/architecture.md").matchAll(/^\| (\d+) \| (.+) \|$/gm);
  const shown = [...rows].map(([, layer, folders]) => `${layer}: ${folders}`);
  const name = (folder: string) => folder || "the files in `core/` itself";
  expect(shown).toEqual(LAYERS.map((folders, layer) => `${layer}: ${folders.map(name).join(", ")}`));
});

test("the scheduler enters core through its folders' index.ts, and a folder of its own through that one's", () => {
  const folder = (path: string) => path.split("/").slice(0, -1).join("/");
  const broken = filesIn("scheduler", [".ts"]).flatMap((file) =>
    importsOf(file).flatMap(({ target, ...found }) => {
      if (target === undefined || target === "package.json" || folder(target) === folder(file)) return [];
      const right = target.startsWith("core/")
        ? /^core\/([a-z]+\/)?(index|[a-z-]+-types|pipeline|runtime)\.ts$/.test(target)
        : /^scheduler\/(duty|[a-z]+\/index)\.ts$/.test(target);
      return right ? [] : [`${placeOf({ target, ...found })} imports ${found.specifier}`];
    }),
  );
  expect(broken).toEqual([]);
});

test("projects import only the public API, their own files and Node", () => {
  const broken = filesIn("projects", [".ts"]).flatMap((file) =>
    importsOf(file)
      .filter(({ target, package: name }) =>
        target === undefined ? name !== undefined && name !== "mesh-elt" : !target.startsWith(projectOf(file)),
      )
      .map((found) => `${placeOf(found)} imports ${found.specifier}`),
  );
  expect(broken).toEqual([]);
});

function projectOf(file: string): string {
  return `${file.split("/").slice(0, 2).join("/")}/`;
}
