// Owns how a deployment looks: what it changes for its project and for those who read it, and what stands in its way.
import type { ShownSwitch } from "../../catalog/index.ts";
import type { DeployedProject } from "../../deploy/index.ts";
import { plural } from "./format.ts";
import type { Colors } from "./output.ts";

/** As it comes from here, or over the API. */
type Given<T> = T extends readonly (infer Item)[]
  ? readonly Given<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Given<T[Key]> }
    : T;
type Switched = Given<ShownSwitch>;
type Contract = Switched["contract"][number];
type Schedule = NonNullable<Switched["changes"]["schedules"][number]["to"]>;

const WORDS: Readonly<Record<DeployedProject["status"], string>> = {
  deployed: "deployed",
  unchanged: "nothing to do",
  refused: "refused",
  broken: "does not compile",
  held: "not deployed, because of the others named",
};

/** One project as several lines, without a final newline. */
export function formatDeployed(outcome: DeployedProject, dryRun: boolean, colors: Colors): string {
  const { project, status, deployment, changes, contract, missing } = outcome;
  const paint = { deployed: colors.green, unchanged: colors.dim, held: colors.yellow }[status as string] ?? colors.red;
  const word = dryRun && status === "deployed" ? "can be deployed" : WORDS[status];
  const lines = [`${colors.bold(project)}  ${paint(word)}${deployment === undefined ? "" : `  ${deployment}`}`];
  if (changes) lines.push(...formatChanges(changes));
  lines.push(...formatContract(contract, colors), ...formatMissing(missing));
  if (status === "refused" && contract.some(breaks))
    lines.push(
      `  ${colors.bold("help:")} agree with the owners named, or say why it must be: --allow-breaking --why "…"`,
    );
  if (status === "refused" && missing.length > 0)
    lines.push(`  ${colors.bold("help:")} ask the owners named to deploy it, or deploy their projects first`);
  return lines.join("\n");
}

function formatChanges({ first, added, removed, changed, schedules, files }: Switched["changes"]): readonly string[] {
  if (first) {
    const count = [
      plural(added.length, "model"),
      ...(schedules.length > 0 ? [plural(schedules.length, "schedule")] : []),
    ];
    return [`  first deployment: ${count.join(", ")}`];
  }
  const shown = new Set([...added, ...changed.map(({ model }) => model)]);
  const other = files.length > 0 && shown.size === 0 ? files.map((file) => `  ~ ${file}`) : [];
  return [
    ...added.map((id) => `  + ${id}`),
    ...removed.map((id) => `  - ${id}`),
    ...changed.map(({ model, what }) => `  ~ ${model}: ${what.join(", ")}`),
    ...other,
    ...schedules.map(({ name, from, to }) => `  ${sayScheduleChange(name, from, to)}`),
  ];
}

function sayScheduleChange(name: string, from: Schedule | undefined, to: Schedule | undefined): string {
  if (!to) return `- schedule ${name}`;
  if (!from) return `+ schedule ${name}: ${to.cron === undefined ? to.on : `${to.cron} ${to.timezone}`}`;
  const [was, is] = [from, to].map(
    (schedule) => new Map(Object.entries(schedule).map(([key, value]) => [key, String(value)])),
  );
  const changed = [...new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])]
    .filter((key) => was?.get(key) !== is?.get(key))
    .map((key) => `${key} ${is?.get(key) || "none"}, was ${was?.get(key) || "none"}`);
  return `~ schedule ${name}: ${changed.join("; ")}`;
}

function breaks({ level, consumers }: Contract): boolean {
  return level === "breaking" && consumers.length > 0;
}

/** Breaking and dangerous changes with whom they reach; what is only more than before is not told. */
function formatContract(contract: readonly Contract[], colors: Colors): readonly string[] {
  return contract
    .filter(({ level }) => level !== "minor")
    .flatMap((change) => {
      const { level, what, consumers } = change;
      const label = breaks(change) ? colors.red(level) : colors.yellow(level);
      const nobody = consumers.length === 0 ? "; nobody can be using it" : "";
      return [
        `  ${label}: ${what}${nobody}`,
        ...consumers.map(({ kind, id, project, owner, how }) => {
          const reader = kind === "model" ? id : `${kind} ${id}`;
          return `    ${how === "reads" ? "read by" : how === "uses" ? "used by" : "may be used by"} ${reader} of ${project}: ${owner}`;
        }),
      ];
    });
}

function formatMissing(missing: Switched["missing"]): readonly string[] {
  const say = {
    "project not deployed": "is of a project that is not deployed",
    "no such model": "is not deployed",
    "not public": "is not public as deployed",
  } as const;
  return missing.map(({ reader, kind, model, project, owner, why }) => {
    const name = kind === "model" ? reader : `${kind} ${reader}`;
    return `  ${name} reads ${model}, which ${say[why]}; ${project} is owned by ${owner ?? "nobody known"}`;
  });
}

export function formatSwitched({ event, changes, contract, missing }: Switched, colors: Colors): string {
  const now = event.deployment === undefined ? "retired" : `deployment ${event.deployment} in force again`;
  return [
    `${colors.bold(event.project)}  ${now}`,
    ...formatChanges(changes),
    ...formatContract(contract, colors),
    ...formatMissing(missing),
  ].join("\n");
}
