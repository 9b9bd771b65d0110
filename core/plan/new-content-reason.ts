// Owns one question: are the rows a build was made from still the rows its inputs have? Asked when planning and again when running.
import type { PinnedInput } from "../state/index.ts";

/** Why a build made from `recorded` is out of date against the inputs' present contents, or undefined when it is not. */
export function newContentReason(
  recorded: Readonly<Record<string, PinnedInput>>,
  present: ReadonlyMap<string, { readonly contentId: string }>,
): string | undefined {
  for (const [model, input] of present) {
    const before = recorded[model];
    if (!before) return `it now reads ${model}`;
    if (before.contentId !== input.contentId) return `${model} has new rows`;
  }
  return undefined;
}
