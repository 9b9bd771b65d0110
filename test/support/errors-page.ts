// Owns the text of docs/errors.md, made from the catalogue. Writes no file.
import { type ProblemDefinition, problemDefinitions } from "../../core/errors/index.ts";

const INTRODUCTION = `# Errors

Every problem mesh reports has a permanent code of the form \`area/problem\`, a message that says what is wrong and where,
and a next step. Problems of the projects are collected and shown together; with \`--json\` they are objects with
\`code\`, \`message\`, \`help\`, \`location\` and \`level\`.

The exit code of a command is 0 when all went well, 1 when a run or a check failed, and 2 for wrong use or a wrong configuration.

This page is made from the catalogue in \`core/errors/catalogue/\`: \`npm run docs:update\`.
`;

/** What each area is about, in the order of the page. An area that is missing here fails the test. */
export const AREAS: Readonly<Record<string, string>> = {
  cli: "The command line",
  config: "The configuration, `mesh.config.ts`",
  yaml: "YAML files, as text",
  project: "Projects and their files",
  template: "Templates",
  compile: "Compiling models",
  sql: "SQL of models",
  graph: "References between models",
  selection: "Selecting models",
  schedule: "Schedules",
  quality: "Tests and their definitions",
  test: "Tests written in SQL",
  plan: "Planning",
  extract: "Snapshots of stores",
  snapshot: "Strategies of snapshots, and backfills",
  backfill: "Backfills",
  pause: "Pausing",
  source: "Sources",
  store: "Connections to stores",
  files: "Files as stores",
  http: "HTTP APIs as stores",
  protect: "Card data and other protected columns",
  materialize: "Materializations",
  rows: "Rows of TypeScript models",
  typescript: "TypeScript models",
  warehouse: "The warehouse",
  run: "Running",
  process: "Schedulers and workers",
  diff: "Comparing builds",
  sla: "Service levels, incidents and alerts",
  publish: "Publishing and rollback",
  deploy: "Deployments",
  state: "The state store",
  token: "Tokens of the API",
  redis: "Redis, of schedulers and workers",
  api: "The HTTP API",
  remote: "Asking the API from the command line",
  manifest: "The manifest",
  internal: "Defects of mesh",
};

export const areaOf = (code: string) => code.split("/")[0] ?? "";

/** The page: a section for each area, in it one for each code. */
export function errorsPage(definitions: readonly ProblemDefinition[] = problemDefinitions()): string {
  const areas = [...new Set([...Object.keys(AREAS), ...definitions.map(({ code }) => areaOf(code))])];
  const sections = areas.flatMap((area) => {
    const own = definitions.filter(({ code }) => areaOf(code) === area);
    if (own.length === 0) return [];
    return [`## ${AREAS[area] ?? area}\n\n${own.map(({ code, doc }) => `### ${code}\n\n${doc}\n`).join("\n")}`];
  });
  return [INTRODUCTION, ...sections].join("\n");
}
