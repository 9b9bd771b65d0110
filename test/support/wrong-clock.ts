// Owns a clock that a test puts back and forward under a process that runs, and under its children: libfaketime reads the offset from a file at
// every look. The clock by which a process measures how long something takes goes on, as it does when a real clock is put right.
import { existsSync, readdirSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

export const HOUR_MS = 3_600_000;

/** The library; undefined, with a line, where this machine has none. */
export const faketimeLibrary = ["/usr/lib", "/usr/lib64"]
  .flatMap((folder) => [folder, ...namesIn(folder).map((name) => join(folder, name))])
  .map((folder) => join(folder, "faketime", "libfaketime.so.1"))
  .find((file) => existsSync(file));
if (faketimeLibrary === undefined) console.log("libfaketime is not installed: tests with wrong clocks are skipped");

export interface WrongClock {
  /** What a process is started with to go by it. */
  readonly env: Readonly<Record<string, string>>;
  /** How far it is from the right time. */
  readonly offsetMs: number;
  set(offsetMs: number): Promise<void>;
}

/** Its file is in `folder`, by this name. */
export async function createWrongClock(folder: string, name: string, offsetMs: number): Promise<WrongClock> {
  const file = join(folder, `clock-${name}`);
  let present = offsetMs;
  const set = async (ms: number) => {
    // Whole at every instant: a clock that finds no offset is right.
    await writeFile(`${file}.new`, `${ms < 0 ? "-" : "+"}${Math.abs(ms) / 1_000}\n`);
    await rename(`${file}.new`, file);
    present = ms;
  };
  await set(offsetMs);
  return {
    env: {
      LD_PRELOAD: faketimeLibrary ?? "",
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
    },
    get offsetMs() {
      return present;
    },
    set,
  };
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
