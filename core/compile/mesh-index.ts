// Owns looking names up over the whole mesh: what a reference or a source means, or the problem with it.
import { type Location, type MeshError, problems } from "../errors/index.ts";
import type { Access, Owner, Shard } from "../manifest/index.ts";
import type { Project } from "../project/index.ts";
import { closest } from "../util/index.ts";
import type { ModelDraft, RefTarget } from "./types.ts";

/** What others may know of a model before it is compiled. */
export interface KnownModel {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly owner: Owner;
  readonly location: Location;
}

interface KnownProject {
  readonly name: string;
  /** True when its files could not all be read, so that a missing name proves nothing. */
  readonly broken: boolean;
  readonly models: ReadonlyMap<string, KnownModel>;
  readonly stores: readonly string[];
  /** `store.table` -> the names of the snapshots that copy it. */
  readonly snapshots: ReadonlyMap<string, readonly string[]>;
  /** Store -> its declared tables. */
  readonly tables: ReadonlyMap<string, readonly string[]>;
}

export type Resolution =
  | { readonly model: string }
  | { readonly problem: MeshError }
  /** It cannot be known, because this project is broken. */
  | { readonly brokenProject: string };

export class MeshIndex {
  readonly #projects = new Map<string, KnownProject>();

  addProject(project: Project, drafts: readonly ModelDraft[], broken: boolean): void {
    const models = new Map<string, KnownModel>();
    const snapshots = new Map<string, string[]>();
    for (const { id, name, kind, properties, location } of drafts) {
      models.set(name, { id, name, project: project.name, owner: project.owner, location });
      if (kind !== "snapshot" || !properties?.relation) continue;
      const { store, table } = properties.relation;
      pushTo(snapshots, `${store}.${table}`, name);
    }
    const tables = new Map<string, string[]>();
    for (const source of project.sources) pushTo(tables, source.store, source.name);
    const stores = project.stores.map(({ name }) => name);
    this.#projects.set(project.name, { name: project.name, broken, models, stores, snapshots, tables });
  }

  /** A project's last good version, standing in for it. */
  addShard(shard: Shard): void {
    const models = new Map(
      shard.models.map(
        ({ id, name, project, owner, location }) => [name, { id, name, project, owner, location }] as const,
      ),
    );
    const { name } = shard.project;
    this.#projects.set(name, { name, broken: false, models, stores: [], snapshots: new Map(), tables: new Map() });
  }

  resolveRef(reader: string, target: RefTarget): Resolution {
    const { project: wanted, name, version } = target;
    const project = this.#projects.get(wanted ?? reader);
    if (!project) {
      const known = [...this.#projects.keys()].sort();
      const missing = { project: wanted ?? reader, name, near: closest(wanted ?? reader, known), known };
      return { problem: problems.refProjectNotFound(missing) };
    }
    const model = project.models.get(name);
    if (!model) {
      if (project.broken) return { brokenProject: project.name };
      const near = closest(name, project.models.keys());
      const elsewhere = [...this.#projects.values()]
        .filter((other) => other !== project && other.models.has(name))
        .map((other) => other.name)
        .sort();
      return {
        problem: problems.refNotFound({
          project: wanted,
          name,
          reader,
          near,
          elsewhere: wanted === undefined ? elsewhere : [],
        }),
      };
    }
    if (version !== undefined) {
      return { problem: problems.refVersioned({ project: wanted, name, version: String(version) }) };
    }
    return { model: model.id };
  }

  /** The snapshot of the reader's project that copies the source. */
  resolveSource(reader: string, store: string, table: string): Resolution {
    const project = this.#projects.get(reader);
    if (!project) return { brokenProject: reader };
    const snapshots = project.snapshots.get(`${store}.${table}`) ?? [];
    const [first, ...others] = snapshots;
    if (first !== undefined && others.length === 0) return { model: `${reader}.${first}` };
    if (first !== undefined) return { problem: problems.sourceAmbiguous({ store, table, snapshots }) };
    const problem = this.sourceProblem(reader, store, table);
    if (problem) return project.broken ? { brokenProject: reader } : { problem };
    return project.broken ? { brokenProject: reader } : { problem: problems.sourceWithoutSnapshot({ store, table }) };
  }

  /** The problem with naming a source, or undefined when it is declared. */
  sourceProblem(reader: string, store: string, table: string): MeshError | undefined {
    const project = this.#projects.get(reader);
    if (!project) return undefined;
    if (!project.stores.includes(store)) {
      const known = [...project.stores].sort();
      return problems.sourceStoreNotFound({ store, table, project: reader, near: closest(store, known), known });
    }
    const tables = project.tables.get(store) ?? [];
    return tables.includes(table) ? undefined : problems.sourceNotFound({ store, table, near: closest(table, tables) });
  }

  /**
   * True when a source that is missing proves nothing: the project could not all be read, and what is known has no name like it.
   */
  mayBeUnread(reader: string, store: string, table: string): boolean {
    const project = this.#projects.get(reader);
    if (!project?.broken) return false;
    if (!project.stores.includes(store)) return closest(store, project.stores) === undefined;
    return closest(table, project.tables.get(store) ?? []) === undefined;
  }

  find(project: string, name: string): KnownModel | undefined {
    return this.#projects.get(project)?.models.get(name);
  }

  byId(id: string): KnownModel | undefined {
    const [project = "", name = ""] = id.split(".");
    return this.find(project, name);
  }

  models(project: string): readonly KnownModel[] {
    return [...(this.#projects.get(project)?.models.values() ?? [])];
  }
}

/** Whether `reader` may read a model of this access, and if not, the problem. */
export function accessProblem(
  reader: { readonly id: string; readonly project: string; readonly group: string | undefined },
  target: KnownModel,
  promise: { readonly access: Access; readonly group?: string | undefined },
): MeshError | undefined {
  const { access, group } = promise;
  const sameProject = reader.project === target.project;
  if (access === "public" || (access === "protected" && sameProject)) return undefined;
  if (access === "private" && sameProject && group !== undefined && group === reader.group) return undefined;
  const { team, slack, email } = target.owner;
  const contact = slack ?? email;
  const owner = contact === undefined ? team : `${team}, ${contact}`;
  return problems.accessDenied({ reader: reader.id, model: target.id, access, group, owner });
}

function pushTo(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
