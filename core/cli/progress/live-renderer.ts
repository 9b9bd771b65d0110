// Owns redrawing progress in place: what has ended scrolls by, what is under way stands below it. At most ten frames a second.
import { formatDurationMs } from "../../util/index.ts";
import { fitWidth } from "../output/display-width.ts";
import { formatCount, plural } from "../output/format.ts";
import type { Colors } from "../output/output.ts";
import { formatOutcome } from "./outcome-line.ts";
import { progressFacts } from "./progress-facts.ts";
import type { Renderer } from "./renderer.ts";
import { createRunView, type RunningStep, type RunView } from "./run-view.ts";

const FRAME_MS = 100;
const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
/** Terminals that know it show the whole frame at once; the others ignore it. */
const BEGIN_FRAME = "\u001b[?2026h";
const END_FRAME = "\u001b[?2026l";

export interface Terminal {
  write(text: string): void;
  readonly columns: number;
  readonly rows: number;
}

export interface LiveRendererOptions {
  readonly terminal: Terminal;
  readonly colors: Colors;
  readonly nowMs: () => number;
}

export function createLiveRenderer({ terminal, colors, nowMs }: LiveRendererOptions): Renderer {
  const view = createRunView();
  const startedMs = nowMs();
  let scrolled: string[] = [];
  let drawn = 0;
  let frame = 0;
  let nameWidth = 20;
  let timer: NodeJS.Timeout | undefined;

  const draw = (last: boolean): void => {
    const lines = last
      ? []
      : drawView(view, {
          terminal,
          colors,
          nowMs: nowMs(),
          startedMs,
          spinner: SPINNER[frame++ % SPINNER.length] ?? "",
        });
    if (lines.length === 0 && drawn === 0 && scrolled.length === 0) return;
    // Lines are overwritten, not cleared first, so that nothing blinks; only what is left of an old line is erased.
    const up = drawn > 0 ? `\u001b[${drawn}A\r` : "";
    const body = [...scrolled, ...lines].map((line) => `${line}\u001b[K\n`).join("");
    terminal.write(`${BEGIN_FRAME}${up}${body}\u001b[J${END_FRAME}`);
    drawn = lines.length;
    scrolled = [];
  };

  return {
    onEvent(event) {
      for (const outcome of view.apply(event, nowMs())) scrolled.push(formatOutcome(outcome, nameWidth, colors));
      if (event.type === "run-started") {
        nameWidth = Math.min(
          48,
          Math.max(20, ...event.steps.flatMap((step) => step.models.map((model) => model.length))),
        );
        terminal.write(HIDE_CURSOR);
        timer = setInterval(() => draw(false), FRAME_MS);
        timer.unref();
      }
    },
    tell(text) {
      scrolled.push(...text.split("\n"));
      draw(false);
    },
    stop() {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      draw(true);
      terminal.write(SHOW_CURSOR);
    },
  };
}

interface Frame {
  readonly terminal: Terminal;
  readonly colors: Colors;
  readonly nowMs: number;
  readonly startedMs: number;
  readonly spinner: string;
}

function drawView(view: RunView, { terminal, colors, nowMs, startedMs, spinner }: Frame): string[] {
  const width = Math.max(20, terminal.columns - 1);
  const room = Math.max(1, terminal.rows - 4);
  const running = view.running();
  const waiting = view.waiting(2);
  const counts = [
    `${formatCount(view.finished)} of ${plural(view.models, "model")}`,
    ...(view.failed > 0 ? [`${formatCount(view.failed)} failed`] : []),
    `${formatCount(running.length)} running`,
    ...(waiting.count > 0 ? [`${formatCount(waiting.count)} waiting`] : []),
    formatDurationMs(nowMs - startedMs),
  ];
  const lines = [fitWidth(`${spinner} ${counts.join(" · ")}`, width)];
  for (const step of running.slice(0, room)) lines.push(fitWidth(`  ${runningLine(step, nowMs)}`, width));
  if (running.length > room) lines.push(`  and ${running.length - room} more`);
  for (const { model, waitsFor } of waiting.models) {
    const more = waitsFor.length > 2 ? ` and ${waitsFor.length - 2} more` : "";
    lines.push(
      colors.dim(fitWidth(`  ${model} waits for ${waitsFor.slice(0, 2).map(stepName).join(", ")}${more}`, width)),
    );
  }
  return lines.map((line, i) => (i === 0 ? colors.cyan(line) : line));
}

function runningLine(running: RunningStep, nowMs: number): string {
  const { step, heldUp } = running;
  const facts = progressFacts(running, nowMs);
  if (heldUp > 0) facts.push(`${plural(heldUp, "model")} wait${heldUp === 1 ? "s" : ""} for it`);
  return `${step.kind.padEnd(8)}${step.models.join(", ")}  ${facts.join("  ")}`;
}

/** `build:bookings.orders` as `build bookings.orders` */
function stepName(id: string): string {
  return id.replace(":", " ");
}
