// Owns what a test type is: its arguments and the query whose rows are its failures. The types themselves are in `types/`.
import type { z } from "zod";

export type TestLevel = "column" | "model" | "both";

/** What a type's query may be made of. Its functions collect problems instead of throwing, so that all are shown. */
export interface TestScope {
  /** The tested model as it stands after `from`: its rows, filtered by `where`, under the model's name. */
  readonly relation: string;
  /** The tested column, quoted; undefined when the test stands on the model. */
  readonly column: string | undefined;
  /** A column of the tested model that an argument names, quoted. */
  quoteColumn(name: string, argument: string): string;
  /** The relation that an argument like `ref('customers')` names. */
  relationOf(reference: string, argument: string): string;
}

export interface TestType {
  /** As written in YAML. */
  readonly name: string;
  /** One sentence, for docs and editors. */
  readonly doc: string;
  /** Where it may be written. */
  readonly level: TestLevel;
  readonly args: z.ZodObject;
  /** Every row of the query is a failure. */
  sql(args: Readonly<Record<string, unknown>>, scope: TestScope): string;
}

/** Ties the type of `args` to its schema; what comes out is what the index holds. */
export function defineTestType<Args extends z.ZodObject>(type: {
  readonly name: string;
  readonly doc: string;
  readonly level: TestLevel;
  readonly args: Args;
  readonly sql: (args: z.output<Args>, scope: TestScope) => string;
}): TestType {
  return { ...type, sql: (args, scope) => type.sql(args as z.output<Args>, scope) };
}

/** The column of a type whose level is `column`: expansion has made sure that there is one. */
export function columnOf(scope: TestScope): string {
  if (scope.column === undefined) throw new TypeError("a column test was expanded without a column");
  return scope.column;
}
