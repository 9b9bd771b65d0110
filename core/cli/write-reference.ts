// Owns writing docs/cli.md. Run from the repository's root: npx jiti core/cli/write-reference.ts
import { writeFileAtomic } from "../util/index.ts";
import { formatReferencePage } from "./reference-page.ts";

await writeFileAtomic("docs/cli.md", formatReferencePage());
