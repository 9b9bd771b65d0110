// Owns `npm run demo:scheduler`: a scheduler, two workers and a Redis over the example company's stores, with the hours passing quickly; one
// worker is killed on the way. However it ends, nothing stays behind.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createMesh, type Mesh } from "../core/index.ts";
import { meshCommands } from "./mesh-command.ts";
import { readOptions } from "./options.ts";
import { type Ending, play, root, say, setStage } from "./stage.ts";

const MAIN = fileURLToPath(new URL("../bin/mesh.cjs", import.meta.url));
const USAGE = `Runs the example company's schedules for some hours of a clock that is sped up.

Usage: npm run demo:scheduler -- [options]

  --hours N      hours that pass        (default 3)
  --seconds N    seconds for each hour  (default 15)
  --no-mariadb   leave out the loyalty service, even when MariaDB is installed
  --help         show this

Ctrl-C ends it; the next one goes on from what is published.
`;

interface Hours {
  readonly hours: number;
  readonly secondsAnHour: number;
}

/** Processes of mesh that go on until they are told to end. */
function createCrew(env: Readonly<Record<string, string>>) {
  const crew = new Set<ChildProcess>();
  return {
    /** Prints what of its log people want to see. */
    start(name: string, ...args: readonly string[]): ChildProcess {
      say(`$ mesh ${args.join(" ")} &`);
      const child = spawn(process.execPath, [MAIN, ...args, "--log-level", "warn"], {
        cwd: root,
        env: { ...process.env, ...env, NO_COLOR: "1" },
        stdio: ["ignore", "pipe", "inherit"],
        detached: true,
      });
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        for (const line of text.split("\n").filter(Boolean)) say(`  ${name}: ${messageOf(line)}`);
      });
      crew.add(child);
      child.once("exit", () => crew.delete(child));
      return child;
    },
    interrupt() {
      for (const child of crew) child.kill("SIGTERM");
    },
    async idle() {
      for (const child of crew) child.kill("SIGTERM");
      await Promise.all([...crew].map((child) => once(child, "exit")));
    },
  };
}

function messageOf(line: string): string {
  try {
    const { msg, task, run } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return [msg, task, run].filter(Boolean).join(" · ");
  } catch {
    return line;
  }
}

async function tellStory(ending: Ending, { hours, secondsAnHour }: Hours, mariadb: boolean): Promise<number> {
  const { env } = await setStage(ending, { ...readOptions([]), mariadb });
  const crew = createCrew(env);
  const commands = meshCommands(root, env, say);
  ending.watch({
    interrupt: (signal) => {
      commands.interrupt(signal);
      crew.interrupt();
    },
    idle: async () => {
      await commands.idle();
      await crew.idle();
    },
  });
  const deployed = await commands.run("deploy");
  if (deployed !== 0) return deployed;

  const start = new Date();
  start.setUTCMinutes(50, 0, 0);
  const speed = Math.round(3_600 / secondsAnHour);
  say(
    `\nAn hour passes in ${secondsAnHour} s. The hourly schedules are due five minutes past, the nightly ones at night.\n`,
  );
  crew.start("scheduler", "scheduler", "--clock", `${start.toISOString().slice(0, 19)}Z*${speed}`);
  const first = crew.start("worker 1", "worker", "--concurrency", "2");
  crew.start("worker 2", "worker", "--concurrency", "2");

  const triggered = await commands.run("trigger", "--select", "*", "--why", "the first build of everything");
  if (triggered !== 0) return triggered;
  const mesh = await createMesh({ cwd: root, env: { ...process.env, ...env } });
  try {
    const killed = await followRuns(mesh, performance.now() + (hours * secondsAnHour + 60) * 1_000, hours, () => {
      say("\n  kill -9 worker 1, in the middle of a run\n");
      first.kill("SIGKILL");
      crew.start("worker 3", "worker", "--concurrency", "2");
    });
    if (!killed) say("No run was under way when a worker was to be killed.");
  } finally {
    await mesh.close();
  }
  for (const command of [["schedules"], ["runs", "--limit", "12"]]) {
    const code = await commands.run(...command);
    if (code !== 0) return code;
  }
  say("\nEvery tick has one run, and every run ended, whoever died on the way.");
  return 0;
}

/** Tells each run's beginning and end until so many scheduled hours have passed and nothing goes on; kills once, in the second of them. */
async function followRuns(mesh: Mesh, untilMs: number, hours: number, kill: () => void): Promise<boolean> {
  const state = await mesh.state();
  const begun = (await state.listRuns({ limit: 1 }))[0]?.id ?? "";
  const told = new Map<string, string>();
  const ticks = new Set<string>();
  let killed = false;
  while (performance.now() < untilMs) {
    const runs = (await state.listRuns({ executor: "workers", limit: 50 })).filter(({ id }) => id >= begun);
    for (const run of [...runs].reverse()) {
      if (run.schedule !== undefined && run.logicalAt) ticks.add(run.logicalAt.toISOString().slice(0, 13));
      if (told.get(run.id) === run.status) continue;
      told.set(run.id, run.status);
      const what = run.schedule === undefined ? run.selection || "everything" : run.schedule;
      const at = run.logicalAt ? ` of ${run.logicalAt.toISOString().slice(11, 16)} UTC` : "";
      say(`  ${run.status.padEnd(9)} ${what}${at}`);
    }
    const underWay = runs.filter(({ status }) => status === "running");
    if (!killed && ticks.size >= 2 && underWay.length > 0) {
      const tasks = await state.listTasks(underWay[0]?.id ?? "");
      if (tasks.some(({ status }) => status === "running")) {
        killed = true;
        kill();
      }
    }
    const open = runs.some(({ status }) => status === "running" || status === "waiting");
    if (ticks.size >= hours && !open) break;
    await sleep(200);
  }
  return killed;
}

function readHours(args: readonly string[]): (Hours & { readonly mariadb: boolean }) | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      hours: { type: "string", default: "3" },
      seconds: { type: "string", default: "15" },
      mariadb: { type: "boolean", default: true },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const count = (name: string, text: string): number => {
    if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
    throw new Error(`--${name} ${text}: expected a whole number from 1 to 999`);
  };
  if (values.help) return undefined;
  return {
    hours: count("hours", values.hours),
    secondsAnHour: count("seconds", values.seconds),
    mariadb: values.mariadb,
  };
}

async function main(): Promise<number> {
  try {
    const options = readHours(process.argv.slice(2));
    if (options) return await play((ending) => tellStory(ending, options, options.mariadb));
    say(USAGE);
    return 0;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
}

process.exit(await main());
