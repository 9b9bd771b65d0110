// What a run looks like while it goes on and when it has ended, from recorded events.
import pc from "picocolors";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createLiveRenderer } from "../../core/cli/progress/live-renderer.ts";
import { outcomesOf } from "../../core/cli/progress/model-outcome.ts";
import { progressFacts } from "../../core/cli/progress/progress-facts.ts";
import { createPlainRenderer } from "../../core/cli/progress/renderer.ts";
import { createRunView } from "../../core/cli/progress/run-view.ts";
import { formatSummary } from "../../core/cli/progress/summary.ts";
import { events, manifest, plan, result, steps } from "./recorded-run.ts";

const plain = pc.createColors(false);

describe("plain lines", () => {
  it("tell each model once, when nothing more can happen to it", () => {
    const lines: string[] = [];
    const renderer = createPlainRenderer({ write: (line) => lines.push(line), colors: plain, nowMs: () => 0 });
    for (const [, event] of events) renderer.onEvent(event);
    expect(lines).toEqual([
      "= sales.routes          unchanged  the inputs have the same rows",
      "✓ sales.orders          published  1,240,000 rows  86.0 MB  3.3s",
      "✗ sales.daily           failed     test failed: sales.unique_daily_day",
      "- finance.report        skipped    publish:sales.daily did not run",
    ]);
  });
});

describe("a step that takes long", () => {
  it("says in a log how far it is, every quarter of a minute", () => {
    const lines: string[] = [];
    let nowMs = 0;
    const renderer = createPlainRenderer({ write: (line) => lines.push(line), colors: plain, nowMs: () => nowMs });
    const step = steps.extractOrders;
    renderer.onEvent({ type: "run-started", runId: "r", steps: [step] });
    renderer.onEvent({ type: "step-started", step });
    for (nowMs = 200; nowMs <= 40_000; nowMs += 200) {
      const [rows, bytes] = [nowMs * 182, nowMs * 60_000];
      renderer.onEvent({ type: "step-progress", step, rows, bytes, estimate: { rows: 14_560_000 } });
    }
    expect(lines).toEqual([
      "  extract sales.orders  15.0s  2.7M rows  900 MB  182k rows/s  eta 1:05",
      "  extract sales.orders  30.0s  5.5M rows  1.8 GB  182k rows/s  eta 0:50",
    ]);
  });

  it.each([
    ["no rate before a second has gone by", 500, { rows: 90, estimate: { rows: 100 } }, "500ms  90 rows"],
    [
      "no time left when more came than was guessed",
      2_000,
      { rows: 101, estimate: { rows: 100 } },
      "2.0s  101 rows  51 rows/s",
    ],
    [
      "bytes alone",
      4_000,
      { bytes: 4_000_000, estimate: { bytes: 40_000_000_000 } },
      "4.0s  4.0 MB  1.0 MB/s  eta 11:06:36",
    ],
  ])("tells %s", (_, nowMs, seen, expected) => {
    const running = { step: steps.extractOrders, startedMs: 0, heldUp: 0, ...seen };
    expect(progressFacts(running, nowMs).join("  ")).toBe(expected);
  });
});

describe("the view of a run", () => {
  it("knows what runs, since when, and how much waits for it", () => {
    const view = createRunView();
    for (const [atMs, event] of events.filter(([atMs]) => atMs <= 1000)) view.apply(event, atMs);
    expect(view.running()).toEqual([
      {
        step: steps.extractOrders,
        startedMs: 0,
        rows: 400_000,
        bytes: 28_000_000,
        estimate: { rows: 1_240_000 },
        heldUp: 2,
      },
    ]);
    expect(view.waiting(1)).toEqual({
      count: 2,
      models: [{ model: "sales.daily", waitsFor: ["publish:sales.orders"] }],
    });
    expect([view.models, view.finished, view.failed]).toEqual([4, 1, 0]);
  });
});

describe("progress redrawn in place", () => {
  afterEach(() => vi.useRealTimers());

  it("shows the running steps, then only what has ended, and gives the cursor back", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const screen = createScreen(80);
    let nowMs = 0;
    const renderer = createLiveRenderer({ terminal: screen, colors: plain, nowMs: () => nowMs });
    for (const [atMs, event] of events) {
      vi.advanceTimersByTime(atMs - nowMs);
      nowMs = atMs;
      renderer.onEvent(event);
      if (atMs === 1000) {
        vi.advanceTimersByTime(100);
        expect(screen.lines().map((line) => line.replace(/^\S /, ""))).toEqual([
          "sales.routes          unchanged  the inputs have the same rows",
          "1 of 4 models · 1 running · 2 waiting · 1.0s",
          "  extract sales.orders  1.0s  400k rows  28.0 MB  400k rows/s  eta 0:03  2 mod…",
          "  sales.daily waits for publish sales.orders",
          "  finance.report waits for publish sales.daily",
        ]);
      }
    }
    renderer.stop();
    renderer.stop();
    expect(screen.lines().map((line) => line.split(/ +/).slice(0, 3).join(" "))).toEqual([
      "= sales.routes unchanged",
      "✓ sales.orders published",
      "✗ sales.daily failed",
      "- finance.report skipped",
    ]);
    expect(screen.cursorShown()).toBe(true);
    // At most ten frames a second, whatever happens.
    expect(screen.frames()).toBeLessThanOrEqual(4321 / 100 + 2);
  });

  it("keeps what is told from elsewhere above the picture", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const screen = createScreen(80);
    const renderer = createLiveRenderer({ terminal: screen, colors: plain, nowMs: () => 0 });
    for (const [, event] of events.slice(0, 3)) renderer.onEvent(event);
    vi.advanceTimersByTime(100);
    renderer.tell("Stopping");
    expect(screen.lines()[0]).toBe("Stopping");
    renderer.stop();
    expect(screen.lines()).toEqual(["Stopping"]);
  });
});

