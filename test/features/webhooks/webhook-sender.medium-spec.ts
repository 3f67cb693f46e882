import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook as Verifier } from 'standardwebhooks';
import { v7 as uuid } from 'uuid';
import { NoticesService } from '../../../src/features/notifications/notices.service.js';
import { WebhookSender } from '../../../src/features/webhooks/webhook-sender.js';
import { WebhookSendsRepository } from '../../../src/features/webhooks/webhook-sends.repository.js';
import { WebhookTaker } from '../../../src/features/webhooks/webhook-taker.js';
import { Clock } from '../../../src/infra/clock.js';
import { readConfig } from '../../../src/infra/config.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { FactWriter } from '../../../src/infra/facts/fact-writer.js';
import type { Fact } from '../../../src/infra/facts/facts.js';
import { Outgoing } from '../../../src/infra/http/outgoing.js';
import { Metrics } from '../../../src/infra/metrics.js';
import { Seal } from '../../../src/infra/seal.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { accept, openReceiver, type Receiver, refuse } from './receiver.js';

const secret = `whsec_${Buffer.from('a secret of thirty-two bytes ok!').toString('base64')}`;
const seal = new Seal('s'.repeat(32));
const clock = new Clock();
const workspaceId = uuid();
let database: TestDatabase;
let receiver: Receiver;
let outgoing: Outgoing;

beforeAll(async () => {
  database = await createDatabase();
  receiver = await openReceiver();
  await database.dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agency')`, [workspaceId]);
});
afterAll(async () => {
  await receiver.close();
  await database.drop();
});
beforeEach(async () => {
  await database.dataSource.query('TRUNCATE webhook_endpoints, webhook_messages, events, event_claims, notices CASCADE');
  receiver.received.length = 0;
  receiver.open.clear();
  receiver.answer = accept;
  outgoing = new Outgoing(readConfig({ ALLOW_HOSTS: '127.0.0.1' }), clock);
});
afterEach(() => outgoing.onApplicationShutdown());

/** One process that works. */
const sender = (): WebhookSender =>
  new WebhookSender(new WebhookSendsRepository(database.dataSource, new NoticesService(database.dataSource)), seal, outgoing, new Metrics(clock), clock, readConfig({}));

async function endpoint(path = '/hook', { kinds = ['*'], url = receiver.url, old = null as string | null } = {}): Promise<string> {
  const id = uuid();
  await database.dataSource.query(
    `INSERT INTO webhook_endpoints (id, workspace_id, url, kinds, sealed_secret, sealed_old_secret, old_secret_until)
     VALUES ($1, $2, $3, $4, $5, $6, now() + interval '1 hour')`,
    [id, workspaceId, `${url}${path}`, kinds, seal.seal(secret, { workspaceId, rowId: id }), old && seal.seal(old, { workspaceId, rowId: id })],
  );
  return id;
}

const fact = (kind: Fact['kind'] = 'delivery.published'): Fact => ({ kind, workspaceId, subjectId: uuid(), payload: { deliveryId: uuid(), url: 'https://social.example/ü' } });

/** Facts become true and are taken. */
async function happen(...facts: Fact[]): Promise<void> {
  await database.dataSource.transaction((manager) => new FactWriter().write(manager, facts));
  const takers = new FactTakers(database.dataSource);
  new WebhookTaker(takers).onModuleInit();
  await takers.take('webhooks');
}

async function round(one = sender()): Promise<void> {
  await one.round();
  await one.idle();
}

interface Message { state: string; tries: number; status: number | null; detail: string | null; nextAt: Date }
const messages = (): Promise<Message[]> =>
  database.dataSource.query('SELECT state, tries, status, detail, next_at AS "nextAt" FROM webhook_messages ORDER BY created_at, event_id');
const stateOf = async (id: string): Promise<{ state: string; off: string | null }> =>
  ((await database.dataSource.query('SELECT state, off_reason AS off FROM webhook_endpoints WHERE id = $1', [id])) as { state: string; off: string | null }[])[0]!;
const dueAgain = (): Promise<unknown> => database.dataSource.query('UPDATE webhook_messages SET next_at = now(), lease_until = NULL');

