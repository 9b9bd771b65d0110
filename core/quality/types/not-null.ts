// Owns the test type `not_null`.
import { z } from "zod";
import { columnOf, defineTestType } from "../test-type.ts";

export const notNull = defineTestType({
  name: "not_null",
  doc: "The column has a value in every row.",
  level: "column",
  args: z.strictObject({}),
  sql: (_args, scope) => `select *\nfrom ${scope.relation}\nwhere ${columnOf(scope)} is null`,
});
