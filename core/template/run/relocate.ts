// Owns giving a problem its place once it is known, and naming the macros it came through.
import { type Location, MeshError, problems } from "../../errors/index.ts";
import { ReturnSignal, type Run } from "./run.ts";

/** The same problem at a place, with a sentence added to its message. */
export function relocate(error: MeshError, location: Location, addition = ""): MeshError {
  return new MeshError({
    code: error.code,
    message: error.message + addition,
    help: error.help,
    location,
    retryable: error.retryable,
    cause: error.cause,
  });
}

const written = ({ file, line, column }: Location) => `${file}:${line}:${column}`;

/** Whatever a rendering threw, as a MeshError with its place. */
export function placeError(error: unknown, run: Run, path: string): MeshError {
  const problem = toProblem(error, path);
  if (problem.location) return problem;
  const here = run.locate(run.unit, run.at);
  const [outermost] = run.calls;
  const innermost = run.calls.at(-1);
  if (!outermost || !innermost) return relocate(problem, here);
  const call = run.locate(outermost.unit, outermost.at);
  // What a caller asked for wrongly belongs to the caller; what a macro does wrongly, to the macro.
  const isOfCaller = !problem.code.startsWith("template/") || problem.code === "template/raised";
  return isOfCaller
    ? relocate(problem, call, ` (Raised by the macro "${innermost.macro}", ${written(here)}.)`)
    : relocate(problem, here, ` (In the macro "${innermost.macro}", called at ${written(call)}.)`);
}

/** Also for errors of reading. */
export function toProblem(error: unknown, path: string): MeshError {
  if (error instanceof MeshError) return error;
  if (error instanceof ReturnSignal)
    return problems.templateUnsupported({
      what: "`return()` outside of a macro",
      help: "Print the value, or move the text into a macro.",
    });
  if (error instanceof RangeError && /call stack/i.test(error.message))
    return problems.templateLimit({ what: "macros or expressions are nested too deep" });
  return problems.unexpected(
    { what: `rendering ${path}`, reason: error instanceof Error ? error.message : String(error) },
    { cause: error },
  );
}
