// Problems of deployments: what cannot be deployed and why, and who would be broken by it.
import { defineProblem } from "../define-problem.ts";

export const deploymentNotFound = defineProblem<{ project: string; wanted: string; known: readonly string[] }>(
  {
    code: "deploy/not-found",
    doc: "The project has no such deployment, or it was removed: the 20 newest of a project are kept, the one before that in force, and those that a run goes by.",
  },
  ({ project, wanted, known }) => ({
    message: `There is no one deployment ${wanted} of ${project}.`,
    help: `${known.length === 0 ? "" : `There are ${known.join(", ")}. `}\`mesh deployments ${project}\` lists those that are kept.`,
  }),
);

export const alreadyInForce = defineProblem<{ project: string; deployment: string }>(
  { code: "deploy/already-in-force", doc: "The deployment to go back to is the one in force." },
  ({ project, deployment }) => ({
    message: `Deployment ${deployment} of ${project} is in force already.`,
    help: `\`mesh deployments ${project}\` lists the others.`,
  }),
);

export const notDeployed = defineProblem<{ project: string }>(
  { code: "deploy/not-deployed", doc: "Nothing of the project is deployed." },
  ({ project }) => ({
    message: `Nothing of ${project} is deployed.`,
    help: "`mesh deployments` lists what is.",
  }),
);

export const deployedProjectNotFound = defineProblem<{
  project: string;
  near: string | undefined;
  known: readonly string[];
}>(
  {
    code: "deploy/project-not-found",
    doc: "`mesh deploy --project` names a project that the working folder does not have.",
  },
  ({ project, near, known }) => ({
    message: `There is no project \`${project}\` in this folder.${near === undefined ? "" : ` Did you mean \`${near}\`?`}`,
    help:
      known.length === 0
        ? "The folder has no projects."
        : `Projects are ${known.map((name) => `\`${name}\``).join(", ")}.`,
  }),
);

export const deploymentsGone = defineProblem<{ ids: readonly string[] }>(
  {
    code: "deploy/gone",
    doc: "A run was planned with a deployment that has been removed since. Those of runs under way are kept, so this is a run that had ended.",
  },
  ({ ids }) => ({
    message: `${ids.length === 1 ? "Deployment" : "Deployments"} ${ids.join(", ")} ${ids.length === 1 ? "is" : "are"} not in the state store any more.`,
    help: "Start a new run: it goes by what is deployed now.",
  }),
);

export const deployedFileLost = defineProblem<{ project: string; deployment: string; file: string; there: boolean }>(
  {
    code: "deploy/file-lost",
    doc: "The state store does not have a file of a deployment, or its content is not what was deployed. Somebody else has written to the store's tables.",
  },
  ({ project, deployment, file, there }) => ({
    message: `${file} of deployment ${deployment} of ${project} ${there ? "is damaged" : "is missing"} in the state store.`,
    help: `Deploy again: mesh deploy --project ${project}`,
  }),
);

export const deployedFileTooLarge = defineProblem<{ file: string; bytes: number; limit: number }>(
  {
    code: "deploy/file-too-large",
    doc: "Files that models need when they run are kept in the state store, and no file may have more than 64 MB there.",
  },
  ({ file, bytes, limit }) => ({
    message: `${file} has ${(bytes / 1024 / 1024).toFixed(1)} MB; a deployed file may have ${limit / 1024 / 1024} MB.`,
    help: "Put large data into a store, such as a folder of files (`client: files`), and snapshot it from there.",
  }),
);

export const importOutside = defineProblem<{ file: string; specifier: string }>(
  {
    code: "deploy/import-outside",
    doc: "A TypeScript model imports a file, or names a file or folder by `new URL(…, import.meta.url)`, that is not below the mesh's folder. It would not be there where the model runs.",
  },
  ({ file, specifier }) => ({
    message: `${file} needs ${specifier}, which is outside of the mesh's folder.`,
    help: "Move the file into the project, or make it a package that is installed beside mesh.config.ts.",
  }),
);

export const importNotShared = defineProblem<{ file: string; specifier: string }>(
  {
    code: "deploy/import-not-shared",
    doc: "A TypeScript model imports a package that is installed in a folder of its own. Where deployed models run, packages come from beside mesh.config.ts.",
  },
  ({ file, specifier }) => ({
    message: `${file} imports the package ${specifier}, which is not installed beside mesh.config.ts.`,
    help: "Install it in the mesh's folder, here and where workers run: npm install <package>",
  }),
);

export const importByPath = defineProblem<{ file: string; specifier: string }>(
  {
    code: "deploy/import-by-path",
    doc: "A TypeScript model reaches into `node_modules` by a path. Where deployed models run, packages are installed in another place, and are found by their names alone.",
  },
  ({ file, specifier }) => ({
    message: `${file} reaches into node_modules by ${specifier}, which is not there where deployed models run.`,
    help: 'Name the package: import … from "<package>/<file>", or import.meta.resolve("<package>/<file>") for a file that the model reads.',
  }),
);

export const deployedFolderTooLarge = defineProblem<{
  file: string;
  specifier: string;
  files: number;
  limit: number;
}>(
  {
    code: "deploy/folder-too-large",
    doc: "A folder that a TypeScript model names by `new URL(…, import.meta.url)` is deployed with all that is in it, which may be 1,000 files.",
  },
  ({ file, specifier, files, limit }) => ({
    message: `${file} names the folder ${specifier}, which has ${files} files; a deployed folder may have ${limit}.`,
    help: "Name the files or the smaller folder that the model reads.",
  }),
);

export const switchBreaks = defineProblem<{
  project: string;
  broken: readonly { readonly what: string; readonly consumers: readonly string[] }[];
  missing: readonly { readonly model: string; readonly why: string; readonly owner?: string | undefined }[];
}>(
  {
    code: "deploy/breaks-consumers",
    doc: "Putting the deployment in force would break public models that others read, or it reads what is no longer deployed.",
  },
  ({ project, broken, missing }) => ({
    message: [
      ...broken.map(({ what, consumers }) => `${what}; read by ${consumers.join(", ")}.`),
      ...missing.map(({ model, why, owner }) => `${project} reads ${model} (${owner ?? "owner unknown"}): ${why}.`),
    ].join(" "),
    help: "Agree with the owners named, or say that it must be: --allow-breaking",
  }),
);

export const deployOvertaken = defineProblem<{ attempts: number }>(
  {
    code: "deploy/always-overtaken",
    doc: "Each time the deployment had been judged, another had been recorded in the meantime.",
  },
  ({ attempts }) => ({
    message: `Other deployments came in between ${attempts} times in a row; nothing was deployed.`,
    help: "Try again; if it repeats, look with `mesh deployments` at who deploys so often.",
  }),
);

export const whyMissing = defineProblem<{ option: string }>(
  {
    code: "cli/why-missing",
    doc: "What is done is written down with the reason for it, which people will look for when they wonder later.",
  },
  ({ option }) => ({
    message: `${option} needs a reason.`,
    help: 'Say it: --why "…"',
  }),
);
