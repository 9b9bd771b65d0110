// Owns the second count of a page: rows and values by JavaScript's own JSON reader, not by the one whose rows land.

import { instantText } from "../text-forms.ts";
import { inWindow } from "../text-window.ts";
import type { ExtractRequest } from "../types.ts";

export interface PageCount {
  readonly rows: number;
  /** Per column of the request: values that are not null. */
  readonly values: readonly number[];
}

/** `before` and what the page adds to it. */
export function countPage(
  text: string,
  path: string,
  { columns, window }: Pick<ExtractRequest, "columns" | "window">,
  before: PageCount,
): PageCount {
  const rows = listAt(JSON.parse(text), path);
  const fits = window && inWindow(window);
  const values = [...before.values];
  let count = before.rows;
  for (const row of rows) {
    const cursor = window && row[window.identifier];
    if (fits && !fits(cursorText(cursor))) continue;
    count++;
    columns.forEach(({ identifier }, i) => {
      const cell = Object.hasOwn(row, identifier) ? row[identifier] : undefined;
      if (cell !== null && cell !== undefined) values[i] = (values[i] ?? 0) + 1;
    });
  }
  return { rows: count, values };
}

function cursorText(cursor: unknown): string | null {
  if (cursor === null || cursor === undefined) return null;
  return instantText(String(cursor)) ?? String(cursor);
}

function listAt(root: unknown, path: string): readonly Readonly<Record<string, unknown>>[] {
  let found = root;
  for (const step of path === "" ? [] : path.split(".")) found = (found as Record<string, unknown>)[step];
  return found as readonly Readonly<Record<string, unknown>>[];
}
