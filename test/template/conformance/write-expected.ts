// Writes expected.json: what Jinja2 itself makes of the cases. Run it after changing cases.ts:
//   npx jiti test/template/conformance/write-expected.ts <python with jinja2>
import { writeFileSync } from "node:fs";
import { CASES } from "./cases.ts";
import { renderWithJinja } from "./jinja.ts";

const texts = renderWithJinja(CASES, process.argv[2]);
if (!texts) throw new Error("this Python has no jinja2");
writeFileSync(new URL("./expected.json", import.meta.url), `${JSON.stringify(texts, null, 1)}\n`);
