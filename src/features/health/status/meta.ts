import { z } from 'zod';
import { BrokenBody, entriesOf, jsonOf, maybeList, maybeText, textOrNumber } from './body.js';
import { metaState, strangeWords } from './meta-words.js';
import { keysOf, type Reading, type StatusIncident } from './report.js';
import { timeOf } from './times.js';
import { plainTitle, plainWords } from './words.js';

const Org = z.object({ id: z.string(), name: maybeText, services: z.array(z.unknown()) });
const Service = z.object({ id: textOrNumber.nullish(), name: z.string(), status: z.string(), time: maybeText });
const Outage = z.object({ service_id: textOrNumber, status: z.string(), time: maybeText, posts: maybeList });
const Post = z.object({ description: maybeText, time: maybeText });

/**
 * metastatus.com/data/orgs.json: the state of every service of every product, in prose. Ids of services are unique
 * within their product only, so a service is called by its name, `product/id`, or its product. No Instagram API and no
 * Threads among them: their calls are the Graph API's. Any other path of the site answers 200 with a web page.
 */
export function readMetaOrgs(text: string): Reading {
  const body = jsonOf(text, z.array(z.unknown()));
  const doubts: string[] = [];
  const services = entriesOf(body, Org, { what: 'a product', doubts }).flatMap((org) =>
    entriesOf(org.services, Service, { what: 'a service', doubts }).map((service) => ({
      ...service,
      ref: `${org.id}/${service.id ?? service.name}`,
      name: plainTitle(`${org.name ?? org.id}: ${service.name}`),
      keys: keysOf([service.name, `${org.id}/${service.id ?? ''}`, org.id, org.name]),
      state: metaState(service.status),
    })));
  // An empty list is not "all is well": it names nothing.
  if (services.length === 0) throw new BrokenBody('JSON without any service');
  for (const { name, status, state } of services) if (state === 'unknown') doubts.push(strangeWords(name, status));
  return {
    page: null,
    components: services.map(({ name, state, keys }) => ({ name, state, keys })),
    incidents: services.flatMap(({ ref, name, keys, state, status, time }) => (state === 'operational' ? [] : [openIncident({ id: ref, title: name, words: plainWords(status), state, time, keys })])),
    maintenances: [],
    doubts,
    listsComponents: true,
  };
}

/** metastatus.com/data/outages/PRODUCT.json: what is open now; an empty list when nothing is. */
export function readMetaOutages(text: string): Reading {
  const body = jsonOf(text, z.array(z.unknown()));
  const doubts: string[] = [];
  const incidents = entriesOf(body, Outage, { what: 'an outage', doubts }).map((outage): StatusIncident => {
    const state = metaState(outage.status);
    if (state === 'unknown') doubts.push(strangeWords('an outage', outage.status));
    const posts = entriesOf(outage.posts, Post, { what: 'a post', doubts: [] }).toSorted((a, b) => (timeOf(b.time) ?? 0) - (timeOf(a.time) ?? 0));
    const id = String(outage.service_id);
    const incident = openIncident({ id, title: plainTitle(`Service ${id}: ${outage.status}`), words: plainWords(posts[0]?.description ?? outage.status), state, time: outage.time, keys: keysOf([id]) });
    const updatedAt = timeOf(posts[0]?.time) ?? incident.updatedAt;
    return { ...incident, updatedAt, ...(state === 'operational' && { isOpen: false, endedAt: updatedAt }) };
  });
  return { page: 'operational', components: [], incidents, maintenances: [], doubts, listsComponents: false };
}

interface Open {
  readonly id: string;
  readonly title: string;
  readonly words: string;
  readonly state: StatusIncident['severity'] | 'operational';
  readonly time: string | null | undefined;
  readonly keys: readonly string[];
}

function openIncident({ state, time, ...said }: Open): StatusIncident {
  const at = timeOf(time);
  return { ...said, severity: state === 'operational' ? 'none' : state, isOpen: true, components: [said.title], regions: [], startedAt: at, updatedAt: at, endedAt: null, url: null };
}
