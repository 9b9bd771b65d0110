// Owns reading the names given to `mesh new`.
import { problems } from "../../errors/index.ts";

const NAME = /^[a-z_][a-z0-9_]{0,99}$/;
const EXPECTED = "lower-case letters, digits and underscores, starting with a letter or underscore";

export function readName(name: string): string {
  if (!NAME.test(name)) throw problems.badName({ name, expected: EXPECTED });
  return name;
}

/** `project.name` */
export function readQualifiedName(text: string): { readonly project: string; readonly name: string } {
  const [project, name, ...more] = text.split(".");
  if (project === undefined || name === undefined || more.length > 0 || !NAME.test(project) || !NAME.test(name)) {
    throw problems.badName({ name: text, expected: `project.name, each of ${EXPECTED}` });
  }
  return { project, name };
}
