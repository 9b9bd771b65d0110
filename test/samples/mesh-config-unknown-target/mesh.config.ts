import { defineMesh } from "mesh-elt";
export default defineMesh({
  name: "temp",
  defaultTarget: "dve",
  targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } },
});
