// Owns how far a listener has read, as the id of the event it saw last: the greatest sequence, and those below it not seen yet because
// their transactions ended later. Reads nothing.

export interface EventCursor {
  readonly high: number;
  readonly late: readonly number[];
}

/** `1204` or `1204-1199.1201`. undefined when the text is none. */
export function readCursor(text: string): EventCursor | undefined {
  const match = /^(\d{1,15})(?:-(\d{1,15}(?:\.\d{1,15}){0,999}))?$/.exec(text);
  if (!match) return undefined;
  const high = Number(match[1]);
  return { high, late: (match[2]?.split(".") ?? []).map(Number).filter((sequence) => sequence < high) };
}

export function cursorText({ high, late }: EventCursor): string {
  return late.length === 0 ? String(high) : `${high}-${[...late].sort((a, b) => a - b).join(".")}`;
}

/** Whoever holds this cursor has been given this event. */
export function hasSeen(cursor: EventCursor, sequence: number): boolean {
  return sequence <= cursor.high && !cursor.late.includes(sequence);
}
