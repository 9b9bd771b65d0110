// Problems of the warehouse: its folder, its files, the statements it runs. No message holds a value of a row.
import { defineProblem } from "../define-problem.ts";

const FREE_SPACE = "Free space on that disk (`mesh clean` removes builds past retention), then run it again.";

export const warehouseSqlFailed = defineProblem<{ what: string; reason: string }>(
  {
    code: "warehouse/sql-failed",
    doc: "The warehouse refused a statement or failed while it ran. Values of rows are cut out of its message.",
  },
  ({ what, reason }) => ({ message: `${what}: ${reason}`, help: "Correct the query at the place shown." }),
);

export const warehouseInterrupted = defineProblem<{ what: string }>(
  {
    code: "warehouse/interrupted",
    doc: "A statement was interrupted because its run was cancelled. Nothing of the build is left.",
  },
  ({ what }) => ({
    message: `${what} was interrupted.`,
    help: "Run it again; what was published before stays published.",
  }),
);

export const warehouseDiskFull = defineProblem<{ what: string; path: string }>(
  {
    code: "warehouse/disk-full",
    doc: "The disk that holds the warehouse or its temporary files is full. Nothing of the build is left.",
  },
  ({ what, path }) => ({ message: `${what}: no space left on the disk of ${path}.`, help: FREE_SPACE }),
);

export const warehouseReadOnly = defineProblem<{ what: string; path: string }>(
  { code: "warehouse/not-writable", doc: "This user may not write where the warehouse is." },
  ({ what, path }) => ({
    message: `${what}: ${path} cannot be written to.`,
    help: "Give this user write permission on that folder, or set another warehouse `path` in mesh.config.ts.",
  }),
);

export const warehouseOutOfMemory = defineProblem<{ what: string; limit: string }>(
  {
    code: "warehouse/out-of-memory",
    doc: "A statement needs more memory than the warehouse's limit and could not go on with temporary files.",
  },
  ({ what, limit }) => ({
    message: `${what}: more memory is needed than the limit of ${limit}.`,
    help: "Raise `memoryLimit` of the warehouse in mesh.config.ts, run fewer steps at once with --threads, or make the query smaller.",
  }),
);

export const buildFileMissing = defineProblem<{ model: string; build: string; path: string }>(
  {
    code: "warehouse/build-file-missing",
    doc: "A file of a recorded build is gone: somebody deleted or moved it behind mesh's back.",
  },
  ({ model, build, path }) => ({
    message: `${model}: the file ${path} of build ${build} is missing.`,
    help: `Restore the file from a backup, or make a new build: mesh run --select ${model} --full-refresh`,
  }),
);

export const buildFileDamaged = defineProblem<{ what: string; path: string }>(
  {
    code: "warehouse/build-file-damaged",
    doc: "A file of a build is not the Parquet file mesh wrote: it was changed or cut short.",
  },
  ({ what, path }) => ({
    message: `${what}: ${path} is not a readable Parquet file.`,
    help: "Restore the file from a backup, or make a new build of its model with --full-refresh.",
  }),
);

export const buildExists = defineProblem<{ model: string; build: string }>(
  {
    code: "warehouse/build-exists",
    doc: "A build id was used twice. Builds are immutable: what exists is never written over.",
  },
  ({ model, build }) => ({
    message: `${model}: build ${build} exists already.`,
    help: "Run it again; every attempt makes an id of its own.",
  }),
);

export const badCell = defineProblem<{ model: string; column: string; type: string; row?: number | undefined }>(
  {
    code: "warehouse/bad-cell",
    doc: "A cell that came in as text is not a value of its column's declared type. The build fails: values are never dropped, rounded or replaced by NULL. The message does not show the value.",
  },
  ({ model, column, type, row }) => ({
    message: `${model}: column ${column} holds a value${row === undefined ? "" : ` (row ${row})`} that is not a ${type}.`,
    help: "Declare a type that fits every value, or varchar and cast in a staging model.",
  }),
);

export const rowsMalformed = defineProblem<{ model: string; reason: string; row?: number | undefined }>(
  {
    code: "warehouse/rows-malformed",
    doc: "Rows on their way in do not have the shape that was announced, such as a wrong number of cells.",
  },
  ({ model, reason, row }) => ({
    message: `${model}: the rows coming in are malformed${row === undefined ? "" : ` at row ${row}`}: ${reason}`,
    help: "Nothing was built. Run it again; if it repeats, report it with the store's kind and version.",
  }),
);