describe('A message', () => {
  it('arrives signed, as the receiver verifies it', async () => {
    await endpoint();
    await happen(fact());
    await round();
    const [got] = receiver.received;
    expect(receiver.received).toHaveLength(1);
    expect(new Verifier(secret).verify(got!.body, got!.headers as Record<string, string>)).toMatchObject({ type: 'delivery.published', data: { workspaceId, url: 'https://social.example/ü' } });
    expect(await messages()).toMatchObject([{ state: 'delivered', tries: 1, status: 204 }]);
  });

  it('is signed with the secret before, too, while that still counts', async () => {
    const old = `whsec_${Buffer.from('another secret of thirty-two ok!').toString('base64')}`;
    await endpoint('/hook', { old });
    await happen(fact());
    await round();
    for (const each of [secret, old]) expect(() => new Verifier(each).verify(receiver.received[0]!.body, receiver.received[0]!.headers as Record<string, string>)).not.toThrow();
  });

  it('is made once per endpoint and fact, of the kinds it asked for', async () => {
    await endpoint('/all');
    await endpoint('/some', { kinds: ['delivery.failed'] });
    await happen(fact('delivery.published'), fact('delivery.failed'));
    await round();
    expect(receiver.received.map(({ path }) => path).sort()).toEqual(['/all', '/all', '/some']);
  });

  it('is not made for another workspace', async () => {
    await endpoint();
    await happen({ ...fact(), workspaceId: uuid() });
    expect(await messages()).toEqual([]);
  });

  it('is tried again later when it was refused, byte for byte and under the same id', async () => {
    await endpoint();
    await happen(fact());
    receiver.answer = refuse(500);
    const [{ at }] = (await database.dataSource.query('SELECT now() AS at')) as [{ at: Date }];
    await round();
    expect(await messages()).toMatchObject([{ state: 'waiting', tries: 1, status: 500 }]);
    expect((await messages())[0]!.nextAt.getTime() - at.getTime()).toBeGreaterThan(3_500);
    await round();
    expect(receiver.received).toHaveLength(1); // not before its time
    receiver.answer = accept;
    await dueAgain();
    await round();
    const [first, second] = receiver.received;
    expect(second!.body).toBe(first!.body);
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(await messages()).toMatchObject([{ state: 'delivered', tries: 2 }]);
  });

  it('has failed after the eighth try', async () => {
    await endpoint();
    await happen(fact());
    receiver.answer = refuse(503);
    for (let i = 0; i < 8; i += 1) {
      await round();
      await dueAgain();
    }
    await round();
    expect(receiver.received).toHaveLength(8);
    expect(await messages()).toMatchObject([{ state: 'failed', tries: 8 }]);
  });

  it('is not sent to an address of the inner network, and says so', async () => {
    outgoing = new Outgoing(readConfig({}), clock);
    await endpoint();
    await happen(fact());
    await round();
    expect(receiver.received).toEqual([]);
    expect((await messages())[0]!.detail).toContain('ALLOW_HOSTS');
  });

  it('does not follow a redirect', async () => {
    await endpoint();
    await happen(fact());
    receiver.answer = (_, response) => void response.writeHead(307, { location: `${receiver.url}/elsewhere` }).end();
    await round();
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook']);
    expect((await messages())[0]).toMatchObject({ state: 'waiting', detail: 'it answered 307: redirects are not followed' });
  });

  it('that cannot be signed waits, and says why', async () => {
    const id = await endpoint();
    await database.dataSource.query('UPDATE webhook_endpoints SET sealed_secret = $2 WHERE id = $1', [id, new Seal('t'.repeat(32)).seal(secret, { workspaceId, rowId: id })]);
    await happen(fact());
    await round();
    expect((await messages())[0]).toMatchObject({ state: 'waiting', detail: expect.stringContaining('sealed with another key') });
  });
});

