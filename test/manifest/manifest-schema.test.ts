// The published schema of the manifest says what a compiled manifest is, no more and no less.
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { manifestJsonSchema, manifestToJson } from "../../core/manifest/index.ts";
import { manifestSchema } from "../../core/manifest/manifest-schema.ts";
import { compileFolder } from "../support/compile-folder.ts";
import { SHOP_ENV, SHOP_MESH } from "../support/shop-mesh.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

test("schemas/manifest.schema.json is what mesh generates", async () => {
  const file = new URL("../../schemas/manifest.schema.json", import.meta.url);
  expect(await readFile(file, "utf8"), "run `npm run schemas`").toBe(await manifestJsonSchema());
});

test("a manifest with every kind of entry fits it as written to a file", async () => {
  const mesh = { ...SHOP_MESH, "projects/board/models/broken.sql": "select nope from {{ ref('totals') }}" };
  await withTempMesh(mesh, async ({ root }) => {
    const { manifest } = await compileFolder(root, { env: SHOP_ENV });
    for (const section of ["projects", "stores", "sources", "models", "tests", "reports", "diagnostics"] as const)
      expect(Object.keys(manifest[section]).length, section).toBeGreaterThan(0);
    expect(manifestSchema.safeParse(JSON.parse(manifestToJson(manifest))).error?.issues ?? []).toEqual([]);
  });
});

test("it refuses what is no manifest", () => {
  expect(manifestSchema.safeParse({ schemaVersion: 1, mesh: "m", target: "dev" }).success).toBe(false);
});
