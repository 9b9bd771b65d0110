// Owns asking an API for a part of its rows. Which rows are that part is judged by `text-window.ts`: what `since` means differs from API to API.
import { declaredType } from "../declared-type.ts";
import type { CursorWindow } from "../types.ts";
import type { HttpTable } from "./options.ts";

/** Adds the window's bounds to the query. undefined when the table has no parameter for a bound that is asked for. */
export function windowQuery(url: URL, table: HttpTable, window: CursorWindow): URL | undefined {
  const asked = new URL(url);
  for (const [bound, parameter] of [
    [window.from, table.window?.from],
    [window.to, table.window?.to],
  ] as const) {
    if (bound === undefined) continue;
    if (parameter === undefined) return undefined;
    asked.searchParams.set(parameter, spoken(window.type, bound));
  }
  return asked;
}

/** How APIs write an instant. */
function spoken(type: string, bound: string): string {
  const { kind } = declaredType(type);
  if (kind === "timestamptz") return bound.replace(" ", "T").replace(/\+00$/, "Z");
  return kind === "timestamp" ? bound.replace(" ", "T") : bound;
}
