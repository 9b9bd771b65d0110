// What readers see: serving published builds, going back, retention, and clearing up after crashes. May not plan or execute steps.
export { buildsBehindViews, toBuild } from "./builds-behind-views.ts";
export { recoverCrashed } from "./recover-crashed.ts";
export { expiredBuilds } from "./retention.ts";
export { rollBack } from "./roll-back.ts";
export { createServer, type Server, serveProject } from "./serve-project.ts";
export { sweep } from "./sweep.ts";
