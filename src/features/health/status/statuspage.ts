import { z } from 'zod';
import { entriesOf, jsonOf, maybeList, maybeText, meaningOf } from './body.js';
import { keysOf, type PageState, type Reading, type StatusIncident, type StatusMaintenance } from './report.js';
import { timeOf } from './times.js';
import { plainTitle, plainWords, webAddress } from './words.js';

/** Any of the documents under /api/v2/: each holds one or several of these. incident.io serves them with null for []. */
const Body = z
  .object({ status: z.object({ indicator: maybeText }).nullish(), components: maybeList, incidents: maybeList, scheduled_maintenances: maybeList })
  .refine((body) => ['status', 'components', 'incidents', 'scheduled_maintenances'].some((key) => key in body));
const Component = z.object({ id: maybeText, name: z.string(), status: maybeText, group: z.boolean().nullish(), group_id: maybeText });
const Update = z.object({ body: maybeText, display_at: maybeText, created_at: maybeText });
const Touched = z.object({ id: maybeText, name: z.string(), group_id: maybeText });
const Incident = z.object({
  id: z.string(), name: maybeText, status: maybeText, impact: maybeText, shortlink: maybeText,
  created_at: maybeText, started_at: maybeText, updated_at: maybeText, resolved_at: maybeText,
  scheduled_for: maybeText, scheduled_until: maybeText, components: maybeList, incident_updates: maybeList,
});

const indicators = { none: 'operational', minor: 'minor', major: 'major', critical: 'major', maintenance: 'maintenance' } as const;
const impacts = { ...indicators, none: 'none' } as const;
const open = { investigating: true, identified: true, monitoring: true, resolved: false, postmortem: false };
const stages = { scheduled: 'announced', in_progress: 'running', verifying: 'running', completed: 'over' } as const;

/**
 * Yellow, orange and red of the pages: the makers weigh a partial outage as major impact.
 * https://support.atlassian.com/statuspage/docs/top-level-status-and-incident-impact-calculations/
 */
export const componentStates: Readonly<Record<string, PageState>> = {
  operational: 'operational', degraded_performance: 'minor', partial_outage: 'major', major_outage: 'major', full_outage: 'major',
  under_maintenance: 'maintenance',
};

/** Atlassian Statuspage: https://metastatuspage.com/api */
export function readStatuspage(text: string): Reading {
  const body = jsonOf(text, Body);
  const doubts: string[] = [];
  const listed = entriesOf(body.components, Component, { what: 'a component', doubts });
  const groups = new Map(listed.filter(({ group }) => group).map(({ id, name }) => [id, name]));
  const keys = ({ id, name, group_id }: z.infer<typeof Touched>): readonly string[] => keysOf([name, id, group_id, groups.get(group_id ?? '')]);
  const entries = (list: typeof body.incidents, what: string) => entriesOf(list, Incident, { what, doubts }).map((entry) => {
    const touched = entriesOf(entry.components, Touched, { what: 'a component', doubts });
    return { ...entry, components: touched.map(({ name }) => plainTitle(name)), keys: touched.flatMap(keys) };
  });
  type Entry = ReturnType<typeof entries>[number];

  const incidentOf = (entry: Entry): StatusIncident => {
    const isOpen = meaningOf(entry.status, open, { what: 'an incident', doubts });
    const newest = newestOf(entriesOf(entry.incident_updates, Update, { what: 'an update', doubts: [] }));
    return {
      id: entry.id,
      title: plainTitle(entry.name),
      words: plainWords(newest?.body),
      severity: isOpen === 'unknown' ? 'unknown' : isOpen ? meaningOf(entry.impact, impacts, { what: 'an incident', doubts }) : 'none',
      isOpen: isOpen !== false,
      components: entry.components,
      keys: entry.keys,
      regions: [],
      startedAt: timeOf(entry.started_at ?? entry.created_at),
      updatedAt: timeOf(entry.updated_at ?? newest?.display_at),
      endedAt: isOpen === false ? timeOf(entry.resolved_at ?? entry.updated_at) : null,
      url: webAddress(entry.shortlink),
    };
  };
  const maintenanceOf = (entry: Entry): StatusMaintenance[] => {
    const stage = meaningOf(entry.status, stages, { what: 'a maintenance', doubts });
    if (stage === 'over') return [];
    const [from, to] = [timeOf(entry.scheduled_for), timeOf(entry.scheduled_until)];
    return [{ title: plainTitle(entry.name), from, to, isRunning: stage === 'running', components: entry.components, keys: entry.keys }];
  };
  const page = body.status ? meaningOf(body.status.indicator, indicators, { what: 'the page', doubts }) : null;
  const isSilent = page === null && !('components' in body) && !('incidents' in body);
  return {
    page: isSilent ? 'unknown' : page,
    // A group only repeats what its members say.
    components: listed.filter(({ group }) => !group).map((one) => ({ name: plainTitle(one.name), keys: keys(one), state: meaningOf(one.status, componentStates, { what: 'a component', doubts }) })),
    incidents: entries(body.incidents, 'an incident').map(incidentOf),
    maintenances: entries(body.scheduled_maintenances, 'a maintenance').flatMap(maintenanceOf),
    doubts,
    listsComponents: listed.length > 0,
  };
}

function newestOf(updates: readonly z.infer<typeof Update>[]): z.infer<typeof Update> | undefined {
  const at = (update: z.infer<typeof Update>): number => timeOf(update.display_at ?? update.created_at) ?? -Infinity;
  return updates.reduce<z.infer<typeof Update> | undefined>((newest, update) => (newest && at(newest) >= at(update) ? newest : update), undefined);
}
