// Owns bringing a project's serving relations in line with the state store. The state store says what is published; serving only shows it.
import type { StateStore } from "../state/index.ts";
import type { PublishedRelation, Warehouse } from "../warehouse/index.ts";
import { buildsBehindViews, toBuild } from "./builds-behind-views.ts";

/** Shows what is published now. Returns when what is served is at least as new as the state was at the call. */
export async function serveProject(project: string, state: StateStore, warehouse: Warehouse): Promise<void> {
  while (!(await serveOnce(project, state, warehouse)));
}

/**
 * Two processes may serve one project at once and the slower one may hold the older picture: whoever finds after its own
 * write that the state has moved on (false) must write again, so that the last writer is never behind.
 */
async function serveOnce(project: string, state: StateStore, warehouse: Warehouse): Promise<boolean> {
  const sequence = await state.publishedSequence(project);
  const published = await state.published([project]);
  const records = await state.getBuilds([...published.values()].map((publication) => publication.buildId));
  const relations: PublishedRelation[] = [];
  for (const record of records.values()) {
    const build = toBuild(record);
    if (build) relations.push({ relation: record.relation, build });
  }
  relations.sort((a, b) => (a.relation.name < b.relation.name ? -1 : 1));
  const behindViews = await buildsBehindViews(
    relations.map((relation) => relation.build),
    state,
    new Map(records),
  );
  await warehouse.publish(project, relations, behindViews, sequence);
  return (await state.publishedSequence(project)) === sequence;
}

/** Serves projects in the background of a process: many publications of one project in a row cost one write. */
export interface Server {
  /** What was published in the project before this call will be shown. */
  request(project: string): void;
  /** Waits until all that was published in the project before this call is shown, whoever published it. */
  catchUp(project: string): Promise<void>;
  /** Waits until everything requested is shown. Throws when a project's last showing failed. */
  settle(): Promise<void>;
}

interface Showing {
  readonly done: Promise<void>;
  /** Ends the pause after a write, now and from now on. */
  hurry(): void;
}

export function createServer(state: StateStore, warehouse: Warehouse): Server {
  const working = new Map<string, Showing>();
  const again = new Set<string>();
  /** Project -> why it could not be shown; gone once it is. */
  const failures = new Map<string, unknown>();

  const start = (project: string): Showing => {
    let hurry: () => void = () => undefined;
    const hurried = new Promise<void>((resolve) => {
      hurry = resolve;
    });
    const work = async (): Promise<void> => {
      do {
        again.delete(project);
        const started = performance.now();
        try {
          if (!(await serveOnce(project, state, warehouse))) again.add(project);
          failures.delete(project);
        } catch (error) {
          failures.set(project, error);
        }
        await pause((performance.now() - started) * REST, hurried);
      } while (again.has(project));
      working.delete(project);
    };
    return { done: work(), hurry };
  };
  const request = (project: string): void => {
    if (working.has(project)) again.add(project);
    else working.set(project, start(project));
  };
  const end = async (project: string): Promise<void> => {
    const showing = working.get(project);
    showing?.hurry();
    await showing?.done;
  };
  return {
    request,
    async catchUp(project) {
      // Not beside what this process is writing: of two at once the mark may speak of the file that lost.
      await end(project);
      if ((await warehouse.publishedSequence(project)) === (await state.publishedSequence(project))) return;
      request(project);
      await end(project);
      if (failures.has(project)) throw failures.get(project);
    },
    async settle() {
      while (working.size > 0) await Promise.all([...working.keys()].map(end));
      for (const failure of failures.values()) throw failure;
    },
  };
}

/** After serving, this many times as long is left to the steps: showing a project takes time in proportion to all its tables. */
const REST = 9;

async function pause(ms: number, ended: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const rest = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([rest, ended]);
  clearTimeout(timer);
}
