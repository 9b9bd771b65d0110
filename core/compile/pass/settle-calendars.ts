// Owns which calendars a project's service levels mean, and whether each service level can be judged at all.
import { problems } from "../../errors/index.ts";
import type { Calendar, ServiceLevel } from "../../manifest/index.ts";
import type { KeyPlaces, Project } from "../../project/index.ts";
import { closest } from "../../util/index.ts";
import type { PassState } from "./pass-state.ts";

/** The calendars that the project's service levels name: its own, else the mesh's. */
export function settleCalendars(state: PassState, project: Project): Readonly<Record<string, Calendar>> {
  const known: Readonly<Record<string, Calendar>> = { ...state.session.config.calendars, ...project.calendars };
  const used = new Set<string>();
  const settle = ({ calendar }: ServiceLevel, at: KeyPlaces | undefined) => {
    if (calendar === undefined) return;
    if (Object.hasOwn(known, calendar)) {
      used.add(calendar);
      return;
    }
    const names = Object.keys(known).sort();
    const facts = { calendar, project: project.name, near: closest(calendar, names), known: names };
    state.book.add(project.name, problems.calendarNotFound(facts, { location: at?.calendar }));
  };
  for (const { sla, slaAt } of project.sources) if (sla) settle(sla, slaAt);
  for (const { name, sla, slaAt } of project.properties) {
    if (!sla) continue;
    settle(sla, slaAt);
    const model = state.models.get(`${project.name}.${name}`);
    if (sla.available_by !== undefined && model && model.schedule === undefined)
      state.book.add(
        project.name,
        problems.availableByWithoutSchedule({ model: model.id }, { location: slaAt?.available_by }),
      );
  }
  return Object.fromEntries([...used].sort().map((name) => [name, known[name] as Calendar]));
}
