// Projects to the manifest and its diagnostics: references, queries, columns, contracts, tests, fingerprints. May not plan or run anything.
export { type CompiledMesh, type CompileRequest, compileMesh } from "./compile-mesh.ts";
export { canonicalSql } from "./sql/canonical-sql.ts";
