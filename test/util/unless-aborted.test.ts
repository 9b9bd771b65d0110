// Waiting for work that a signal may end, over and over, without holding on to what it gave.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { unlessAborted } from "../../core/util/index.ts";

setFlagsFromString("--expose_gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("waiting unless aborted", () => {
  it("gives what the work gives, or throws what it throws", async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(signal, Promise.resolve(1))).toBe(1);
    await expect(unlessAborted(signal, Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  });

  it("throws the signal's reason at once, before or while it waits", async () => {
    const never = new Promise<never>(() => undefined);
    const abort = new AbortController();
    const waiting = unlessAborted(abort.signal, never);
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(unlessAborted(abort.signal, never)).rejects.toThrow("enough");
  });

  it("lets go of every chunk of a stream, however long the signal lives", async () => {
    const { signal } = new AbortController();
    const chunks: WeakRef<object>[] = [];
    for (let i = 0; i < 100; i++) {
      const chunk = await unlessAborted(signal, Promise.resolve({ bytes: new Uint8Array(1_000) }));
      chunks.push(new WeakRef(chunk));
    }
    await new Promise((next) => setImmediate(next));
    collectGarbage();
    expect(chunks.filter((chunk) => chunk.deref() !== undefined).length).toBeLessThan(5);
    expect(signal.aborted).toBe(false);
  });
});
