// The only nunjucks: templates in, text out, with Jinja2's meaning or a refusal. May not know projects or the manifest's models.
export { loadMacros } from "./macro-library.ts";
export { renderTemplate } from "./render-template.ts";
export type * from "./types.ts";
