// Projects to the manifest and what is wrong with them: references, rendering, columns, tests, fingerprints. May not run a model or reach a store.
export { compileInline, type InlineRequest } from "./compile-inline.ts";
export { type CompiledMesh, type CompileRequest, compileMesh } from "./compile-mesh.ts";
export { type CompiledOver, compileOver } from "./compile-over.ts";
