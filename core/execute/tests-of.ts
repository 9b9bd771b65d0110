// Owns finding the tests that guard a model, indexed once per manifest.
import type { DataTest, Manifest } from "../manifest/index.ts";

const indexes = new WeakMap<Manifest, ReadonlyMap<string, readonly DataTest[]>>();

/** The tests that guard a model's publish, sorted by id. */
export function testsOf(manifest: Manifest, model: string): readonly DataTest[] {
  let index = indexes.get(manifest);
  if (!index) {
    const byModel = new Map<string, DataTest[]>();
    for (const test of Object.values(manifest.tests)) {
      const known = byModel.get(test.model);
      if (known) known.push(test);
      else byModel.set(test.model, [test]);
    }
    index = byModel;
    indexes.set(manifest, index);
  }
  return index.get(model) ?? [];
}
