// The files that a process of mesh is started from, and whether they are still there. May not load anything: child processes start with it.
export { openOwnProgram, watchOwnProgram } from "./own-program.ts";
export { programOf } from "./program-of.ts";
