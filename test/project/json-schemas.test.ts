// Owns that the committed JSON Schemas are those that mesh checks with.
import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { manifestJsonSchema } from "../../core/manifest/index.ts";
import { jsonSchemas } from "../../core/project/json-schemas.ts";

const folder = new URL("../../schemas/", import.meta.url);

it("the files under schemas/ are what `npm run schemas` would write", async () => {
  const made = { ...jsonSchemas(), "manifest.schema.json": await manifestJsonSchema() };
  expect((await readdir(folder)).sort()).toEqual(Object.keys(made).sort());
  for (const [name, content] of Object.entries(made))
    expect(await readFile(new URL(name, folder), "utf8"), name).toBe(content);
});
