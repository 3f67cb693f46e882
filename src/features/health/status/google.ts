import { z } from 'zod';
import { entriesOf, jsonOf, maybeList, maybeText, meaningOf } from './body.js';
import { keysOf, type Reading } from './report.js';
import { timeOf } from './times.js';
import { plainTitle, plainWords, webAddress } from './words.js';

const Named = z.object({ id: maybeText, title: z.string() });
const Incident = z.object({
  id: z.string(), begin: maybeText, end: maybeText, modified: maybeText, external_desc: maybeText, status_impact: maybeText, uri: maybeText,
  service_name: maybeText, affected_products: maybeList, currently_affected_locations: maybeList,
  most_recent_update: z.object({ when: maybeText, status: maybeText, text: maybeText }).nullish(),
});
const impacts = { service_information: 'none', service_disruption: 'minor', service_outage: 'major', available: 'none' } as const;

/**
 * Google's incidents.json (Workspace, Cloud): a history, in which an incident without end is open. It has no word for
 * "all is well": that is only that nothing open touches the products in question. https://status.cloud.google.com/incidents.schema.json
 */
export function readGoogle(text: string, url?: string): Reading {
  const body = jsonOf(text, z.array(z.unknown()));
  const doubts: string[] = [];
  const incidents = entriesOf(body, Incident, { what: 'an incident', doubts }).map((entry) => {
    const isOpen = entry.end === null || entry.end === undefined || entry.end === '';
    const products = entriesOf(entry.affected_products, Named, { what: 'a product', doubts });
    const regions = entriesOf(entry.currently_affected_locations, Named, { what: 'a location', doubts });
    const recovered = entry.most_recent_update?.status === 'AVAILABLE';
    return {
      id: entry.id,
      title: plainTitle(entry.external_desc?.replace(/^\s*\*\*Title:\*\*\s*/i, ''), entry.service_name ?? 'untitled'),
      words: plainWords(entry.most_recent_update?.text ?? entry.external_desc),
      severity: !isOpen || recovered ? 'none' as const : meaningOf(entry.status_impact, impacts, { what: 'an incident', doubts }),
      isOpen,
      components: products.length > 0 ? products.map(({ title }) => plainTitle(title)) : entry.service_name ? [plainTitle(entry.service_name)] : [],
      keys: products.length > 0 ? products.flatMap(({ id, title }) => keysOf([title, id])) : keysOf([entry.service_name]),
      regions: regions.flatMap(({ id, title }) => keysOf([id, title])),
      startedAt: timeOf(entry.begin),
      updatedAt: timeOf(entry.modified ?? entry.most_recent_update?.when),
      endedAt: isOpen ? null : timeOf(entry.end),
      url: webAddress(entry.uri, url),
    };
  });
  return { page: 'operational', components: [], incidents, maintenances: [], doubts, listsComponents: false };
}
