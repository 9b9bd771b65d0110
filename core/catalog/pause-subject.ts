// Owns what a person means by the thing to pause: its form, and that the mesh has it.
import { problems } from "../errors/index.ts";
import type { Manifest } from "../manifest/index.ts";
import type { PauseKind, PauseSubject } from "../state/index.ts";
import { closest } from "../util/index.ts";

const FORM = /^(project|schedule|model|pool):(.+)$/;

/** `system`, or the kind and the name with a colon between. Throws `pause/what-unclear`. */
export function readPauseSubject(text: string): PauseSubject {
  if (text === "system") return { kind: "system", name: "" };
  const [, kind, name] = FORM.exec(text) ?? [];
  if (kind === undefined || name === undefined) throw problems.pauseForm({ given: text });
  return { kind: kind as PauseKind, name };
}

/** `pools`: those configured. Throws `pause/unknown`: a pause of what is not there would hold nothing back, unnoticed. */
export function checkPauseSubject({ kind, name }: PauseSubject, manifest: Manifest, pools: readonly string[]): void {
  if (kind === "system") return;
  const names = namesOf(kind, manifest, pools);
  if (!names.has(name)) throw problems.pauseUnknown({ kind, name, near: closest(name, [...names]) });
}

function namesOf(
  kind: Exclude<PauseKind, "system">,
  manifest: Manifest,
  known: readonly string[],
): ReadonlySet<string> {
  const projects = Object.keys(manifest.projects);
  const models = Object.values(manifest.models);
  switch (kind) {
    case "project":
      return new Set(projects);
    case "schedule":
      return new Set(
        Object.values(manifest.projects).flatMap(({ name, schedules }) =>
          Object.keys(schedules).map((schedule) => `${name}.${schedule}`),
        ),
      );
    case "model":
      return new Set(models.map(({ id }) => id));
    case "pool":
      return new Set([
        "warehouse",
        ...Object.keys(manifest.stores).map((store) => `store:${store}`),
        ...projects.map((project) => `project:${project}`),
        ...models.flatMap(({ tags }) => tags.map((tag) => `tag:${tag}`)),
        ...models.flatMap(({ config: { pools = [] } }) => pools),
        ...known,
      ]);
  }
}
