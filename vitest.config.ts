// Owns how the test suite runs. Files run one after another in forks: they start real engines and the machine is small.
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

/** Faults of whole processes that take minutes: `npm run test:faults:short`, and `npm run test:faults` for their long forms. */
const SLOW_FAULTS = [
  ...["broker", "disks", "metadata", "publishing", "schedulers", "schedules", "soak", "workers"].map(
    (name) => `test/faults/${name}.test.ts`,
  ),
  "test/scheduler/transport-faults.test.ts",
];

export default defineConfig({
  resolve: { alias: { "mesh-elt": fileURLToPath(new URL("./core/index.ts", import.meta.url)) } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(process.env.MESH_FAULTS ? [] : SLOW_FAULTS)],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
