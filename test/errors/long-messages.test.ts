// How long a message may be that quotes what others said.
import { expect, test } from "vitest";
import { problems, tellableError } from "../../core/errors/index.ts";

const SECRET = "a-password-9";
const told = (run: string) =>
  tellableError(problems.runNotFound({ run }), (text) => text.replaceAll(SECRET, "***")).message;

test("a message that quotes megabytes is cut, and says so", () => {
  const message = told("x".repeat(5_000_000));
  expect(message.length).toBeLessThan(10_100);
  expect(message.slice(-40)).toBe("xxxxx… (and 4990017 characters more)".padStart(40, "x"));
  expect(told("x".repeat(5_000))).toBe(`There is no run ${"x".repeat(5_000)}.`);
});

test("a secret at the place of the cut leaves nothing of itself", () => {
  for (let before = 9_960; before < 10_000; before++)
    expect(told(`${"x".repeat(before)}${SECRET}${"y".repeat(1_000)}`)).not.toContain("a-p");
});
