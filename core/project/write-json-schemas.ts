// Owns writing the JSON Schemas into schemas/. A script, run by `npm run schemas`; imported by nothing.
import { writeFile } from "node:fs/promises";
import { jsonSchemas } from "./json-schemas.ts";

for (const [name, content] of Object.entries(jsonSchemas())) {
  await writeFile(new URL(`../../schemas/${name}`, import.meta.url), content);
}
