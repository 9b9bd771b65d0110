// Owns the JSON Schemas that editors use for YAML, made from the schemas that mesh itself checks with.
import { z } from "zod";
import { projectSchema, propertiesSchema } from "./schemas.ts";

const make = (schema: z.ZodType, title: string, description: string): string => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: "draft-7", io: "input" });
  return `${JSON.stringify({ $schema, title, description, ...rest }, null, 2)}\n`;
};

/** File name under `schemas/` -> its content. */
export function jsonSchemas(): Readonly<Record<string, string>> {
  return {
    "project.schema.json": make(
      projectSchema,
      "mesh project.yml",
      "A domain's project: owner, stores, schedules and defaults.",
    ),
    "properties.schema.json": make(
      propertiesSchema,
      "mesh property file",
      "Any .yml under models/ and seeds/: what models, snapshots, seeds, sources and reports promise.",
    ),
  };
}
