// What is deployed: registering projects' shards with the files they need, and reading them back for whoever plans and runs. May not run a model.
export { deployProjects } from "./deploy-projects.ts";
export { deploymentHistory, type PastDeployment } from "./deployment-history.ts";
export { type Deployed, loadDeployed, loadDeploymentSet } from "./load-deployed.ts";
export { materialiseFiles, removeMaterialised, rootOf } from "./materialise-files.ts";
export { sweepDeployments } from "./sweep-deployments.ts";
export { retireProject, rollBackDeployment } from "./switch-deployment.ts";
export type * from "./types.ts";
