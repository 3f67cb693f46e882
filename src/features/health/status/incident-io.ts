import { z } from 'zod';
import { entriesOf, jsonOf, maybeList, maybeText, meaningOf } from './body.js';
import { keysOf, type Reading, type StatusMaintenance } from './report.js';
import { componentStates, readStatuspage } from './statuspage.js';
import { timeOf } from './times.js';
import { plainTitle, plainWords, webAddress } from './words.js';

const Widget = z.object({ ongoing_incidents: maybeList, in_progress_maintenances: maybeList, scheduled_maintenances: maybeList });
const Affected = z.object({ id: maybeText, name: z.string(), group_name: maybeText });
const Entry = z.object({
  id: z.string(), name: maybeText, url: maybeText, created_at: maybeText, last_update_at: maybeText, last_update_message: maybeText,
  current_worst_impact: maybeText, affected_components: maybeList,
  starts_at: maybeText, ends_at: maybeText, started_at: maybeText, scheduled_end_at: maybeText,
});
const impacts = { ...componentStates, operational: 'none', no_impact: 'none' } as Readonly<Record<string, 'none' | 'minor' | 'major' | 'maintenance'>>;

/**
 * incident.io: the widget's /api/v1/summary, which names components, or the Statuspage look-alike under /api/v2/.
 * The widget has no summary of the page: what is listed is all there is. https://docs.incident.io/status-pages/widget
 */
export function readIncidentIo(text: string): Reading {
  if (!Object.hasOwn(jsonOf(text, z.record(z.string(), z.unknown())), 'ongoing_incidents')) return readStatuspage(text);
  const body = jsonOf(text, Widget);
  const doubts: string[] = [];
  const entries = (list: typeof body.ongoing_incidents, what: string) => entriesOf(list, Entry, { what, doubts }).map((entry) => {
    const touched = entriesOf(entry.affected_components, Affected, { what: 'a component', doubts });
    return { ...entry, components: touched.map(({ name }) => plainTitle(name)), keys: touched.flatMap(({ id, name, group_name }) => keysOf([name, id, group_name])) };
  });
  const maintenanceOf = (isRunning: boolean) => ({ name, components, keys, ...entry }: ReturnType<typeof entries>[number]): StatusMaintenance =>
    ({ title: plainTitle(name), from: timeOf(entry.starts_at ?? entry.started_at), to: timeOf(entry.ends_at ?? entry.scheduled_end_at), isRunning, components, keys });
  return {
    page: 'operational',
    components: [],
    incidents: entries(body.ongoing_incidents, 'an incident').map((entry) => ({
      id: entry.id,
      title: plainTitle(entry.name),
      words: plainWords(entry.last_update_message),
      severity: meaningOf(entry.current_worst_impact, impacts, { what: 'an incident', doubts }),
      isOpen: true,
      components: entry.components,
      keys: entry.keys,
      regions: [],
      startedAt: timeOf(entry.created_at),
      updatedAt: timeOf(entry.last_update_at),
      endedAt: null,
      url: webAddress(entry.url),
    })),
    maintenances: [
      ...entries(body.in_progress_maintenances, 'a maintenance').map(maintenanceOf(true)),
      ...entries(body.scheduled_maintenances, 'a maintenance').map(maintenanceOf(false)),
    ],
    doubts,
    listsComponents: false,
  };
}
