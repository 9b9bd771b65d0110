import { defineMesh } from "mesh-elt";
if (!process.env.MESH_SAMPLE_NEVER_SET) throw new Error("MESH_SAMPLE_NEVER_SET is not set");
export default defineMesh({
  name: "temp",
  defaultTarget: "dev",
  targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } },
});
