// The one error class, problems as data, and the catalogue of coded problems. May not import anything but `util`.

export * as problems from "./catalogue/index.ts";
export { type ProblemDefinition, problemDefinitions } from "./define-problem.ts";
export {
  type Diagnostic,
  type DiagnosticLevel,
  type Location,
  MeshError,
  placed,
  tellableError,
  toDiagnostic,
  toMeshError,
} from "./mesh-error.ts";
