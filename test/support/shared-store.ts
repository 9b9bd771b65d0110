// Owns one real store for all tests around the call: there before the first of them, gone after the last, with its server.
import { afterAll, beforeAll } from "vitest";
import type { StoreMaker, TestStore } from "./stores.ts";

/** Hooks that are registered after the call see the store too, in both directions. */
export function sharedStore(start: () => Promise<StoreMaker>): Omit<TestStore, "remove"> {
  let server: StoreMaker | undefined;
  let store: TestStore | undefined;
  beforeAll(async () => {
    server = await start();
    store = await server.createStore();
  });
  afterAll(async () => {
    await store?.remove();
    await server?.stop();
  });
  const made = (): TestStore => {
    if (!store) throw new Error("the store is there only while the tests run");
    return store;
  };
  return {
    get settings() {
      return made().settings;
    },
    get writer() {
      return made().writer;
    },
    openWriter: () => made().openWriter(),
  };
}
