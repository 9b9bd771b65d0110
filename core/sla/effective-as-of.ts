// Owns how old the rows of a published build are: the oldest instant that the rows it reads show, however often it is built again.
import type { Manifest } from "../manifest/index.ts";
import type { ServiceFacts } from "./types.ts";

/** Rows that do not age: a seed's, and those of a query that reads nothing. */
export const TIMELESS = Number.POSITIVE_INFINITY;

/**
 * model -> the instant its published rows show; undefined when it has none. An input whose rows have not changed since counts as of its
 * newest reading, although nothing was built again because of it.
 */
export function createAsOf(manifest: Manifest, facts: ServiceFacts): (model: string) => number | undefined {
  const known = new Map<string, number>();

  const ofBuild = (id: string): number | undefined => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const build = facts.builds.get(id);
    if (!build) return undefined;
    // Two models may have read one another at different times: whoever comes round again finds what was recorded.
    known.set(id, build.asOf ?? TIMELESS);
    const found = ofInputs(build.model, build.inputs, build.asOf);
    known.set(id, found);
    return found;
  };
  const ofInputs = (
    id: string,
    inputs: Readonly<Record<string, { readonly buildId: string; readonly contentId: string }>>,
    recorded: number | undefined,
  ): number => {
    const model = manifest.models[id];
    const pins = Object.entries(inputs);
    if (pins.length === 0) {
      const ages = model?.kind === "snapshot" || model?.kind === "typescript" || model === undefined;
      return ages ? (recorded ?? TIMELESS) : TIMELESS;
    }
    return Math.min(
      ...pins.map(([input, pin]) => {
        const shown = facts.published.get(input)?.buildId;
        const same = shown !== undefined && facts.builds.get(shown)?.contentId === pin.contentId;
        return ofBuild(same ? shown : pin.buildId) ?? recorded ?? TIMELESS;
      }),
    );
  };
  return (model) => {
    const shown = facts.published.get(model);
    return shown && ofBuild(shown.buildId);
  };
}
