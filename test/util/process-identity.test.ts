// Telling whether a recorded process still runs: by real processes that die, numbers that are given again, and a real namespace of pids.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { identityOf, type ProcessIdentity, type ProcessState, processState } from "../../core/util/index.ts";
import { startTypeScript } from "../support/typescript-child.ts";

const LINUX = process.platform === "linux";
const UNSHARE = ["unshare", ...(process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"]), "--pid", "--fork"];
const NAMESPACES = LINUX && spawnSync(UNSHARE[0] ?? "", [...UNSHARE.slice(1), "--mount-proc", "true"]).status === 0;
if (!NAMESPACES) console.log("processes in another namespace of pids: skipped, this machine lets nobody make one");

function start(command: string, ...args: string[]): ChildProcess & { readonly pid: number } {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child as typeof child & { readonly pid: number };
}

const older = ({ host, pid }: ProcessIdentity): ProcessIdentity => ({ host, pid });

describe("a process", () => {
  test("is alive as long as it runs, and dead once it is killed", async () => {
    expect(processState(identityOf())).toBe("alive");
    const child = start("sleep", "60");
    const identity = identityOf(child.pid);
    expect([processState(identity), processState(older(identity))]).toEqual(["alive", "alive"]);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect([processState(identity), processState(older(identity))]).toEqual(["dead", "dead"]);
  });

  test("of another host is unknown, whether a process here has its number or not", () => {
    const pid = process.pid;
    expect(processState({ host: "elsewhere", pid })).toBe("unknown");
    expect(processState({ host: "elsewhere", pid, process: "0123456789ab.5k" })).toBe("unknown");
  });

  test.runIf(LINUX)("is dead when its number was given to another, which began at another time", () => {
    const { host, pid, process: recorded = "" } = identityOf(process.ppid);
    expect(recorded).toMatch(/^[0-9a-f]{12}\.[0-9a-z]+$/);
    const [place, began = ""] = recorded.split(".");
    const before = (Number.parseInt(began, 36) - 1).toString(36);
    expect(processState({ host, pid, process: `${place}.${before}` })).toBe("dead");
    expect(processState({ host, pid, process: recorded })).toBe("alive");
    expect(processState({ host, pid }), "what older versions recorded tells no more").toBe("alive");
  });

  test.runIf(LINUX)(
    "of this host that began in another boot or another namespace is unknown, whoever has its number",
    () => {
      const { host, pid, process: recorded = "" } = identityOf();
      const [, began] = recorded.split(".");
      expect(processState({ host, pid, process: `0123456789ab.${began}` })).toBe("unknown");
      expect(processState({ host, pid: 2 ** 22 + 1, process: `0123456789ab.${began}` })).toBe("unknown");
    },
  );

  test.runIf(LINUX)("that is dead and not yet collected by its parent is dead", async () => {
    // The shell becomes a program that collects nobody.
    const parent = start("sh", "-c", "sleep 60 & echo $!; exec sleep 60");
    const [line] = (await once(parent.stdout as NonNullable<typeof parent.stdout>, "data")) as [Buffer];
    const identity = identityOf(Number(String(line)));
    expect(processState(identity)).toBe("alive");
    process.kill(identity.pid, "SIGKILL");
    await expect.poll(() => processState(identity), { interval: 5 }).toBe("dead");
    expect(() => process.kill(identity.pid, 0), "its number is still taken").not.toThrow();
    expect(processState(older(identity))).toBe("dead");
  });

  test.runIf(LINUX)("may have spaces and parentheses in its name", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mesh-identity-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const program = join(folder, "a) Z (b 1 2");
    await copyFile(spawnSync("which", ["sleep"], { encoding: "utf8" }).stdout.trim(), program);
    const child = start(program, "60");
    await once(child, "spawn");
    const plain = start("sleep", "60");
    const [odd, even] = [identityOf(child.pid), identityOf(plain.pid)].map(({ process: recorded = "" }) =>
      Number.parseInt(recorded.split(".")[1] ?? "", 36),
    );
    expect(processState(identityOf(child.pid))).toBe("alive");
    expect((even ?? 0) - (odd ?? 0), "ticks of a hundredth of a second").toSatisfy(
      (ticks: number) => ticks >= 0 && ticks < 500,
    );
  });

  test.runIf(NAMESPACES)(
    "in another namespace of pids with the same host name is unknown, from either side",
    async () => {
      const parent = identityOf(process.ppid);
      const told = ["--mount-proc", "--propagation=private"].map(async (how) => {
        const child = startTypeScript("identity-child.ts", [JSON.stringify([identityOf(), parent])], [...UNSHARE, how]);
        // The first of its namespace: nobody of it is left when it dies.
        onTestFinished(async () => {
          for (const pid of childrenOf(child.process.pid)) process.kill(pid, "SIGKILL");
          await child.ended;
        });
        await child.untilLines(1);
        return JSON.parse(child.lines[0] ?? "") as {
          readonly own: ProcessIdentity;
          readonly self: ProcessState;
          readonly others: readonly ProcessState[];
        };
      });
      for (const { own, self, others } of await Promise.all(told)) {
        expect(own).toMatchObject({ host: hostname(), pid: 1, process: expect.any(String) });
        expect(self, "also where /proc shows other numbers than its own").toBe("alive");
        expect(others).toEqual(["unknown", "unknown"]);
        expect(processState(own)).toBe("unknown");
        expect(processState(older(own)), "host and number alone would find a stranger").toBe("alive");
      }
    },
  );
});

function childrenOf(pid: number | undefined): readonly number[] {
  const { stdout } = spawnSync("cat", [`/proc/${pid}/task/${pid}/children`], { encoding: "utf8" });
  return stdout.split(" ").filter(Boolean).map(Number);
}
