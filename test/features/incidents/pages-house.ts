import { DateTime } from 'luxon';
import { v7 as uuid } from 'uuid';
import { Seal } from '../../../src/infra/seal.js';
import { type House, openHouse } from '../../kit/house.js';
import { seedClient, type SeededChannel, type SeededClient, seedPosts } from '../../kit/seed.js';

export interface OutageTerms {
  readonly beganMinutesAgo: number;
  readonly connectorIds?: readonly string[];
  readonly state?: 'open' | 'recovering' | 'closed';
  readonly kind?: 'outage' | 'maintenance';
  readonly falseAlarm?: boolean;
  readonly endedMinutesAgo?: number;
  readonly official?: { readonly text: string; readonly url: string | null; readonly at: string };
}

export interface PostTerms {
  readonly text: string;
  readonly dueInMinutes: number;
  readonly channel?: SeededChannel;
  readonly choice?: 'can-wait' | 'today' | 'hour-counts';
  readonly state?: 'held' | 'published' | 'missed';
  readonly url?: string;
}

/** A house with clients whose platforms have fallen. Everything is written as the rooms write it. */
export async function openPagesHouse() {
  const house = await openHouse();
  const { database } = house;
  const host = 'sandbox.example';
  const client = async (name: string, terms: { readonly workspaceId?: string; readonly connectorIds?: readonly string[]; readonly language?: 'en' | 'it' } = {}): Promise<SeededClient> => {
    const made = await seedClient(database, {
      connectorIds: terms.connectorIds ?? ['sandbox-alpha'], url: `http://${host}`, seal: new Seal('s'.repeat(32)), ...(terms.workspaceId ? { workspaceId: terms.workspaceId } : {}),
    });
    await database.query(`UPDATE clients SET name = $2, language = $3 WHERE id = $1`, [made.clientId, name, terms.language ?? 'en']);
    return made;
  };

  const outage = async ({ beganMinutesAgo, connectorIds = ['sandbox-alpha'], state = 'open', kind = 'outage', falseAlarm = false, endedMinutesAgo, official }: OutageTerms): Promise<string> => {
    const id = uuid();
    const ended = endedMinutesAgo ?? (state === 'open' ? null : 0);
    await database.query(
      `INSERT INTO incidents (id, kind, subject, began_at, opened_at, closed_at, state, ended_at, cause, confidence, official, false_alarm)
       VALUES ($1, $2, $3, now() - $4 * interval '1 minute', now() - $4 * interval '1 minute', CASE WHEN $5 = 'closed' THEN now() END, $5,
               now() - $6 * interval '1 minute', 'technical-fault', 0.9, $7, $8)`,
      [id, kind, id, beganMinutesAgo, state, ended, official ? JSON.stringify(official) : null, falseAlarm ? JSON.stringify({ by: 'Op', at: new Date().toISOString(), reason: 'mistake' }) : null],
    );
    for (const connectorId of connectorIds) {
      await database.query(
        `INSERT INTO incident_components (incident_id, component_id, connector_id, host, state, fell_at, back_at)
         VALUES ($1, $2, $3, $4, $5, now() - $6 * interval '1 minute', now() - $7 * interval '1 minute')`,
        [id, `${connectorId}:publish@${host}`, connectorId, host, state === 'open' ? 'down' : 'up', beganMinutesAgo, ended],
      );
    }
    return id;
  };

  /** Plans a post that the outage touches. @returns the delivery's id */
  const post = async (incidentId: string, of: SeededClient, { text, dueInMinutes, channel, choice, state = 'held', url }: PostTerms): Promise<string> => {
    const [seededChannel] = of.channels;
    const on = channel ?? seededChannel;
    if (!on) throw new Error('The client has no channel.');
    const [id = ''] = await seedPosts(database, of, [{ channel: on, dueInMs: dueInMinutes * 60_000, text, ...(choice ? { choice } : {}) }]);
    await database.query(
      `UPDATE deliveries SET state = $2, hold_reason = CASE WHEN $2 = 'held' THEN 'outage' END, reason = CASE WHEN $2 = 'held' THEN '{"code":"platform-down"}'::jsonb END,
              ready_at = 'infinity', ended_at = CASE WHEN $2 <> 'held' THEN now() END WHERE id = $1`,
      [id, state],
    );
    if (state === 'published') await database.query(`UPDATE parts SET published_at = now(), url = $2, remote_id = $1 WHERE delivery_id = $1`, [id, url ?? null]);
    await database.query(
      `INSERT INTO incident_deliveries (incident_id, delivery_id, workspace_id, client_id, planned_at) SELECT $1, id, workspace_id, client_id, due_at FROM deliveries WHERE id = $2`,
      [incidentId, id],
    );
    return id;
  };
  /** Promises something outside posts, on from and until so many minutes from now. @returns the commitment's id */
  const promise = async (of: SeededClient, { fromMinutes, untilMinutes, ...more }: { readonly fromMinutes: number; readonly untilMinutes: number } & Readonly<Record<string, unknown>>): Promise<string> => {
    const wall = (minutes: number): string => DateTime.now().setZone('Europe/Rome').plus({ minutes }).toFormat("yyyy-MM-dd'T'HH:mm:ss");
    const { headers } = await house.member(of.workspaceId, 'editor');
    const { status, body } = await house.http().post('/api/v1/commitments').set(headers).send({
      clientId: of.clientId, kind: 'contest', title: 'Win a coffee', connectorIds: ['sandbox-alpha'], zone: 'Europe/Rome', wallFrom: wall(fromMinutes), wallUntil: wall(untilMinutes), ...more,
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body.id as string;
  };
  return { ...house, client, outage, post, promise };
}

export type PagesHouse = House & Awaited<ReturnType<typeof openPagesHouse>>;
