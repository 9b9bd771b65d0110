import { defineMesh } from "mesh-elt";
export default defineMesh({
  name: "temp",
  thread: 4,
  retention: { builds: 0, minAge: "long" },
  defaultTarget: "dev",
  targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } },
});
