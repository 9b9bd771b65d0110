// Owns how many terminal cells text takes, and text that can do no harm to a terminal.

/** Making one takes longer than all else that a short command shows. */
let segmenter: Intl.Segmenter | undefined;
const graphemesOf = (text: string): Intl.Segments => {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
};
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const ZERO = /^[\p{Mark}\p{Format}]+$/u;
const STYLE = /\u001b\[[0-9;]*m/g;
const ASCII = /^[\x20-\x7e]*$/;

function cellsOf(grapheme: string): number {
  if (WIDE.test(grapheme) || grapheme.includes("\ufe0f")) return 2;
  return ZERO.test(grapheme) ? 0 : 1;
}

/** Cells taken when printed; colour sequences take none. */
export function displayWidth(text: string): number {
  const plain = text.includes("\u001b") ? text.replace(STYLE, "") : text;
  if (ASCII.test(plain)) return plain.length;
  let width = 0;
  for (const { segment } of graphemesOf(plain)) width += cellsOf(segment);
  return width;
}

/** The text cut to at most `cells`, with an ellipsis when something was cut. Not for text with colours. */
export function fitWidth(text: string, cells: number): string {
  if (displayWidth(text) <= cells) return text;
  let out = "";
  let width = 0;
  for (const { segment } of graphemesOf(text)) {
    const next = width + cellsOf(segment);
    if (next > cells - 1) break;
    out += segment;
    width = next;
  }
  return `${out}…`;
}

export function padEndCells(text: string, cells: number): string {
  return text + " ".repeat(Math.max(0, cells - displayWidth(text)));
}

export function padStartCells(text: string, cells: number): string {
  return " ".repeat(Math.max(0, cells - displayWidth(text))) + text;
}

/** Data as it may be printed on one line: control characters, escape sequences among them, become visible escapes. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (c) => {
    if (c === "\n") return "\\n";
    if (c === "\r") return "\\r";
    if (c === "\t") return "\\t";
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Text of several lines as it may be printed: as `printable`, each line after the first behind the indent. */
export function linesOf(text: string, indent: string): string {
  return text.split("\n").map(printable).join(`\n${indent}`);
}
