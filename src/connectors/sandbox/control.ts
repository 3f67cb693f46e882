import { z } from 'zod';
import { Fault } from './faults.js';
import { type Ground, Terms } from './platform.js';
import { profiles } from './profiles.js';
import { type Asked, failure, json, parsedJson, type Reply } from './reply.js';

/** As somebody posts with the platform's own app, which may work while the API does not. */
const ByHand = z.object({ platform: z.enum(profiles.map(({ id }) => id)), account: z.string().min(1), text: z.string().min(1) });

export interface Controlled extends Ground {
  setTerms(terms: Terms): void;
  /** Requests that arrived so far, by platform. */
  readonly traffic: ReadonlyMap<string, number>;
}

/** Answers a request under `/control` (README.md). What changes something must say it sends JSON: no web page can do that unasked. */
export function control(asked: Asked, ground: Controlled): Reply {
  const [noun = '', id] = asked.path;
  const isChange = asked.method !== 'GET';
  if (isChange && asked.method !== 'DELETE' && !String(asked.headers['content-type'] ?? '').startsWith('application/json')) {
    return failure(415, 'json-needed', 'Send content-type: application/json');
  }
  switch (`${asked.method} ${noun}`) {
    case 'GET posts':
      return json(200, { posts: ground.store.list(filterOf(asked)) });
    case 'POST posts': {
      const parsed = ByHand.safeParse(parsedJson(asked.body));
      if (!parsed.success) return failure(400, 'bad-request', z.prettifyError(parsed.error));
      const { id } = ground.store.take({ ...parsed.data, replyTo: null, media: [], key: null }, { visibleInMs: 0, lagMs: 0 });
      return json(201, { id });
    }
    case 'GET counts':
      return json(200, counts(asked, ground));
    case 'DELETE posts':
      return ground.store.delete(id ?? '') ? json(200, { id }) : failure(404, 'not-found', 'There is no such post');
    case 'GET faults':
      return json(200, { faults: ground.faults.list() });
    case 'POST faults': {
      const told = parsedJson(asked.body);
      const parsed = Fault.array().min(1).safeParse(Array.isArray(told) ? told : [told]);
      if (!parsed.success) return failure(400, 'bad-request', z.prettifyError(parsed.error));
      return json(201, { ids: parsed.data.map((fault) => ground.faults.add(fault)) });
    }
    case 'DELETE faults':
      if (id === undefined) ground.faults.clear();
      else if (!ground.faults.remove(id)) return failure(404, 'not-found', 'There is no such fault');
      return json(200, { faults: ground.faults.list() });
    case 'GET terms':
      return json(200, ground.terms());
    case 'PUT terms': {
      const parsed = Terms.safeParse(parsedJson(asked.body));
      if (!parsed.success) return failure(400, 'bad-request', z.prettifyError(parsed.error));
      ground.setTerms(parsed.data);
      return json(200, parsed.data);
    }
    case 'GET traffic':
      return json(200, Object.fromEntries(ground.traffic));
    default:
      return failure(404, 'not-found', 'There is no such call');
  }
}

const filterOf = ({ query }: Asked) => ({ platform: query.get('platform') ?? undefined, account: query.get('account') ?? undefined });

function counts(asked: Asked, ground: Controlled) {
  const contents = ground.store.counts(filterOf(asked));
  const seen = (test: (visible: number) => boolean): number => contents.filter(({ visible }) => test(visible)).length;
  return { contents, totals: { contents: contents.length, never: seen((n) => n === 0), once: seen((n) => n === 1), moreThanOnce: seen((n) => n > 1) } };
}
