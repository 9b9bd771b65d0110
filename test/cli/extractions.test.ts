// What `mesh builds` says of how stores were read.
import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { formatExtractions } from "../../core/cli/output/extractions.ts";
import type { BuildRecord } from "../../core/state/index.ts";

const asOf = new Date(2026, 10, 26, 13, 45, 10);
const build = (id: string, extraction?: Partial<BuildRecord["extraction"]>): BuildRecord =>
  ({
    id,
    model: "shop.orders",
    asOf,
    ...(extraction && {
      extraction: {
        strategy: "full",
        storeRows: 12_000,
        landedRows: 12_000,
        unchecked: [],
        storeColumns: [],
        drift: [],
        cost: { storeMs: 1_240, readBytes: 4_100_000, writtenBytes: 900_000, readers: 2 },
        ...extraction,
      },
    }),
  }) as unknown as BuildRecord;
const equal = { store: "1153409155529695143799585", landed: "1153409155529695143799585" };

describe("how stores were read", () => {
  it("is told for each build that came from one: the instant, the loss, the check, the cost", () => {
    const text = formatExtractions(
      [
        build("b3", {
          strategy: "incremental",
          watermark: { column: "updated_at", value: "2026-11-26 13:40:00" },
          checksum: equal,
          unchecked: [{ column: "price", reason: "a float" }],
        }),
        build("b2", { landedRows: 11_998, checksum: { store: "1", landed: "2" } }),
        build("b1", {}),
        build("b0"),
      ],
      pc.createColors(false),
    );
    expect(
      text
        ?.split("\n")
        .filter((line) => !line.startsWith("─"))
        .map((line) => line.split(/ {2,}/).filter(Boolean).join(" | ").trim()),
    ).toEqual([
      "build | model | as of | strategy | watermark | rows in store | lost | checksum | read | store time | readers",
      "b3 | shop.orders | 2026-11-26 13:45:10 | incremental | 2026-11-26 13:40:00 | 12,000 | 0 | equal, without price | 4.1 MB | 1.2s | 2",
      "b2 | shop.orders | 2026-11-26 13:45:10 | full | - | 12,000 | 2 | not compared | 4.1 MB | 1.2s | 2",
      "b1 | shop.orders | 2026-11-26 13:45:10 | full | - | 12,000 | 0 | not taken | 4.1 MB | 1.2s | 2",
    ]);
  });

  it("is not told when no build came from a store", () => {
    expect(formatExtractions([build("b0")], pc.createColors(false))).toBeUndefined();
  });
});
