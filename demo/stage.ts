// Owns the stage of the demos: the stores of the example company, up and filled, what the projects ask of the environment, and the way out
// when a signal comes. What is played on it is in `main.ts` and `scheduler.ts`.
import { chmod, mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { writeFileAtomic } from "../core/util/index.ts";
import { fillStores, type StoreAddresses } from "./fill-stores.ts";
import type { DemoOptions } from "./options.ts";
import { isMariadbInstalled, startMariadb } from "./stores/mariadb.ts";
import { startPostgres } from "./stores/postgres.ts";

const EXIT_CODES: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

export const root = process.cwd();
const folder = join(root, ".demo");
export const say = (line: string) => console.log(line);

export interface Server {
  stop(): Promise<void>;
}

/** What a signal is passed on to, and what must have ended before the stores go. */
export interface Playing {
  interrupt(signal: NodeJS.Signals): void;
  idle(): Promise<void>;
}

/** What has to be undone, and the way out when a signal comes. */
export class Ending {
  readonly #starting: Promise<Server | undefined>[] = [];
  readonly interrupted: Promise<never>;
  #playing: Playing | undefined;
  #signal: NodeJS.Signals | undefined;

  constructor() {
    this.interrupted = new Promise((_resolve, reject) => {
      for (const signal of Object.keys(EXIT_CODES) as NodeJS.Signals[]) {
        process.on(signal, () => {
          if (this.#signal === undefined) say("\nStopping the demo; the next run goes on from here.");
          this.#signal = signal;
          this.#playing?.interrupt(signal === "SIGHUP" ? "SIGTERM" : signal);
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

  watch<T extends Playing>(playing: T): T {
    this.#playing = playing;
    return playing;
  }

  async undo(): Promise<void> {
    await this.#playing?.idle();
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

export interface Stage {
  readonly env: Readonly<Record<string, string>>;
  /** The day of the company's data. */
  readonly date: string;
  /** The stores were loaded anew. */
  readonly first: boolean;
  /** Relative to the working folder. */
  readonly environmentFile: string;
}

export async function setStage(ending: Ending, options: DemoOptions): Promise<Stage> {
  await mkdir(folder, { recursive: true });
  const stores = await startStores(ending, options);
  const { first, date } = await fillStores(stores, folder, options, say);
  const env = environmentOf(stores);
  return { env, date, first, environmentFile: await writeEnvironmentFile(env) };
}

/** Plays to the end or to the first signal, undoes everything, and gives the exit code. */
export async function play(story: (ending: Ending) => Promise<number>): Promise<number> {
  const ending = new Ending();
  const told = story(ending);
  // After an interrupt the story ends by itself when its stores go: nobody waits for it, so nobody hears it fail.
  told.catch(() => undefined);
  let code: number;
  try {
    code = await Promise.race([told, ending.interrupted]);
  } catch (error) {
    if (ending.exitCode === undefined) console.error(`The demo failed: ${(error as Error).message}`);
    code = 1;
  }
  await ending.undo();
  return ending.exitCode ?? code;
}
