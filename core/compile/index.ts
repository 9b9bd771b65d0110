// Projects to the manifest and what is wrong with them: references, rendering, columns, tests, fingerprints. May not run a model or reach a store.
export { compileInline } from "./compile-inline.ts";
export { type CompiledMesh, compileMesh } from "./compile-mesh.ts";
export { compileOver } from "./compile-over.ts";
