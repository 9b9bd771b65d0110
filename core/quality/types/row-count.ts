// Owns the test type `row_count`.
import { z } from "zod";
import { defineTestType } from "../test-type.ts";

const bound = z.int("must be a whole number").min(0, "must not be negative").optional();

export const rowCount = defineTestType({
  name: "row_count",
  doc: "The number of rows lies within bounds, both included.",
  level: "model",
  args: z
    .strictObject({
      min: bound.describe("The least number of rows."),
      max: bound.describe("The greatest number of rows."),
    })
    .refine(({ min, max }) => min !== undefined || max !== undefined, "needs `min`, `max` or both")
    .refine(({ min, max }) => min === undefined || max === undefined || min <= max, "needs `min` not above `max`"),
  sql({ min, max }, scope) {
    const outside = [
      ...(min === undefined ? [] : [`row_count < ${min}`]),
      ...(max === undefined ? [] : [`row_count > ${max}`]),
    ];
    return `select row_count
from (select count(*) as row_count from ${scope.relation}) as counted
where ${outside.join(" or ")}`;
  },
});
