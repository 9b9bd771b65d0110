// Owns reading `ref(…)` and `source(…)` where they stand as text in YAML, with the same forms templates accept.

export type Reference =
  | { readonly kind: "ref"; readonly project?: string; readonly name: string; readonly version?: string }
  | { readonly kind: "source"; readonly store: string; readonly table: string };

const STRING = `(?:'([^']*)'|"([^"]*)")`;
const FORM = new RegExp(
  `^\\s*(ref|source)\\(\\s*${STRING}\\s*(?:,\\s*${STRING}\\s*)?(?:,\\s*(?:v|version)\\s*=\\s*([\\w.]+)\\s*)?\\)\\s*$`,
);

/** The reference, or undefined when the text has another form. */
export function parseReference(text: string): Reference | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const first = match[2] ?? match[3] ?? "";
  const second = match[4] ?? match[5];
  const version = match[6];
  if (match[1] === "source")
    return second === undefined || version !== undefined ? undefined : { kind: "source", store: first, table: second };
  return {
    kind: "ref",
    ...(second !== undefined && { project: first }),
    name: second ?? first,
    ...(version !== undefined && { version }),
  };
}
