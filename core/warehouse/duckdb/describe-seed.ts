// Owns reading a seed's file whole before any build: its columns as a build would have them, or what is wrong with it.
import { tmpdir } from "node:os";
import type { SeedReader } from "../types.ts";
import { type CsvFileRequest, checkCsvCells, describeCsvFile } from "./csv-file.ts";
import { createEngine } from "./engine.ts";

/** The database is started when the first seed is described. */
export function createSeedReader(): SeedReader {
  const engine = createEngine({ temporary: tmpdir(), threads: 1 });
  return {
    async describe({ model, path, delimiter, types }) {
      const connection = await engine.connect();
      const request: CsvFileRequest = {
        connection,
        model,
        statement: { kind: "csv-file", path, delimiter, types },
        context: { what: `reading ${model}`, path, memoryLimit: engine.memoryLimit() },
      };
      try {
        const columns = await describeCsvFile(request);
        await checkCsvCells(request, columns);
        return columns;
      } finally {
        connection.close();
      }
    },
    close: () => engine.close(),
  };
}
