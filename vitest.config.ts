// Owns how the test suite runs. Few files run at a time, in forks: they start real engines and machines are small. Tests of faults wait a lot, so it is
// one more than the smallest machine has processors.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "mesh-elt": fileURLToPath(new URL("./core/index.ts", import.meta.url)) } },
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
