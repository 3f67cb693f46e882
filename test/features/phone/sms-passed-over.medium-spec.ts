import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { DispatchService } from '../../../src/features/dispatch/dispatch.service.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { seedList } from './sms-seed.js';

let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
  house.get(HealthService).verdict = (id) => ({ state: id.startsWith('sandbox-alpha') ? 'down' : 'up', impaired: false });
});
afterAll(() => house.close());
beforeEach(() => house.fresh());

const send = (verb: 'post' | 'put', path: string, body: object) => house.http()[verb](`/api/v1${path}`).set(house.manager.headers).send(body);

interface Place {
  readonly clientId: string;
  readonly alphaId: string;
  readonly smsId: string;
  readonly blogId: string;
}

/** A client with three people by SMS, which cost 30 cents, and with a blog. */
async function place(capMinor: number): Promise<Place> {
  const brand = await house.brand({ capMinor });
  const listId = await seedList(house.database, brand, { people: 3 });
  const { body } = await send('post', '/channels', { clientId: brand.clientId, connectorId: 'sms', name: 'Amici del bar', account: { listIds: [listId] } }).expect(201);
  const [alphaId, blogId] = [uuid(), uuid()];
  await house.database.query(
    `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $3, $4, 'sandbox-alpha', 'Alpha', 'sandbox.invalid', 'sandbox-alpha:publish@sandbox.invalid', 'x'), ($2, $3, $4, 'blog', 'Il blog', 'house', 'blog:publish@house', 'x')`,
    [alphaId, blogId, brand.workspaceId, brand.clientId]);
  return { clientId: brand.clientId, alphaId, smsId: (body as { id: string }).id, blogId };
}

/** A post for Alpha, which is down, whose time has come; it leaves by the first of these that is open. @returns what has become of it */
async function leave({ clientId, alphaId, smsId }: Place, rerouteTo: readonly (readonly string[])[], leftMinutes = 15): Promise<{ readonly state: string; readonly reason: { readonly detail: string } }> {
  const { body } = await send('post', '/posts', {
    clientId, channelIds: [alphaId], content: { parts: [{ text: 'Al bar.' }] }, wallAt: '2031-03-04T12:00', choice: 'hour-counts', policy: { rerouteTo, onOutage: 'reroute-now' },
  }).expect(201);
  const { id: postId, deliveries: [delivery] } = body as { id: string; deliveries: [{ id: string }] };
  await send('put', `/posts/${postId}/fallbacks/${smsId}`, { version: 0, content: { parts: [{ text: 'Vi aspettiamo al bar.' }] }, approve: true }).expect(200);
  await house.database.query(`UPDATE deliveries SET due_at = now(), ready_at = now(), deadline_at = now() + $2 * interval '1 minute' WHERE id = $1`, [delivery.id, leftMinutes]);
  await house.get(DispatchService).run(delivery.id);
  const [row]: { state: string; reason: { detail: string } }[] = await house.database.query('SELECT state, reason FROM deliveries WHERE id = $1', [delivery.id]);
  if (!row) throw new Error('It is gone.');
  return row;
}

async function told(clientId: string, { headers } = house.manager): Promise<readonly { readonly title: string; readonly text: string }[]> {
  await house.get(FactTakers).take('notifications');
  const { body } = await house.http().get('/api/v1/notices').set(headers);
  return (body.items as { kind: string; client: { id: string } | null; title: string; text: string; clientId: string | null }[]).filter((one) => one.kind === 'sms-over-cap' && one.clientId === clientId);
}

describe('SMS whose limit is used up', () => {
  it('are passed over: the next way is taken, and people are told once a day, with the limit and where the posts go', async () => {
    const there = await place(25);
    const ways = [[there.smsId], [there.blogId]];
    expect(await leave(there, ways)).toMatchObject({ state: 'rerouted', reason: { detail: 'Il blog' } });
    expect(await leave(there, ways)).toMatchObject({ state: 'rerouted', reason: { detail: 'Il blog' } });
    expect(await told(there.clientId)).toEqual([expect.objectContaining({ title: 'The SMS of Bar Sport have reached their limit', text: expect.stringMatching(/this month’s limit of €0\.25\. It leaves by Il blog instead/) })]);
    await house.database.query(`UPDATE sms_caps SET passed_over_on = passed_over_on - 1 WHERE client_id = $1`, [there.clientId]);
    await leave(there, ways);
    expect(await house.database.query(`SELECT count(*)::int AS n FROM events WHERE kind = 'sms.over-cap' AND payload ->> 'clientId' = $1`, [there.clientId])).toEqual([{ n: 2 }]);
  });

  it('are told of too where no other way is left', async () => {
    const there = await place(25);
    expect(await leave(there, [[there.smsId]])).toMatchObject({ state: 'held' });
    expect(await told(there.clientId)).toEqual([expect.objectContaining({ text: expect.stringMatching(/no other way is open to it\. It waits/) })]);
  });

  it('are told of as what keeps a post from going out at all, once its hour has passed', async () => {
    const there = await place(25);
    expect(await leave(there, [[there.smsId]], 0)).toMatchObject({ state: 'missed' });
    const [notice, ...others] = await told(there.clientId);
    expect([notice?.text, others]).toEqual([expect.stringMatching(/limit of €0\.25, and no other way was open to it\. Its hour has passed, so it did not go out\./), []]);
    expect(notice?.text).not.toContain('waits');
  });

  it('are told of to each reader as they write money', async () => {
    const reader = await house.member(house.workspaceId, 'manager', { language: 'it' });
    const [another, none, missed] = [await place(25), await place(25), await place(25)];
    await leave(another, [[another.smsId], [another.blogId]]);
    await leave(none, [[none.smsId]]);
    await leave(missed, [[missed.smsId]], 0);
    const said = [];
    for (const { clientId } of [another, none, missed]) said.push((await told(clientId, reader))[0]?.text);
    expect(said).toEqual(['Esce invece con Il blog', 'non ha altre vie aperte. Aspetta', 'quindi non è uscito'].map((what) => expect.stringMatching(new RegExp(`limite di questo mese, 0,25\\s€.*${what}`))));
  });

  it('are told of by nobody while there is enough, or where they come after the way that is taken', async () => {
    const [enough, after] = [await place(500), await place(25)];
    expect(await leave(enough, [[enough.smsId], [enough.blogId]])).toMatchObject({ state: 'rerouted', reason: { detail: 'Amici del bar' } });
    expect(await leave(after, [[after.blogId], [after.smsId]])).toMatchObject({ state: 'rerouted', reason: { detail: 'Il blog' } });
    expect([await told(enough.clientId), await told(after.clientId)]).toEqual([[], []]);
  });
});
