// Owns the list of all filters, and what is said about those of Jinja2 that mesh does not have.
import { choosingFilters } from "./choosing-filters.ts";
import type { Builtins } from "./registry.ts";
import { sequenceFilters } from "./sequence-filters.ts";
import { formatFilter, textFilters } from "./text-filters.ts";

export const filters: Builtins = new Map([
  ...sequenceFilters,
  ...textFilters,
  ...choosingFilters(() => filters),
  ["format", formatFilter],
]);

const HTML = "It makes HTML; templates here make SQL.";

export const REFUSED_FILTERS: Readonly<Record<string, string>> = {
  e: HTML,
  escape: HTML,
  forceescape: HTML,
  striptags: HTML,
  urlize: HTML,
  urlencode: HTML,
  xmlattr: HTML,
  random: "The same project must always give the same SQL; let the warehouse draw random values.",
  filesizeformat: "Use `'%.1f' | format(value)`.",
  pprint: "Use `| tojson`.",
  wordwrap: "Break the line where it should break.",
};

export const REFUSED_TESTS: Readonly<Record<string, string>> = {
  escaped: HTML,
  filter: "Use the filter; a missing one is an error that names it.",
  test: "Use the test; a missing one is an error that names it.",
};
