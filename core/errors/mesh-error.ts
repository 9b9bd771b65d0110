// Owns the shape of every problem a user sees. Does not know any particular problem: those are in `catalogue/`.

/** A place in a file. `file` is relative to the mesh's root; line and column start at 1. */
export interface Location {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export type DiagnosticLevel = "error" | "warning";

/** A problem as plain data, collected by compile and check, shown together. */
export interface Diagnostic {
  readonly level: DiagnosticLevel;
  /** `area/problem`, kebab-case, permanent. */
  readonly code: string;
  readonly message: string;
  /** What to do next. */
  readonly help: string;
  readonly location?: Location;
  /** The project it belongs to, when it belongs to one. */
  readonly project?: string;
}

export interface MeshErrorFields {
  readonly code: string;
  readonly message: string;
  readonly help: string;
  readonly location?: Location | undefined;
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/** The only error users see. Made only by functions of the catalogue. */
export class MeshError extends Error {
  readonly code: string;
  readonly help: string;
  readonly location: Location | undefined;
  readonly retryable: boolean;

  constructor(fields: MeshErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = "MeshError";
    this.code = fields.code;
    this.help = fields.help;
    this.location = fields.location;
    this.retryable = fields.retryable ?? false;
  }
}

export function toDiagnostic(error: MeshError, level: DiagnosticLevel = "error", project?: string): Diagnostic {
  return {
    level,
    code: error.code,
    message: error.message,
    help: error.help,
    ...(error.location && { location: error.location }),
    ...(project !== undefined && { project }),
  };
}

/** Longer than any message of ours. What a message quotes, such as an error of a model, may be a whole answer of a server, and is kept with every attempt. */
const LONGEST = 10_000;

/** The error as it is recorded and shown: without secrets, then cut where it is too long. The other way round, the beginning of a secret would stay. */
export function tellableError(error: MeshError, redact: (text: string) => string, project?: string): Diagnostic {
  const diagnostic = toDiagnostic(error, "error", project);
  const [message, help] = [redact(diagnostic.message), redact(diagnostic.help)];
  const cut =
    message.length <= LONGEST
      ? message
      : `${message.slice(0, LONGEST)}… (and ${message.length - LONGEST} characters more)`;
  return { ...diagnostic, message: cut, help };
}

/** The error itself when it is a MeshError, else what `otherwise` makes of it. */
export function toMeshError(error: unknown, otherwise: (cause: unknown) => MeshError): MeshError {
  return error instanceof MeshError ? error : otherwise(error);
}

/** The same problem at this place, unless it has one of its own. */
export function placed(problem: MeshError, location: Location): MeshError {
  if (problem.location) return problem;
  const { code, message, help, retryable, cause } = problem;
  return new MeshError({ code, message, help, location, retryable, cause });
}
