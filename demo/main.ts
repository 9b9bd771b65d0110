// Owns `npm run demo`: stores up, data in, mesh over them, results shown, stores down. However it ends, nothing stays behind.
import { meshCommands } from "./mesh-command.ts";
import { type DemoOptions, readOptions, USAGE } from "./options.ts";
import { type Ending, play, root, say, setStage } from "./stage.ts";

const SHOWN = ["flights.route_performance", "bookings.daily_bookings", "finance.revenue_by_route"];

/** 0, or the exit code of the command that went wrong. */
async function tellStory(ending: Ending, options: DemoOptions): Promise<number> {
  const startedAt = performance.now();
  const { env, first, date, environmentFile } = await setStage(ending, options);
  const mesh = ending.watch(meshCommands(root, env, say));

  // Stores that were loaded anew hold less than what mesh may remember of those before.
  const anew = first ? ["--full-refresh"] : [];
  for (const command of [["compile"], ["plan", ...anew], ["run", ...anew]]) {
    const code = await mesh.run(...command);
    if (code !== 0) return code;
  }
  for (const model of SHOWN) {
    const code = await mesh.run("show", model, "--limit", "5");
    if (code !== 0) return code;
  }
  say(`\nDone in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s. The company's day is ${date}.`);
  say("Published tables: .mesh/warehouse/serving/<project>.duckdb, read-only, with any DuckDB client.");
  if (!options.keep) {
    say("Run it again: the services live one day more, and only what that touches is built.");
    return 0;
  }
  say(
    `\nThe stores stay up until Ctrl-C. In another terminal:\n\n  . ${environmentFile}\n  npx mesh run --select finance.revenue_by_route\n`,
  );
  // Nothing else keeps the process alive: the servers' handles do not.
  const alive = setInterval(() => undefined, 60_000);
  await ending.interrupted.finally(() => clearInterval(alive));
  return 0;
}

async function main(): Promise<number> {
  let options: DemoOptions;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    say(USAGE);
    return 0;
  }
  return play((ending) => tellStory(ending, options));
}

process.exit(await main());
