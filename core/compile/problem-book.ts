// Owns collecting the problems of a compile by project, each once.
import { type Diagnostic, type DiagnosticLevel, type MeshError, toDiagnostic } from "../errors/index.ts";

/** Such a problem is another's fault: it does not make its project a broken one. */
const CONSEQUENCE = "compile/upstream-broken";

export class ProblemBook {
  readonly #byProject = new Map<string, Map<string, Diagnostic>>();

  add(project: string, problem: MeshError, level: DiagnosticLevel = "error"): void {
    this.addDiagnostic(project, toDiagnostic(problem, level, project));
  }

  addDiagnostic(project: string, diagnostic: Diagnostic): void {
    const known = this.#byProject.get(project) ?? new Map<string, Diagnostic>();
    this.#byProject.set(project, known);
    known.set(JSON.stringify([diagnostic.code, diagnostic.message, diagnostic.location]), diagnostic);
  }

  of(project: string): readonly Diagnostic[] {
    return [...(this.#byProject.get(project)?.values() ?? [])];
  }

  /** True when the project has an error of its own making. */
  isBroken(project: string): boolean {
    return this.of(project).some(({ level, code }) => level === "error" && code !== CONSEQUENCE);
  }
}
