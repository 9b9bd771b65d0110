// Owns one command from its words to the exit code: options, the mesh, interruption, and what is printed when it fails. Only `runCommand` touches the
// process.
import { resolve } from "node:path";
import { MeshError, problems } from "../errors/index.ts";
import type { Mesh } from "../mesh-types.ts";
import { redactUrl } from "../util/index.ts";
import type { CommandInput } from "./command.ts";
import { exitCodeOf } from "./exit-code.ts";
import { type Interrupts, watchInterrupts } from "./interrupts.ts";
import { createOutput, type Output } from "./output/output.ts";
import { type ParsedCommand, parseArguments } from "./parse-arguments.ts";
import { readVars } from "./read-vars.ts";
import { openRemote } from "./remote/open-remote.ts";
import { reportError } from "./report-error.ts";

/** Where a command is run. */
export interface CommandPlace {
  /** Absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** Runs the command and ends the process with its exit code. */
export async function runCommand(args: readonly string[]): Promise<never> {
  const { stdout, stderr, env } = process;
  const output = openOutput(args, { stdout, stderr, env });
  // A reader that has seen enough (`mesh show orders | head -1`) is no failure.
  stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const interrupts = watchInterrupts((text) => output.problem(text));
  const code = await execute(args, { cwd: process.cwd(), env, output, interrupts });
  await output.flush();
  process.exit(interrupts.exitCode() ?? code);
}

/** Runs the command and gives its exit code; the process goes on, and is never interrupted. */
export async function performCommand(args: readonly string[], place: CommandPlace): Promise<number> {
  const output = openOutput(args, place);
  const { signal } = new AbortController();
  const interrupts = { takeSignal: () => signal, takeDrainSignal: () => signal };
  const code = await execute(args, { ...place, output, interrupts });
  await output.flush();
  return code;
}

function openOutput(args: readonly string[], { stdout, stderr, env }: Omit<CommandPlace, "cwd">): Output {
  return createOutput({
    json: args.includes("--json"),
    quiet: args.includes("--quiet") || args.includes("-q"),
    noColor: args.includes("--no-color"),
    env,
    stdout,
    stderr,
  });
}

interface Execution extends Pick<CommandPlace, "cwd" | "env"> {
  readonly output: Output;
  readonly interrupts: Pick<Interrupts, "takeSignal" | "takeDrainSignal">;
}

async function execute(args: readonly string[], { output, interrupts, env, ...place }: Execution): Promise<number> {
  let mesh: Mesh | undefined;
  let parsed: ParsedCommand | undefined;
  let root = place.cwd;
  const redact = (text: string) => (mesh ? mesh.redact(text) : redactUrl(text));
  try {
    parsed = parseArguments(args);
    const { command, options } = parsed;
    const cwd = resolve(place.cwd, options.text("project-dir") ?? ".");
    root = cwd;
    const input: CommandInput = {
      arguments: parsed.arguments,
      options,
      output,
      cwd,
      env,
      remote: await openRemote(parsed, env),
      get signal() {
        return interrupts.takeSignal();
      },
      get drainSignal() {
        return interrupts.takeDrainSignal();
      },
      async openMesh() {
        const vars = await readVars(options.text("vars"));
        const target = options.text("target");
        const { createMesh } = await import("../index.ts");
        mesh = await createMesh({
          cwd,
          env,
          ...(target !== undefined && { target }),
          ...(vars && { vars }),
        });
        root = mesh.config.root;
        return mesh;
      },
    };
    const { run } = await command.load();
    return await run(input);
  } catch (cause) {
    const error = cause instanceof MeshError ? cause : unexpected(cause, parsed, redact);
    if (env.MESH_DEBUG) output.problem(redact(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)));
    reportError(error, { output, root, redact });
    return exitCodeOf(error, parsed?.command.name);
  } finally {
    await mesh?.close().catch(() => undefined);
  }
}

function unexpected(cause: unknown, parsed: ParsedCommand | undefined, redact: (text: string) => string): MeshError {
  const reason = redact(cause instanceof Error ? cause.message : String(cause));
  return problems.unexpected(
    { what: parsed ? `running mesh ${parsed.command.name}` : "reading the command", reason },
    { cause },
  );
}
