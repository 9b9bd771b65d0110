// Owns `npm run demo`: stores up, data in, mesh over them, results shown, stores down. However it ends, nothing stays behind.
import { chmod, mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { writeFileAtomic } from "../core/util/index.ts";
import { fillStores, type StoreAddresses } from "./fill-stores.ts";
import { type MeshCommands, meshCommands } from "./mesh-command.ts";
import { type DemoOptions, readOptions, USAGE } from "./options.ts";
import { isMariadbInstalled, startMariadb } from "./stores/mariadb.ts";
import { startPostgres } from "./stores/postgres.ts";

const SHOWN = ["flights.route_performance", "bookings.daily_bookings", "finance.revenue_by_route"];
const EXIT_CODES: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

const root = process.cwd();
const folder = join(root, ".demo");
const say = (line: string) => console.log(line);

interface Server {
  stop(): Promise<void>;
}

/** What has to be undone, and the way out when a signal comes. */
class Ending {
  readonly #starting: Promise<Server | undefined>[] = [];
  readonly interrupted: Promise<never>;
  #commands: MeshCommands | undefined;
  #signal: NodeJS.Signals | undefined;

  constructor() {
    this.interrupted = new Promise((_resolve, reject) => {
      for (const signal of Object.keys(EXIT_CODES) as NodeJS.Signals[]) {
        process.on(signal, () => {
          if (this.#signal === undefined) say("\nStopping the demo; the next run goes on from here.");
          this.#signal = signal;
          this.#commands?.interrupt(signal === "SIGHUP" ? "SIGTERM" : signal);
          reject(new Error("interrupted"));
        });
      }
    });
    this.interrupted.catch(() => undefined);
  }

  get exitCode(): number | undefined {
    return this.#signal === undefined ? undefined : EXIT_CODES[this.#signal];
  }

  /** A server on its way up is stopped too, once it is up. */
  async start<T extends Server>(starting: Promise<T>): Promise<T> {
    this.#starting.push(starting.catch(() => undefined));
    return await starting;
  }

  watch(commands: MeshCommands): MeshCommands {
    this.#commands = commands;
    return commands;
  }

  async undo(): Promise<void> {
    await this.#commands?.idle();
    await Promise.all(this.#starting.map(async (starting) => (await starting)?.stop()));
  }
}

async function startStores(ending: Ending, options: DemoOptions): Promise<StoreAddresses> {
  const withMariadb = options.mariadb && (await isMariadbInstalled());
  const [postgres, mariadb] = await Promise.all([
    ending.start(startPostgres({ dataDir: join(folder, "postgres") })),
    withMariadb ? ending.start(startMariadb({ dataDir: join(folder, "mariadb") })) : undefined,
  ]);
  say(`Started Postgres on port ${postgres.port}${mariadb ? ` and MariaDB on port ${mariadb.port}` : ""}`);
  if (!mariadb) say("  without MariaDB: the loyalty service is left out");
  return {
    postgresUrlOf: postgres.urlOf,
    catalogFile: join(folder, "catalog.db"),
    ...(mariadb && { loyaltyUrl: mariadb.url }),
  };
}

/** Everybody knows it: for the made-up cards of the demo only. */
const DEMO_KEY = "6d6573682064656d6f206b65792c206e6f7420666f72207265616c2064617461";

/** What the projects ask of the environment. */
function environmentOf(stores: StoreAddresses): Readonly<Record<string, string>> {
  return {
    FLIGHTS_DB_URL: stores.postgresUrlOf("flights_db"),
    CUSTOMERS_DB_URL: stores.postgresUrlOf("customers_db"),
    BOOKINGS_DB_URL: stores.postgresUrlOf("bookings_db"),
    PAYMENTS_DB_URL: stores.postgresUrlOf("payments_db"),
    CATALOG_DB_FILE: stores.catalogFile,
    MESH_PROTECT_KEY: process.env.MESH_PROTECT_KEY ?? DEMO_KEY,
    ...(stores.loyaltyUrl !== undefined && { LOYALTY_DB_URL: stores.loyaltyUrl, MESH_DEMO_MARIADB: "1" }),
  };
}

async function writeEnvironmentFile(env: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, "env");
  const lines = Object.entries(env).map(([name, value]) => `export ${name}='${value}'`);
  await writeFileAtomic(
    path,
    `# How to reach the demo's stores while they run: \`. .demo/env\`\n${lines.join("\n")}\n`,
  );
  await chmod(path, 0o600);
  return relative(root, path);
}

/** 0, or the exit code of the command that went wrong. */
async function tellStory(ending: Ending, options: DemoOptions): Promise<number> {
  const startedAt = performance.now();
  await mkdir(folder, { recursive: true });
  const stores = await startStores(ending, options);
  const filled = await fillStores(stores, folder, options, say);
  const env = environmentOf(stores);
  const environmentFile = await writeEnvironmentFile(env);
  const mesh = ending.watch(meshCommands(root, env, say));

  // Stores that were loaded anew hold less than what mesh may remember of those before.
  const anew = filled.first ? ["--full-refresh"] : [];
  for (const command of [["compile"], ["plan", ...anew], ["run", ...anew]]) {
    const code = await mesh.run(...command);
    if (code !== 0) return code;
  }
  for (const model of SHOWN) {
    const code = await mesh.run("show", model, "--limit", "5");
    if (code !== 0) return code;
  }
  say(`\nDone in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s. The company's day is ${filled.date}.`);
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
  const ending = new Ending();
  const story = tellStory(ending, options);
  // After an interrupt the story ends by itself when its stores go: nobody waits for it, so nobody hears it fail.
  story.catch(() => undefined);
  let code: number;
  try {
    code = await Promise.race([story, ending.interrupted]);
  } catch (error) {
    if (ending.exitCode === undefined) console.error(`The demo failed: ${(error as Error).message}`);
    code = 1;
  }
  await ending.undo();
  return ending.exitCode ?? code;
}

process.exit(await main());
