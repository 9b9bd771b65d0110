// Owns writing the JSON Schemas into schemas/. A script, run by `npm run schemas`; imported by nothing.
import { writeFile } from "node:fs/promises";
import { manifestJsonSchema } from "../manifest/index.ts";
import { jsonSchemas } from "./json-schemas.ts";

const schemas = { ...jsonSchemas(), "manifest.schema.json": await manifestJsonSchema() };
for (const [name, content] of Object.entries(schemas)) {
  await writeFile(new URL(`../../schemas/${name}`, import.meta.url), content);
}
