// Owns the demo's time: days counted from the first of the flights, and where the story stands after `day` demo days.

const FIRST = Date.UTC(2001, 0, 1);
const DAY_MS = 86_400_000;

/** The last day of the real flights; the first run shows the company on this evening. */
export const STORY_START = 180;

/** `2001-06-30` for 180. */
export function dateOf(day: number): string {
  return new Date(FIRST + day * DAY_MS).toISOString().slice(0, 10);
}

/** An instant within a day, to the second: `2001-06-30T13:05:09Z`. */
export function instantOf(day: number, second: number): string {
  return `${new Date(FIRST + day * DAY_MS + second * 1_000).toISOString().slice(0, 19)}Z`;
}
