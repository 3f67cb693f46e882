import { z } from 'zod';
import { entriesOf, jsonOf, maybeList, maybeText, meaningOf, textOrNumber } from './body.js';
import { keysOf, type PageState, type Reading, type StatusMaintenance, worst } from './report.js';
import { minutesOf, timeOf } from './times.js';
import { plainTitle, plainWords, webAddress } from './words.js';

const Summary = z.object({ page: z.object({ status: z.string() }), activeIncidents: maybeList, activeMaintenances: maybeList });
const Components = z.union([z.object({ components: z.array(z.unknown()) }), z.array(z.unknown()).transform((components) => ({ components }))]);
const Incident = z.object({ id: z.string(), name: maybeText, started: maybeText, updatedAt: maybeText, status: maybeText, impact: maybeText, url: maybeText });
const Maintenance = z.object({ name: maybeText, start: maybeText, status: maybeText, duration: textOrNumber.nullish() });
const Component = z.object({
  id: maybeText, name: z.string(), status: maybeText, isParent: z.boolean().nullish(), children: maybeList, activeIncidents: maybeList,
  group: z.union([z.string(), z.object({ id: maybeText, name: maybeText })]).nullish(),
});

const words: Readonly<Record<string, PageState>> = {
  operational: 'operational', degradedperformance: 'minor', partialoutage: 'major', majoroutage: 'major', undermaintenance: 'maintenance',
};
const impacts = { ...words, operational: 'none' } as Readonly<Record<string, 'none' | 'minor' | 'major' | 'maintenance'>>;
// HASISSUES alone says that something is wrong, and not how much; the incidents beside it do.
const pages = { up: 'operational', hasissues: 'minor', undermaintenance: 'maintenance' } as const;
const open = { investigating: true, identified: true, monitoring: true, resolved: false };
const stages = { notstartedyet: 'announced', inprogress: 'running', verifying: 'running', completed: 'over' } as const;

/** Instatus: /summary.json or /v3/summary.json (lists absent when empty), or /v3/components.json. https://instatus.com/help/widgets/status-summary-widget */
export function readInstatus(text: string): Reading {
  const body = jsonOf(text, z.union([Summary, Components]));
  return 'page' in body ? summaryOf(body) : componentsOf(body.components);
}

function summaryOf(body: z.infer<typeof Summary>): Reading {
  const doubts: string[] = [];
  return {
    page: meaningOf(body.page.status, pages, { what: 'the page', doubts }),
    components: [],
    incidents: entriesOf(body.activeIncidents, Incident, { what: 'an incident', doubts }).map((entry) => {
      const isOpen = meaningOf(entry.status, open, { what: 'an incident', doubts });
      return {
        id: entry.id,
        title: plainTitle(entry.name),
        words: plainWords(entry.name),
        severity: isOpen === 'unknown' ? 'unknown' : isOpen ? meaningOf(entry.impact, impacts, { what: 'an incident', doubts }) : 'none',
        isOpen: isOpen !== false,
        components: [],
        keys: [],
        regions: [],
        startedAt: timeOf(entry.started),
        updatedAt: timeOf(entry.updatedAt),
        endedAt: isOpen === false ? timeOf(entry.updatedAt) : null,
        url: webAddress(entry.url),
      };
    }),
    maintenances: entriesOf(body.activeMaintenances, Maintenance, { what: 'a maintenance', doubts }).flatMap((entry): StatusMaintenance[] => {
      const stage = meaningOf(entry.status, stages, { what: 'a maintenance', doubts });
      if (stage === 'over') return [];
      const [from, lasts] = [timeOf(entry.start), minutesOf(entry.duration)];
      return [{ title: plainTitle(entry.name), from, to: from === null || lasts === null ? null : from + lasts, isRunning: stage === 'running', components: [], keys: [] }];
    }),
    doubts,
    listsComponents: false,
  };
}

function componentsOf(list: readonly unknown[]): Reading {
  const doubts: string[] = [];
  const all = entriesOf(list, Component, { what: 'a component', doubts }).flatMap((one) =>
    [{ one, parent: '' }, ...entriesOf(one.children, Component, { what: 'a component', doubts }).map((child) => ({ one: child, parent: one.name }))]);
  const components = all.filter(({ one }) => !one.isParent && !one.children?.length).map(({ one, parent }) => {
    // A component can call itself operational while it carries the incident of a major outage.
    const carried = entriesOf(one.activeIncidents, z.object({ impact: maybeText }), { what: 'an incident', doubts: [] });
    const state = worst([meaningOf(one.status, words, { what: 'a component', doubts }), ...carried.map(({ impact }) => meaningOf(impact, words, { what: 'an incident', doubts }))]);
    const group = typeof one.group === 'string' ? [one.group] : [one.group?.id, one.group?.name];
    return { name: plainTitle(one.name), state, keys: keysOf([one.name, one.id, parent, ...group]) };
  });
  return { page: components.length === 0 ? 'unknown' : null, components, incidents: [], maintenances: [], doubts, listsComponents: true };
}
