// How long a message may be that quotes what others said.
import { expect, test } from "vitest";
import { problems } from "../../core/errors/index.ts";

test("a message that quotes megabytes is cut, and says so", () => {
  const { message } = problems.runNotFound({ run: "x".repeat(5_000_000) });
  expect(message.length).toBeLessThan(10_100);
  expect(message.slice(-40)).toBe("xxxxx… (and 4990017 characters more)".padStart(40, "x"));
  expect(problems.runNotFound({ run: "x".repeat(5_000) }).message).toBe(`There is no run ${"x".repeat(5_000)}.`);
});
