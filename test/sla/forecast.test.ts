// How long a model takes, as far as its last runs say.
import { expect, test } from "vitest";
import { p95 } from "../../core/sla/forecast.ts";

test("all but one run in twenty took no longer", () => {
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => count - i);
  expect(p95([])).toBeUndefined();
  expect([1, 2, 10, 19, 20, 21, 100].map((count) => p95(upTo(count)))).toEqual([1, 2, 10, 19, 19, 20, 95]);
});
