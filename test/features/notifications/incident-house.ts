import { v7 as uuid } from 'uuid';
import { Clock } from '../../../src/infra/clock.js';
import { Seal } from '../../../src/infra/seal.js';
import { type House, openHouse, type Visitor } from '../../kit/house.js';
import { type SeededClient, type SeededPost, seedClient, seedPosts } from '../../kit/seed.js';

export const minute = 60_000;
export const hour = 60 * minute;

/** Goes on by hand. */
export class HandClock extends Clock {
  private aheadMs = 0;

  override now(): number {
    return Date.now() + this.aheadMs;
  }

  pass(ms: number): void {
    this.aheadMs += ms;
  }
}

export interface LetterRow {
  readonly to: string;
  readonly toName: string;
  readonly about: string;
  readonly state: string;
  readonly until: Date;
  readonly mail: { readonly subject: string; readonly text: string; readonly html?: string; readonly fromName?: string; readonly replyTo?: { readonly name: string; readonly address: string }; readonly logo?: { readonly mediaId: string } };
}

export interface IncidentHouse extends House {
  readonly clock: HandClock;
  get<Service>(service: abstract new (...args: never[]) => Service): Service;
  /** A member with a name of their own and a moment of joining, in the order of the calls. */
  person(workspaceId: string, role: 'owner' | 'manager' | 'editor' | 'viewer', name: string, language?: 'en' | 'it'): Promise<Visitor>;
  /** With a channel on sandbox-alpha; its day never ends unless told. */
  client(workspaceId: string, name: string, terms?: { readonly emails?: readonly string[]; readonly language?: 'en' | 'it'; readonly day?: readonly [string, string] }): Promise<SeededClient>;
  /** sandbox-alpha is down since so many minutes, with what is planned on it. @returns the incident's id and the deliveries' */
  outage(posts: readonly { readonly client: SeededClient; readonly text: string; readonly dueInMs?: number; readonly choice?: SeededPost['choice'] }[], terms?: { readonly forMs?: number; readonly official?: string }): Promise<{ readonly id: string; readonly deliveries: readonly string[] }>;
  /** Also writes the end of it. */
  close(incidentId?: string): Promise<void>;
  letters(about: 'incident' | 'client-notice'): Promise<readonly LetterRow[]>;
}

/** The whole application, its rounds done by hand. */
export async function openIncidentHouse(): Promise<IncidentHouse> {
  const clock = new HandClock();
  const house = await openHouse({ PUBLIC_URL: 'https://postern.example' }, clock);
  const { database } = house;
  const seal = new Seal('s'.repeat(32));
  let people = 0;
  return {
    ...house,
    clock,
    get: (service) => house.app.get(service as never, { strict: false }),
    person: async (workspaceId, role, name, language = 'en') => {
      const visitor = await house.member(workspaceId, role, { language });
      people += 1;
      await database.query(`UPDATE users SET name = $2, email = $3 WHERE id = $1`, [visitor.userId, name, `${name.toLowerCase()}@agency.example`]);
      await database.query(`UPDATE members SET created_at = '2026-01-01'::timestamptz + $2 * interval '1 day' WHERE user_id = $1`, [visitor.userId, people]);
      return visitor;
    },
    client: async (workspaceId, name, { emails = [], language = 'en', day = ['00:00', '00:00'] } = {}) => {
      const client = await seedClient(database, { connectorIds: ['sandbox-alpha'], url: 'http://sandbox.example', seal, workspaceId });
      await database.query('UPDATE clients SET name = $2, language = $3, day_from = $4, day_to = $5, contacts = $6 WHERE id = $1', [client.clientId, name, language, ...day, JSON.stringify({ emails })]);
      return client;
    },
    outage: async (posts, { forMs = 0, official } = {}) => {
      const id = uuid();
      const began = new Date(clock.now() - forMs);
      const channels = await database.query<{ component_id: string; host: string }[]>('SELECT component_id, host FROM channels LIMIT 1');
      await database.query(`INSERT INTO incidents (id, kind, subject, began_at, opened_at, official) VALUES ($1, 'outage', $2, $3, $3, $4)`, [
        id, id, began, official === undefined ? null : JSON.stringify({ text: official, url: null, at: began.toISOString() }),
      ]);
      await database.query(`INSERT INTO incident_components (incident_id, component_id, connector_id, host, state, fell_at) VALUES ($1, $2, 'sandbox-alpha', $3, 'down', $4)`, [
        id, channels[0]?.component_id, channels[0]?.host, began,
      ]);
      const deliveries: string[] = [];
      for (const { client, text, dueInMs = hour, choice } of posts) {
        const [channel] = client.channels;
        if (!channel) throw new Error('A client without a channel.');
        const [deliveryId] = await seedPosts(database, client, [{ channel, dueInMs, text, ...(choice && { choice }) }]);
        await database.query(
          'INSERT INTO incident_deliveries (incident_id, delivery_id, workspace_id, client_id, planned_at) SELECT $1, id, workspace_id, client_id, due_at FROM deliveries WHERE id = $2',
          [id, deliveryId],
        );
        deliveries.push(deliveryId ?? '');
      }
      return { id, deliveries };
    },
    close: async (incidentId) => {
      if (incidentId === undefined) return house.close();
      await database.query(`UPDATE incident_components SET state = 'up', back_at = $2 WHERE incident_id = $1`, [incidentId, new Date(clock.now())]);
      await database.query(`UPDATE incidents SET state = 'closed', ended_at = $2, closed_at = $2 WHERE id = $1`, [incidentId, new Date(clock.now())]);
    },
    letters: (about) => database.query(
      `SELECT to_address AS "to", to_name AS "toName", about, state, until, mail FROM letters WHERE about = $1 ORDER BY created_at, once`, [about]),
  };
}
