// Owns SQL with relation slots: what `ref()`, `source()` and `this` leave in a query, shown as stable names, bound to builds when run.

/** A place in `text` (UTF-16 offsets, end exclusive) where a relation stands. */
export interface Slot {
  readonly start: number;
  readonly end: number;
  /** The model's id. */
  readonly model: string;
}

export interface CompiledSql {
  /** With stable names in the slots: it never changes between runs. */
  readonly text: string;
  readonly slots: readonly Slot[];
  /**
   * Ascending triples `offset in text, line, column`: where each stretch of `text` came from in `file`. May be empty.
   * A negative line: an expression made the stretch, and all of it came from that place.
   */
  readonly map: readonly number[];
  readonly file: string;
}

// Private-use characters: they cannot be typed by accident and survive string filters.
const OPEN = "\uE010";
const CLOSE = "\uE011";

/** What a relation prints as while SQL is being put together. */
export function slotToken(model: string): string {
  return `${OPEN}${model}${CLOSE}`;
}

/** Replaces the tokens by stable names and records the slots. `map` offsets refer to the text with tokens and are moved. */
export function sqlFromTokens(
  tokened: string,
  nameOf: (model: string) => string,
  origin: { readonly file: string; readonly map?: readonly number[] },
): CompiledSql {
  const slots: Slot[] = [];
  const map: number[] = [];
  const given = origin.map ?? [];
  let text = "";
  let at = 0;
  let mapAt = 0;
  const moveMapUpTo = (limit: number) => {
    while (mapAt < given.length && (given[mapAt] as number) < limit) {
      map.push(text.length + ((given[mapAt] as number) - at), given[mapAt + 1] as number, given[mapAt + 2] as number);
      mapAt += 3;
    }
  };
  for (let open = tokened.indexOf(OPEN); open >= 0; open = tokened.indexOf(OPEN, at)) {
    const close = tokened.indexOf(CLOSE, open);
    if (close < 0) break;
    moveMapUpTo(open);
    text += tokened.slice(at, open);
    at = open;
    // Map entries inside the token all belong to the slot's start.
    while (mapAt < given.length && (given[mapAt] as number) <= close) {
      map.push(text.length, given[mapAt + 1] as number, given[mapAt + 2] as number);
      mapAt += 3;
    }
    const model = tokened.slice(open + 1, close);
    const name = nameOf(model);
    slots.push({ start: text.length, end: text.length + name.length, model });
    text += name;
    at = close + 1;
  }
  moveMapUpTo(tokened.length + 1);
  text += tokened.slice(at);
  return { text, slots, map, file: origin.file };
}

export interface BoundSql {
  readonly text: string;
  /** The line and column of the source file that an offset of the bound text came from, if known. */
  locate(offset: number): { readonly file: string; readonly line: number; readonly column: number } | undefined;
}

/** Puts the relation each model is bound to into its slots. */
export function bindSql(sql: CompiledSql, relationOf: (model: string) => string): BoundSql {
  let text = "";
  let at = 0;
  // Where the bound text departs from the compiled one: [bound offset, compiled offset].
  const shifts: [number, number][] = [[0, 0]];
  for (const slot of sql.slots) {
    text += sql.text.slice(at, slot.start) + relationOf(slot.model);
    at = slot.end;
    shifts.push([text.length, at]);
  }
  text += sql.text.slice(at);
  return {
    text,
    locate(offset) {
      let compiled = 0;
      for (let i = 0; i < shifts.length; i++) {
        const [boundAt, compiledAt] = shifts[i] as [number, number];
        if (boundAt > offset) break;
        const nextSlot = sql.slots[i];
        compiled = compiledAt + (offset - boundAt);
        if (nextSlot && compiled > nextSlot.start) compiled = nextSlot.start;
      }
      let found: { file: string; line: number; column: number } | undefined;
      for (let i = 0; i + 2 < sql.map.length && (sql.map[i] as number) <= compiled; i += 3) {
        const start = sql.map[i] as number;
        let line = sql.map[i + 1] as number;
        let column = sql.map[i + 2] as number;
        if (line < 0) {
          found = { file: sql.file, line: -line, column };
          continue;
        }
        const passed = sql.text.slice(start, compiled);
        const newlines = passed.split("\n");
        if (newlines.length > 1) {
          line += newlines.length - 1;
          column = (newlines.at(-1) as string).length + 1;
        } else column += passed.length;
        found = { file: sql.file, line, column };
      }
      return found;
    },
  };
}
