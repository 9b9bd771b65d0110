// Owns showing the place a problem is at: the source line and a caret under the column.
import { redactUrl } from "../../util/index.ts";
import { displayWidth } from "./display-width.ts";
import type { Colors } from "./output.ts";

/** Longest part of a source line that is shown. */
const MAX_LINE = 100;
/** A line of a connection that holds a secret in plain sight. */
const SECRET_LINE =
  /((?:password|passwd|pwd|secret|token|api[-_]?key|authorization|cookie)["']?\s*[:=]\s*)(?!\s*["']?(?:[a-z]+ )?\$\{)("[^"]*"|'[^']*'|[^\s,}]+)/gi;

/** Lines of the frame, or none when the source has no such line. Line and column start at 1. */
export function formatCodeFrame(
  source: string,
  line: number,
  column: number | undefined,
  colors: Colors,
): readonly string[] {
  const lines = source.split(/\r?\n/);
  const text = lines[line - 1];
  if (text === undefined) return [];
  const before = lines[line - 2];
  const margin = String(line).length;
  const show = (number: number, content: string) =>
    `  ${colors.dim(`${String(number).padStart(margin)} |`)} ${content}`;
  const frame: string[] = [];
  if (before !== undefined && before.trim() !== "")
    frame.push(show(line - 1, colors.dim(crop(harmless(before), 0).text)));
  const shown = harmless(text);
  // A secret taken out before the place would move it.
  const caret = column !== undefined && shown.startsWith(visible(text).slice(0, column)) ? column : undefined;
  const { text: cropped, cut } = crop(shown, caret === undefined ? 0 : caret - 1);
  frame.push(show(line, cropped));
  if (caret !== undefined && caret >= 1 && caret <= text.length + 1) {
    const indent = " ".repeat(displayWidth(cropped.slice(0, caret - 1 - cut + (cut > 0 ? 1 : 0))));
    frame.push(`  ${colors.dim(`${" ".repeat(margin)} |`)} ${indent}${colors.red("^")}`);
  }
  return frame;
}

/** One character per character, so that columns stay true. */
function visible(line: string): string {
  return line.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}

function harmless(line: string): string {
  return redactUrl(visible(line)).replace(SECRET_LINE, "$1***");
}

/** A window of the line that holds `around`; `cut` is how many characters were left out before it. */
function crop(line: string, around: number): { readonly text: string; readonly cut: number } {
  if (line.length <= MAX_LINE) return { text: line, cut: 0 };
  const cut = around < MAX_LINE - 10 ? 0 : around - Math.floor(MAX_LINE / 2);
  const end = cut + MAX_LINE;
  return { text: `${cut > 0 ? "…" : ""}${line.slice(cut, end)}${end < line.length ? "…" : ""}`, cut };
}
