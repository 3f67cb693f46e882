import { createHash } from 'node:crypto';
import type pg from 'pg';
import { CalmClient } from './calm-client.js';

const MARK = '/* prepared */ ';

/**
 * Marks a statement that runs all the time: each connection has it parsed and planned once, which costs more than
 * running it. Only for texts that never change and that name their columns; values go in as parameters.
 */
export const prepared = (text: string): string => MARK + text;

const names = new Map<string, string>();

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `p_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  names.set(text, name);
  return name;
}

type Query = (query: unknown, ...rest: unknown[]) => unknown;

/** pg's client, which gives marked statements a name: that is how it is told to keep them prepared. */
export class PreparingClient extends CalmClient {
  constructor(config?: pg.ClientConfig) {
    super(config);
    const query = super.query.bind(this) as unknown as Query;
    const preparing: Query = (first, ...rest) =>
      query(typeof first === 'string' && first.startsWith(MARK) ? { name: nameOf(first), text: first } : first, ...rest);
    // pg declares `query` with a dozen overloads; none of them changes here.
    Object.defineProperty(this, 'query', { value: preparing });
  }
}
