// Owns giving a problem its place, for problems found where no place is known.
import { type Location, MeshError } from "../errors/index.ts";

/** The same problem at this place, unless it has one of its own. */
export function placed(problem: MeshError, location: Location): MeshError {
  if (problem.location) return problem;
  const { code, message, help } = problem;
  return new MeshError({ code, message, help, location });
}
