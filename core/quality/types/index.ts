// The test types, in alphabetical order. A new type is one file here, one line below and one section of docs/tests.md.
import type { TestType } from "../test-type.ts";
import { acceptedValues } from "./accepted-values.ts";
import { expressionIsTrue } from "./expression-is-true.ts";
import { notNull } from "./not-null.ts";
import { relationships } from "./relationships.ts";
import { rowCount } from "./row-count.ts";
import { unique } from "./unique.ts";
import { uniqueCombinationOfColumns } from "./unique-combination-of-columns.ts";

export const testTypes: readonly TestType[] = [
  acceptedValues,
  expressionIsTrue,
  notNull,
  relationships,
  rowCount,
  unique,
  uniqueCombinationOfColumns,
];
