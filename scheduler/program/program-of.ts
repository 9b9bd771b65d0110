// Owns how a process of mesh is started from a file of mesh's own, compiled or as source.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

/** `name` stands beside `importer` (an `import.meta.url`), without its ending. */
export function programOf(name: string, importer: string, args: readonly string[] = []): Program {
  const source = importer.endsWith(".ts");
  const file = fileURLToPath(new URL(`${name}${source ? ".ts" : ".js"}`, importer));
  if (!source) return { file, args };
  const jiti = dirname(createRequire(importer).resolve("jiti/package.json"));
  return { file: join(jiti, "lib", "jiti-cli.mjs"), args: [file, ...args] };
}
