// Owns the failure of reading: a problem and the offset where it stands. Who catches it knows the file.
import { type MeshError, problems } from "../../errors/index.ts";

export class SyntaxFault extends Error {
  readonly problem: MeshError;
  readonly at: number;

  constructor(problem: MeshError, at: number) {
    super(problem.message);
    this.problem = problem;
    this.at = at;
  }
}

export const syntaxFault = (problem: string, at: number, help?: string) =>
  new SyntaxFault(problems.templateSyntax({ problem, help }), at);

export const unsupportedFault = (what: string, at: number, help: string) =>
  new SyntaxFault(problems.templateUnsupported({ what, help }), at);
