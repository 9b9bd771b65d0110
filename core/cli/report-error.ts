// Owns printing the error that stopped a command: for people on stderr, and as the document of --json.
import { type MeshError, tellableError } from "../errors/index.ts";
import { formatDiagnostic, sourceReader } from "./output/diagnostics.ts";
import type { Output } from "./output/output.ts";

export interface ReportContext {
  readonly output: Output;
  /** Folder that locations are relative to. */
  readonly root: string;
  readonly redact: (text: string) => string;
}

export function reportError(error: MeshError, { output, root, redact }: ReportContext): void {
  const diagnostic = tellableError(error, redact);
  output.jsonLine({ error: diagnostic });
  output.problem(formatDiagnostic(diagnostic, sourceReader(root), output.errorColors));
}