export const rowTooLong = defineProblem<{ model: string; limitMiB: number }>(
  {
    code: "warehouse/row-too-long",
    doc: "One row's text is longer than the buffer that rows come in through. The limit keeps the memory of an extract flat.",
  },
  ({ model, limitMiB }) => ({
    message: `${model}: a row is longer than ${limitMiB} MiB as text.`,
    help: "Leave the large column out of the source's declared columns, or declare a view in the store that shortens it.",
  }),
);

export const csvFileInvalid = defineProblem<{ path: string; reason: string }>(
  {
    code: "warehouse/csv-file-invalid",
    doc: "A seed's CSV file cannot be read: its header, its number of cells or a value does not fit.",
  },
  ({ path, reason }) => ({
    message: `${path}: ${reason}`,
    help: "Correct the file at that line, or give the column another type under `column_types`.",
  }),
);

export const columnTypeUnknown = defineProblem<{ model: string; column: string; type: string }>(
  { code: "warehouse/type-unknown", doc: "A column's declared type is not a type of the warehouse." },
  ({ model, column, type }) => ({
    message: `${model}: column ${column} has the type ${JSON.stringify(type)}, which DuckDB does not know.`,
    help: "Use one of DuckDB's type names, such as bigint, varchar, decimal(12,2), timestamptz or integer[].",
  }),
);

export const columnTypeNotStorable = defineProblem<{ model: string; column: string; type: string }>(
  { code: "warehouse/type-not-storable", doc: "No Parquet file can hold this column's type exactly." },
  ({ model, column, type }) => ({
    message: `${model}: column ${column} is ${type}, which a build cannot hold.`,
    help: "Cast the column to another type in the query.",
  }),
);

export const duplicateColumn = defineProblem<{ model: string; column: string }>(
  {
    code: "warehouse/duplicate-column",
    doc: "A query returns two columns of one name (upper and lower case are the same).",
  },
  ({ model, column }) => ({
    message: `${model}: the query returns the column ${column} twice.`,
    help: "Give one of them another name with `as`.",
  }),
);

export const appendColumnsDiffer = defineProblem<{
  model: string;
  expected: readonly string[];
  actual: readonly string[];
}>(
  {
    code: "warehouse/append-columns-differ",
    doc: "Rows to append do not have the columns of the build they are appended to.",
  },
  ({ model, expected, actual }) => ({
    message: `${model}: rows to append have the columns ${actual.join(", ")}; the build has ${expected.join(", ")}.`,
    help: "Run it with --full-refresh, or set `on_schema_change`.",
  }),
);

export const inputNotInSession = defineProblem<{ model: string }>(
  { code: "warehouse/input-not-pinned", doc: "A statement reads a model whose build was not pinned for its step." },
  ({ model }) => ({
    message: `${model} is read but no build of it is pinned for this step.`,
    help: `Build it first: mesh run --select ${model}`,
  }),
);

export const warehouseOfAnotherMesh = defineProblem<{ path: string; owner: string; stateId: string }>(
  {
    code: "warehouse/of-another-state",
    doc: "The warehouse folder belongs to another state store. Two states over one warehouse would delete each other's builds, so it is refused.",
  },
  ({ path, owner, stateId }) => ({
    message: `The warehouse ${path} belongs to the state store ${owner}, not to this one (${stateId}).`,
    help: "Set another warehouse `path` for this target. If the state was lost and the warehouse should start anew, delete that folder.",
  }),
);

export const warehouseTooNew = defineProblem<{ path: string; found: unknown; known: number }>(
  {
    code: "warehouse/schema-unknown",
    doc: "The warehouse folder was laid out by another version of mesh, or its marker file was changed.",
  },
  ({ path, found, known }) => ({
    message: `The warehouse ${path} has layout version ${JSON.stringify(found)}; this mesh knows version ${known}.`,
    help: "Use the version of mesh that made it, or set another warehouse `path`.",
  }),
);

export const mkfifoFailed = defineProblem<{ reason: string }>(
  {
    code: "warehouse/no-named-pipe",
    doc: "Rows stream into DuckDB through a named pipe, which the program `mkfifo` makes. It is missing or failed.",
  },
  ({ reason }) => ({
    message: `A named pipe could not be made: ${reason}`,
    help: "Install `mkfifo` (part of GNU coreutils and of macOS) and check that the temporary folder is writable.",
  }),
);

export const publishFailed = defineProblem<{ project: string; reason: string }>(
  {
    code: "warehouse/publish-failed",
    doc: "The file that readers open could not be made. The one before is still in place.",
  },
  ({ project, reason }) => ({
    message: `The serving file of ${project} could not be written: ${reason}`,
    help: "Readers still see what was published before. Correct the cause and run any step of the project again.",
  }),
);
