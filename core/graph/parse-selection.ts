// Owns the grammar of selection: text to terms. Knows no model.
import { problems } from "../errors/index.ts";
import { closest } from "../util/index.ts";
import { selectionMethods } from "./selection-methods.ts";

/** One term: `[@][N+][method:]value[+N]`. */
export interface SelectionTerm {
  /** As written. */
  readonly text: string;
  readonly method: string;
  /** What follows the dot of `config.x.y`. */
  readonly arguments: readonly string[];
  readonly value: string;
  /** `@`: with all that reads it and all that those read. */
  readonly childrensParents: boolean;
  /** How far up; undefined for not at all. */
  readonly parents: number | undefined;
  readonly children: number | undefined;
}

const TERM =
  /^(?<at>@)?(?:(?<parentsDepth>\d*)(?<parents>\+))?(?:(?<method>[\w.]+):)?(?<value>.*?)(?:(?<children>\+)(?<childrenDepth>\d*))?$/su;

const FILE_ENDING = /\.(sql|ts|csv|ya?ml)$/;

/** Union of intersections of terms. Spaces unite, commas intersect. Throws `selection/…` errors. */
export function parseSelection(texts: readonly string[]): readonly (readonly SelectionTerm[])[] {
  return texts
    .flatMap((text) => text.split(/\s+/))
    .filter((word) => word !== "")
    .map((word) => word.split(",").map((term) => parseTerm(term, word)));
}

function parseTerm(text: string, word: string): SelectionTerm {
  const groups = TERM.exec(text)?.groups ?? {};
  const value = groups.value ?? "";
  if (value === "") throw problems.selectionTermEmpty({ selection: word });
  if (groups.at !== undefined && groups.children !== undefined) throw problems.selectionAtWithChildren({ term: text });
  const [method = "", ...rest] = (groups.method ?? defaultMethod(value)).split(".");
  const known = Object.keys(selectionMethods);
  if (!known.includes(method) || rest.length > 0 !== (method === "config") || rest.includes("")) {
    const near = method === "package" ? "project" : closest(method, known);
    throw problems.selectionMethodUnknown({ term: text, method: groups.method ?? method, near, known });
  }
  return {
    text,
    method,
    arguments: rest,
    value,
    childrensParents: groups.at !== undefined,
    parents: depth(groups.parents, groups.parentsDepth),
    children: depth(groups.children, groups.childrenDepth),
  };
}

function depth(plus: string | undefined, digits: string | undefined): number | undefined {
  if (plus === undefined) return undefined;
  return digits ? Number(digits) : Number.POSITIVE_INFINITY;
}

function defaultMethod(value: string): string {
  if (value.includes("/")) return "path";
  return FILE_ENDING.test(value) ? "file" : "fqn";
}
