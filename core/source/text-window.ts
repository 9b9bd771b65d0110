// Owns judging whether a cursor's text lies in a window, for stores that cannot be asked for a part of their rows.
import { declaredType } from "./declared-type.ts";
import { microsOf } from "./text-forms.ts";
import type { CursorWindow } from "./types.ts";

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
    case "uuid":
      return (text) => text.toLowerCase();
    default:
      // In the order of UTF-8, which is DuckDB's and not always that of JavaScript's units.
      return (text) => Buffer.from(text).toString("latin1");
  }
}
