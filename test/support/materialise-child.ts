// Owns writing the files of deployments in a process of its own. Arguments: the location as JSON, the root, the ids of the deployments.
// Prints a line for every file that it reads from the state store, and `done`.
import { writeSync } from "node:fs";
import { loadDeploymentSet, materialiseFiles } from "../../core/deploy/index.ts";
import { openState, type StateLocation } from "../../core/state/index.ts";

const [location, root, ...ids] = process.argv.slice(2) as [string, string, ...string[]];
const state = await openState(JSON.parse(location) as StateLocation);
const { deployments } = await loadDeploymentSet(state, ids);
await materialiseFiles(root, deployments.values(), {
  readDeploymentFile(hash) {
    writeSync(1, `${hash}\n`);
    return state.readDeploymentFile(hash);
  },
});
writeSync(1, "done\n");
await state.close();
