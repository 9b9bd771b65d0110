// Owns how the reading of stores behind builds is told: the instant, what was counted, what was lost, what it cost.
import type { ExtractionRecord } from "../../manifest/index.ts";
import type { BuildRecord } from "../../state/index.ts";
import { formatDurationMs } from "../../util/index.ts";
import { formatBytes, formatCount, formatTime } from "./format.ts";
import type { Colors } from "./output.ts";
import { formatTable } from "./table.ts";

/** undefined when none of the builds was read from a store. */
export function formatExtractions(builds: readonly BuildRecord[], colors: Colors): string | undefined {
  const rows = builds.flatMap(({ id, model, asOf, extraction }) =>
    extraction
      ? [
          [
            id,
            model,
            asOf === undefined ? "-" : formatTime(asOf),
            extraction.strategy,
            extraction.watermark?.value ?? "-",
            formatCount(extraction.storeRows),
            formatCount(extraction.storeRows - extraction.landedRows),
            formatCheck(extraction),
            formatBytes(extraction.cost.readBytes),
            formatDurationMs(extraction.cost.storeMs),
            formatCount(extraction.cost.readers),
          ],
        ]
      : [],
  );
  if (rows.length === 0) return undefined;
  return formatTable(
    [
      { title: "build" },
      { title: "model" },
      { title: "as of" },
      { title: "strategy" },
      { title: "watermark" },
      { title: "rows in store", align: "right" },
      { title: "lost", align: "right" },
      { title: "checksum" },
      { title: "read", align: "right" },
      { title: "store time", align: "right" },
      { title: "readers", align: "right" },
    ],
    rows,
    colors,
  );
}

/** `equal`, with the columns that are not in it. The checksums themselves are in the JSON form. */
function formatCheck({ checksum, unchecked }: ExtractionRecord): string {
  if (!checksum) return "not taken";
  const verdict = checksum.store === checksum.landed ? "equal" : "not compared";
  return unchecked.length === 0 ? verdict : `${verdict}, without ${unchecked.map(({ column }) => column).join(", ")}`;
}
