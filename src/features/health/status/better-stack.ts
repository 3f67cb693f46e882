import { z } from 'zod';
import { entriesOf, jsonOf, maybeList, maybeText, meaningOf, textOrNumber } from './body.js';
import { keysOf, type Reading, type StatusMaintenance } from './report.js';
import { timeOf } from './times.js';
import { plainTitle, plainWords } from './words.js';

const Body = z.object({ data: z.object({ type: z.literal('status_page'), attributes: z.object({ aggregate_state: z.string() }) }), included: maybeList });
const Included = z.object({ type: z.string(), id: textOrNumber, attributes: z.record(z.string(), z.unknown()), relationships: z.unknown().optional() });
const Section = z.object({ name: maybeText });
const Resource = z.object({ public_name: z.string(), status: maybeText, status_page_section_id: textOrNumber.nullish() });
const Report = z.object({
  title: maybeText, report_type: maybeText, starts_at: maybeText, ends_at: maybeText, aggregate_state: maybeText,
  affected_resources: z.array(z.object({ status_page_resource_id: textOrNumber })).nullish(),
});
const Update = z.object({ message: maybeText, published_at: maybeText });
const Related = z.object({ status_updates: z.object({ data: z.array(z.object({ id: textOrNumber })) }) });

/** https://betterstack.com/docs/uptime/status-pages/subscribing-to-status-updates/subscribing-to-api/ */
const states = { operational: 'operational', degraded: 'minor', downtime: 'major', maintenance: 'maintenance' } as const;
const severities = { ...states, operational: 'none', resolved: 'over' } as const;

/** Better Stack: /index.json. A report is over when its aggregate state says so: `ends_at` stays null on resolved ones. */
export function readBetterStack(text: string): Reading {
  const body = jsonOf(text, Body);
  const doubts: string[] = [];
  const included = entriesOf(body.included, Included, { what: 'an entry', doubts });
  const attributes = <T>(type: string, schema: z.ZodType<T>) =>
    included.filter((entry) => entry.type === type).flatMap((entry) =>
      entriesOf([entry.attributes], schema, { what: `a ${type.replaceAll('_', ' ')}`, doubts }).map((one) => ({ ...one, id: String(entry.id), relationships: entry.relationships })));
  const sections = new Map(attributes('status_page_section', Section).map(({ id, name }) => [id, name]));
  const resources = attributes('status_page_resource', Resource).map((one) => ({
    ...one,
    name: plainTitle(one.public_name),
    keys: keysOf([one.public_name, one.id, sections.get(String(one.status_page_section_id ?? ''))]),
  }));
  const updates = new Map(attributes('status_update', Update).map((one) => [one.id, one]));

  const reports = attributes('status_report', Report).map((report) => {
    const ids = new Set((report.affected_resources ?? []).map((one) => String(one.status_page_resource_id)));
    const touched = resources.filter(({ id }) => ids.has(id));
    const related = Related.safeParse(report.relationships);
    const said = (related.success ? related.data.status_updates.data : [])
      .flatMap(({ id }) => updates.get(String(id)) ?? [])
      .toSorted((a, b) => (timeOf(b.published_at) ?? 0) - (timeOf(a.published_at) ?? 0));
    // An id that is not listed keeps the report from counting as one that touches everything.
    return { ...report, newest: said[0], components: touched.map(({ name }) => name), keys: [...touched.flatMap(({ keys }) => keys), ...keysOf([...ids])] };
  });
  return {
    page: meaningOf(body.data.attributes.aggregate_state, states, { what: 'the page', doubts }),
    components: resources.filter(({ status }) => status !== 'not_monitored').map(({ name, keys, status }) => ({ name, keys, state: meaningOf(status, states, { what: 'a component', doubts }) })),
    incidents: reports.filter(({ report_type }) => report_type !== 'maintenance').map((report) => {
      const severity = meaningOf(report.aggregate_state, severities, { what: 'a report', doubts });
      return {
        id: report.id,
        title: plainTitle(report.title),
        words: plainWords(report.newest?.message),
        severity: severity === 'over' ? 'none' : severity,
        isOpen: severity !== 'over',
        components: report.components,
        keys: report.keys,
        regions: [],
        startedAt: timeOf(report.starts_at),
        updatedAt: timeOf(report.newest?.published_at),
        endedAt: severity === 'over' ? timeOf(report.ends_at ?? report.newest?.published_at) : null,
        url: null,
      };
    }),
    maintenances: reports.filter(({ report_type, aggregate_state }) => report_type === 'maintenance' && aggregate_state !== 'resolved').map((report): StatusMaintenance => (
      { title: plainTitle(report.title), from: timeOf(report.starts_at), to: timeOf(report.ends_at), isRunning: report.aggregate_state === 'maintenance', components: report.components, keys: report.keys })),
    doubts,
    listsComponents: resources.length > 0,
  };
}
