// Owns how much of a source is read and what becomes of it beside the rows that are there: the seam of the snapshot strategies.
import type { Build, Model, SourceColumn } from "../../manifest/index.ts";
import type { CursorWindow } from "../../source/index.ts";
import type { BuildRecord } from "../../state/index.ts";
import type { BuildStatement, WarehouseSession } from "../../warehouse/index.ts";

export interface ReadingStrategy {
  /** As it is recorded: `full`. */
  readonly name: string;
  /** Absent: the whole source. */
  readonly window?: CursorWindow;
  /** The build that the new rows are put together with. Visible in the session under the model's id. */
  readonly base?: Build;
  /** The build's statement over the landing and the base. Absent: what landed is the build. */
  readonly statement?: (seen: Landing) => Promise<BuildStatement>;
  /** How far the source has been read, told from what landed. */
  readonly watermark?: (seen: Landing) => Promise<{ readonly column: string; readonly value: string } | undefined>;
}

/** What landed, visible in the session. */
export interface Landing {
  readonly session: WarehouseSession;
  /** The landing's name in the session. */
  readonly relation: string;
}

export interface StrategyRequest {
  readonly model: Model;
  readonly columns: readonly SourceColumn[];
  readonly published: BuildRecord | undefined;
  readonly fullRefresh: boolean;
}

export function readingStrategy(_request: StrategyRequest): ReadingStrategy {
  return { name: "full" };
}
