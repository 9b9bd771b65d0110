// Owns the test type `relationships`.
import { z } from "zod";
import { quoteIdentifier } from "../../util/index.ts";
import { columnOf, defineTestType } from "../test-type.ts";

export const relationships = defineTestType({
  name: "relationships",
  doc: "Every value of the column exists in a column of another model. NULLs pass.",
  level: "column",
  args: z.strictObject({
    to: z.string("must be a reference such as ref('customers')").describe("The other model: `ref('customers')`."),
    field: z.string("must be the name of a column").describe("The column of the other model."),
  }),
  sql({ to, field }, scope) {
    const column = columnOf(scope);
    return `with child as (
  select ${column}
  from ${scope.relation}
  where ${column} is not null
),
parent as (
  select ${quoteIdentifier(field)} as to_field
  from ${scope.relationOf(to, "to")}
)
select child.${column}
from child
left join parent on child.${column} = parent.to_field
where parent.to_field is null`;
  },
});