describe('Senders', () => {
  it('of several processes send each of 300 messages once, at most eight at a time to one endpoint', async () => {
    await endpoint('/a');
    await endpoint('/b');
    await happen(...Array.from({ length: 150 }, () => fact()));
    const both = [sender(), sender()];
    await Promise.all(both.map((one) => round(one)));
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(300);
    expect(receiver.received).toHaveLength(300);
    expect(receiver.open.get('/a')!.most).toBeLessThanOrEqual(8); // four per process
  });

  it('serve the others while one endpoint hangs', async () => {
    await endpoint('/hangs');
    await endpoint('/works');
    await happen(fact(), fact(), fact());
    let hanging: (() => void)[] = [];
    receiver.answer = (request, response) => {
      if (request.path === '/hangs') hanging.push(() => response.writeHead(204).end());
      else accept(request, response);
    };
    const one = sender();
    while (hanging.length === 0 || receiver.received.filter(({ path }) => path === '/works').length < 3) {
      await one.round();
      await clock.sleep(20);
    }
    expect(receiver.received.filter(({ path }) => path === '/works')).toHaveLength(3);
    receiver.answer = accept;
    for (const letGo of hanging) letGo();
    await one.idle();
    expect((await messages()).map(({ state }) => state)).toEqual(Array(6).fill('delivered'));
  });

  it('send again what a dead one held, once its lease is over, and not before', async () => {
    await endpoint();
    await happen(fact());
    const sends = new WebhookSendsRepository(database.dataSource, new NoticesService(database.dataSource));
    const [ready] = await sends.ready([], 10);
    const [claimed] = await sends.claim(ready!.id, 8); // and dies
    await round();
    expect(receiver.received).toEqual([]);
    await database.dataSource.query(`UPDATE webhook_messages SET next_at = now(), lease_until = now()`);
    await round();
    expect(receiver.received).toHaveLength(1);
    await sends.record(ready!.id, claimed!, { kind: 'again', status: 500, detail: 'late word of the dead', afterMs: 0 });
    expect(await messages()).toMatchObject([{ state: 'delivered', tries: 2 }]);
  });

  it('stop within seconds, and what was on its way is sent by the next one', async () => {
    await endpoint();
    await happen(fact());
    let asked: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    receiver.answer = () => asked(); // never answers
    const one = new WebhookSender(
      new WebhookSendsRepository(database.dataSource, new NoticesService(database.dataSource)), seal, outgoing, new Metrics(clock),
      new (class extends Clock { override sleep = (ms: number, signal?: AbortSignal): Promise<void> => super.sleep(Math.min(ms, 50), signal); })(), readConfig({}),
    );
    await one.round();
    await arrived;
    await one.onModuleDestroy();
    expect(await messages()).toMatchObject([{ state: 'waiting', tries: 0 }]);
    receiver.answer = accept;
    await round();
    expect(await messages()).toMatchObject([{ state: 'delivered', tries: 1 }]);
  });
});

describe('An endpoint', () => {
  it('that answers 410 is turned off, its waiting messages end, and people are told', async () => {
    const id = await endpoint();
    await happen(fact(), fact(), fact());
    receiver.answer = refuse(410);
    await round();
    expect(await stateOf(id)).toEqual({ state: 'off', off: 'gone' });
    expect((await messages()).map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
    expect(await database.dataSource.query('SELECT kind FROM notices')).toEqual([{ kind: 'webhook-off' }]);
    await happen(fact());
    expect(await messages()).toHaveLength(3); // nothing is made for what is off
  });

  it('at which nothing has arrived for five days is turned off, and people are told', async () => {
    const id = await endpoint();
    await happen(fact());
    receiver.answer = refuse(500);
    await round();
    expect(await stateOf(id)).toEqual({ state: 'failing', off: null });
    await database.dataSource.query(`UPDATE webhook_endpoints SET failing_since = now() - interval '121 hours'`);
    await dueAgain();
    await round();
    expect(await stateOf(id)).toEqual({ state: 'off', off: 'failing' });
    expect(await database.dataSource.query('SELECT kind FROM notices')).toEqual([{ kind: 'webhook-off' }]);
  });

  it('that fails is tried with one message at a time, and is well again with the first that arrives', async () => {
    const id = await endpoint();
    await happen(fact());
    receiver.answer = refuse(500);
    await round();
    await happen(...Array.from({ length: 20 }, () => fact()));
    receiver.received.length = 0;
    await round();
    expect(receiver.received).toHaveLength(1);
    receiver.answer = accept;
    await round();
    expect(await stateOf(id)).toEqual({ state: 'on', off: null });
    await round();
    expect((await messages()).filter(({ state }) => state === 'delivered')).toHaveLength(19);
  });
});
