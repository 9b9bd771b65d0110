// Owns what a child process does to a state store in tests: deploy projects for ever, or so many times. Prints each committed event.
// Arguments: the location as JSON, the projects as JSON, a count (0 for ever).
import { writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { openState, type StateLocation } from "../../core/state/index.ts";
import { newDeployment } from "./new-deployment.ts";

const [location, projectsJson, count] = process.argv.slice(2) as [string, string, string];
const projects = JSON.parse(projectsJson) as string[];
const state = await openState(JSON.parse(location) as StateLocation);
await state.migrate();

let committed = 0;
let again = 0;
while (count === "0" || committed < Number(count)) {
  await setImmediate();
  const made = projects.map((project) => newDeployment(project, { "a.csv": `${process.pid} ${committed} ${project}` }));
  const after = (await state.currentDeployments()).sequence;
  const events = await state.recordDeployments(
    made.map(({ deployment }) => deployment),
    { by: { actor: `child ${process.pid}`, via: "cli" }, after },
    async ({ path, hash }) =>
      Buffer.from(made.find(({ deployment }) => deployment.files[0]?.hash === hash)?.contents[path] ?? ""),
  );
  if (events) {
    committed++;
    writeSync(1, `${JSON.stringify(events.map(({ sequence, deployment }) => [sequence, deployment]))}\n`);
  } else again++;
}
await state.close();
writeSync(2, `committed ${committed}, again ${again}\n`);
