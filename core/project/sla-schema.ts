// Owns how a service level is written: of a model, and of a source's table.
import { z } from "zod";
import { durationLike, strict, textLike } from "../config/index.ts";
import { parseDurationMs } from "../util/index.ts";

const duration = durationLike("30m, 2h or 1h30m");

const age = {
  freshness: duration.describe("The oldest its data may be.").optional(),
  warn: duration.describe("From this age on its owner is warned. Less than freshness.").optional(),
  calendar: textLike(/^[a-z_][a-z0-9_]{0,99}$/, "the name of a calendar")
    .describe("A name under `calendars` of project.yml or mesh.config.ts: on its days no data is due.")
    .optional(),
  target: z
    .string()
    .refine(
      (text) =>
        /^\d{1,3}(\.\d{1,3})?%$/.test(text) && Number(text.slice(0, -1)) <= 100 && Number(text.slice(0, -1)) > 0,
      {
        error: "a share such as 99% or 99.5%",
      },
    )
    .describe("How often the promise is kept.")
    .optional(),
};

interface WrittenAge {
  readonly freshness?: string | undefined;
  readonly warn?: string | undefined;
}

/** What one key alone cannot tell is wrong. */
function checkAge({ freshness, warn }: WrittenAge, context: z.RefinementCtx): void {
  if (warn === undefined) return;
  const limit = freshness === undefined ? undefined : parseDurationMs(freshness);
  if (freshness === undefined)
    context.addIssue({
      code: "custom",
      path: ["warn"],
      message: "a shorter duration than freshness, which is missing",
    });
  else if ((parseDurationMs(warn) ?? 0) >= (limit ?? Infinity))
    context.addIssue({ code: "custom", path: ["warn"], message: `a shorter duration than freshness, ${freshness}` });
}

/** Of a model, seed or snapshot. */
export const modelSla = strict({
  ...age,
  available_by: textLike(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day such as 06:00")
    .describe("When its data of the day can be read, in the schedule's zone.")
    .optional(),
  max_duration: duration.describe("The longest a run may take to make, test and publish it.").optional(),
}).superRefine(checkAge);

/** Of a source's table: how old the newest published snapshot of it may be. */
export const sourceSla = strict({
  ...age,
  freshness: duration.describe("The oldest its newest snapshot may be."),
}).superRefine(checkAge);
