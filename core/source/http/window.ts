// Owns asking an API for a part of its rows, and keeping exactly that part: what `since` means differs from API to API.
import { declaredType } from "../knex/declared-type.ts";
import { microsOf } from "../text-forms.ts";
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

/** Judges a cursor's canonical text. NULL is in no window. */
export function inWindow({ type, from, to }: CursorWindow): (text: string | null) => boolean {
  const order = orderOf(type);
  const [low, high] = [from, to].map((bound) => (bound === undefined ? undefined : order(bound)));
  return (text) => {
    if (text === null) return false;
    const place = order(text);
    return (low === undefined || place >= low) && (high === undefined || place < high);
  };
}

function orderOf(type: string): (text: string) => bigint | string {
  switch (declaredType(type).kind) {
    case "integer":
      return BigInt;
    case "date":
    case "timestamp":
    case "timestamptz":
      return (text) => microsOf(text) ?? 0n;
    default:
      return (text) => text.toLowerCase();
  }
}
