// Every materialization, by name.
import type { Materialization } from "../../manifest/index.ts";
import type { MaterializationType } from "../statement-input.ts";
import { incremental } from "./incremental.ts";
import { seed } from "./seed.ts";
import { snapshot } from "./snapshot.ts";
import { table } from "./table.ts";
import { view } from "./view.ts";

export const materializations: Readonly<Record<Materialization, MaterializationType>> = {
  incremental,
  seed,
  snapshot,
  table,
  view,
};
