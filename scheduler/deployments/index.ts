// Tidying up after deployments, in the state store and on each machine. May not decide what a run goes by, nor what is in force.
export { createCopiesDuty, createDeploymentsDuty } from "./deployment-duties.ts";