describe("the summary", () => {
  it("tells failures with their rows, what is not published and why, where the rest is, and totals", () => {
    expect(formatSummary({ result, plan, manifest, colors: plain })).toBe(`
failed test sales.unique_daily_day of sales.daily: 7 failures
  projects/sales/models/marts/_marts.yml:8:40
    day         n
    ──────────  ─
    2024-03-01  2
    2024-03-02  3

not published   status   why
──────────────  ───────  ───────────────────────────────────────────────────
finance.report  skipped  publish:sales.daily did not run
finance.lost    blocked  it reads sales.gone, which has never been published
What was published of them before stays.

project  published tables are in
───────  ──────────────────────────────────────────
sales    /mesh/.mesh/warehouse/serving/sales.duckdb
Look at one: mesh show sales.orders

run failed: 1 published, 1 unchanged, 1 failed, 1 skipped, 1 up to date, 1 blocked · 1,240,000 rows · 86.0 MB · 1 test · 4.3s`);
  });

  it("says so when there was nothing to do", () => {
    const nothing = { runId: "r", status: "success", steps: [], durationMs: 12, served: {} } as const;
    expect(
      formatSummary({
        result: nothing,
        plan: { steps: [], upToDate: [], pins: {}, blocked: [], drift: [] },
        manifest,
        colors: plain,
      }),
    ).toBe("\nrun success: nothing to do · 12ms");
  });

  it("does not list what a cancelled run left undone a second time", () => {
    const steps = result.steps.map((one) => ({ ...one, status: "cancelled" as const, tests: [] }));
    const said = formatSummary({
      result: { ...result, status: "cancelled", steps, served: {} },
      plan: { ...plan, blocked: [] },
      manifest,
      colors: plain,
    });
    expect(said).not.toContain("not published");
    expect(said).toContain("What was published before stays.\n\nrun cancelled: ");
  });

  it("is no success while models are blocked, as its exit code says", () => {
    const nothing = { runId: "r", status: "success", steps: [], durationMs: 12, served: {} } as const;
    const plan = { steps: [], upToDate: [], pins: {}, blocked: [{ model: "a.b", reason: "r" }], drift: [] };
    expect(formatSummary({ result: nothing, plan, manifest, colors: plain })).toContain("run incomplete: 1 blocked");
  });
});

describe("outcomes", () => {
  it("keep the plan's order of models", () => {
    expect(
      outcomesOf(result.steps, ["sales.orders", "sales.daily", "finance.report", "sales.routes"]).map(
        ({ model, status }) => [model, status],
      ),
    ).toEqual([
      ["sales.orders", "published"],
      ["sales.daily", "failed"],
      ["finance.report", "skipped"],
      ["sales.routes", "unchanged"],
    ]);
  });
});

/** A terminal that understands what the renderer sends, so that the test sees what a person would. */
function createScreen(columns: number) {
  const lines: string[] = [""];
  let row = 0;
  let shown = true;
  let frames = 0;
  const put = (text: string) => {
    const plainText = text.replaceAll("\u001b[K", "");
    lines[row] = plainText;
  };
  return {
    columns,
    rows: 24,
    write(text: string) {
      if (text.includes("\u001b[?2026h")) frames++;
      if (text.includes("\u001b[?25l")) shown = false;
      if (text.includes("\u001b[?25h")) shown = true;
      let rest = text.replace(/\u001b\[\?(2026|25)[hl]/g, "");
      const up = /^\u001b\[(\d+)A\r/.exec(rest);
      if (up) {
        row -= Number(up[1]);
        rest = rest.slice(up[0].length);
      }
      const erase = rest.endsWith("\u001b[J");
      for (const line of rest.replace("\u001b[J", "").split("\n").slice(0, -1)) {
        put(line);
        row++;
      }
      if (erase) lines.length = row;
    },
    lines: () => lines.slice(0, row),
    frames: () => frames,
    cursorShown: () => shown,
  };
}
