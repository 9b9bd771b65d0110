// The example mesh: a travel company's domains, one project each. `npm run demo` starts the stores they read.
import { defineMesh } from "mesh-elt";

export default defineMesh({
  name: "voyage",
  projects: [
    "projects/*",
    // A seventh domain whose store is a MariaDB: only where one is installed. The demo sets the variable.
    ...(process.env.MESH_DEMO_MARIADB === "1" ? ["demo/optional/*"] : []),
  ],
  defaultTarget: "local",
  targets: {
    local: {
      warehouse: { kind: "duckdb", path: ".mesh/warehouse" },
      state: { kind: "sqlite", path: ".mesh/state.db" },
    },
  },
  // What card numbers are tokenized with. The demo brings a key of its own.
  protect: { keys: { id: "k1", from: { env: "MESH_PROTECT_KEY" } } },
  // Builds that are kept to roll back to.
  retention: { builds: 3, minAge: "1h" },
});
