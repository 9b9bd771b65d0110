// A folder to a Project: facts as written, with file and line. May not resolve or render anything.
export type * from "./types.ts";
