// The public API: what `mesh.config.ts`, TypeScript models and programs that embed mesh import as "mesh-elt".
// Nothing heavy is loaded by importing it: adapters, compiler and engine come when first used.
export { defineMesh } from "./config/index.ts";
export { type Diagnostic, type Location, MeshError } from "./errors/index.ts";
export type { RunEvent, RunResult, StepResult } from "./execute/index.ts";
export type { Manifest, Model } from "./manifest/index.ts";
export { createMesh } from "./mesh.ts";
export type * from "./mesh-types.ts";
export type { Plan, Step } from "./plan/index.ts";
export { defineModel, ref } from "./project/index.ts";
export { detokenize, type KeyDeclaration, type Keyring, openKeyring } from "./protect/index.ts";
