// Owns the text of docs/type-matrix.md, made from the tables that the source tests prove on real stores. Writes no file.
import { STORE_TYPES } from "../source/types/index.ts";
import type { RefusedCase, StoreTypes, TypeCase } from "../source/types/store-types.ts";

const INTRODUCTION = `# The type matrix

Every type of every kind of store, what it lands as, and what of it is refused. No value is rounded, cut or turned into NULL: it
arrives exactly, or the build fails with a code. Each line was landed through the warehouse and compared, on a real store.

- *Exact type*: the DuckDB type that holds every value. *Judged*: there is none; each value is compared with the declared type.
- *Declared*: what the port declares in this line; a dash stands for the exact type, or \`varchar\` where there is none.
- *Lands as*: what DuckDB prints for the value in the build.
- \`varchar\` may always be declared, and holds the store's own text.

How to declare a port: [sources](sources.md). The codes: [errors](errors.md). This page is made from \`test/source/types/\`: \`npm run docs:update\`.
`;

/** The page: a section for each store, with what lands and what is refused. */
export function typeMatrixPage(stores: readonly StoreTypes[] = STORE_TYPES): string {
  return [INTRODUCTION, ...stores.map(storeSection)].join("\n");
}

function storeSection({ title, types, refused, notes }: StoreTypes): string {
  const lines = [
    `## ${title}`,
    "",
    ...table(["in the store", "exact type", "declared", "value", "lands as"], types.flatMap(landed)),
    "",
  ];
  if (refused.length > 0)
    lines.push(...table(["refused", "in the store", "declared", "code"], refused.map(refusal)), "");
  if (notes !== undefined && notes.length > 0) lines.push(...notes.map((note) => `- ${note}`), "");
  return lines.join("\n");
}

function landed({ store, type, declared, values }: TypeCase): readonly string[][] {
  return values.map(([literal, text], i) => [
    i === 0 ? code(store) : "",
    i === 0 ? (type === undefined ? "judged" : code(type)) : "",
    i === 0 ? (declared === undefined ? "–" : code(declared)) : "",
    code(literal),
    text === null ? "NULL" : text === "" ? "the empty text" : code(text),
  ]);
}

function refusal({ what, store, declared, rows }: RefusedCase): string[] {
  const problem = rows === undefined ? "store/type-not-exact" : "store/value-not-representable";
  return [what, code(store), code(declared), `\`${problem}\``];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heads), `|${heads.map(() => "---").join("|")}|`, ...rows.map(line)];
}

const LONGEST = 90;

/** As code in a table's cell: on one line, of a length a page can show. */
function code(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  const shown = short.replaceAll("\r", "\\r").replaceAll("\n", "\\n").replaceAll("|", "\\|");
  const fence = "`".repeat(Math.max(0, ...[...shown.matchAll(/`+/g)].map(([ticks]) => ticks.length)) + 1);
  const pad = fence.length > 1 || /^[ `]|[ `]$/.test(shown) ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}
