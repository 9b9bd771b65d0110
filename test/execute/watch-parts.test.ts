// When a part whose stream failed is opened again, and that its failure is never told as something else.
import { expect, test } from "vitest";
import { problems } from "../../core/errors/index.ts";
import { watchParts } from "../../core/execute/extract/watch-parts.ts";
import type { Extraction } from "../../core/source/index.ts";

const extraction = {
  parts: [{ open: async function* () {} }],
  resumable: true,
  rows: () => 0,
  account: () => Promise.reject(new Error("not asked")),
} satisfies Extraction;
const cut = problems.storeConnectionLost(
  { store: "shop.db", place: "db", what: "reading `t`", reason: "cut" },
  { retryable: true },
);
const reopenOf = (signal: AbortSignal) => watchParts(extraction, undefined, () => undefined, signal).parts[0]?.reopen;

test("a part is opened again after a cut, and not when everything has ended, before the wait or while it lasts", async () => {
  const running = new AbortController();
  expect(await reopenOf(running.signal)?.(cut)).toBe(true);
  const waiting = reopenOf(running.signal)?.(cut);
  running.abort(cut);
  expect(await waiting).toBe(false);
  expect(await reopenOf(running.signal)?.(cut)).toBe(false);
});
