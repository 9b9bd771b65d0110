// The configuration, loaded and normalised. May not know projects.
export type * from "./types.ts";
