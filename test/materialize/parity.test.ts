// A materialization exists in three places or in none: its file, the index and docs/materializations.md. So do the incremental strategies.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { incrementalStrategies, materializations, snapshotStrategies } from "../../core/materialize/index.ts";

const page = readFileSync(new URL("../../docs/materializations.md", import.meta.url), "utf8");
const headings = (level: string, text: string) =>
  [...text.matchAll(new RegExp(`^${level} (.+)$`, "gm"))].map(([, name]) => name);

test("the index holds every file of types/, under its own name, in order", () => {
  const names = Object.keys(materializations);
  const files = readdirSync(new URL("../../core/materialize/types", import.meta.url)).filter(
    (file) => file !== "index.ts",
  );
  expect(files.map((file) => file.replace(/\.ts$/, "")).sort()).toEqual(names);
  expect(Object.values(materializations).map((type) => type.name)).toEqual(names);
});

test("docs/materializations.md has a section for every materialization and every strategy, and for no other", () => {
  expect(headings("##", page).sort()).toEqual(Object.keys(materializations));
  const incremental = page.split("\n## incremental\n")[1]?.split("\n## ")[0] ?? "";
  expect(headings("####", incremental).sort()).toEqual(Object.keys(incrementalStrategies).sort());
});

test("the table of docs/snapshots.md tells what every snapshot strategy sees, and no other", () => {
  const snapshots = readFileSync(new URL("../../docs/snapshots.md", import.meta.url), "utf8");
  const header = /^\| what each sees \|(.*)\|$/m.exec(snapshots)?.[1] ?? "";
  expect(header.split("|").map((cell) => cell.trim().replaceAll("`", ""))).toEqual(Object.keys(snapshotStrategies));
  for (const [name, strategy] of Object.entries(snapshotStrategies)) expect(strategy.name).toBe(name);
});
