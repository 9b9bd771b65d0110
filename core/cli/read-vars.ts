// Owns reading --vars.
import { problems } from "../errors/index.ts";

/** Throws `cli/bad-value` when it is not a mapping. */
export async function readVars(text: string | undefined): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (text === undefined) return undefined;
  const { parse } = await import("yaml");
  const wrong = () =>
    problems.badOptionValue({
      option: "--vars",
      value: text,
      expected: "a YAML or JSON mapping, such as '{start: 2024-01-01}'",
    });
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    throw wrong();
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong();
  return value as Readonly<Record<string, unknown>>;
}
