import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { EscalationService } from '../../../src/features/notifications/escalation.service.js';
import type { HandAsks } from '../../../src/features/notifications/hand-asks.service.js';
import { IncidentNewsService } from '../../../src/features/notifications/incident-news.service.js';
import { NoticeTaker } from '../../../src/features/notifications/notice-taker.js';
import { NoticesService } from '../../../src/features/notifications/notices.service.js';
import type { TeamLettersService } from '../../../src/features/notifications/team-letters.service.js';
import type { Notice } from '../../../src/features/notifications/notice.schema.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { FactWriter } from '../../../src/infra/facts/fact-writer.js';
import type { Fact } from '../../../src/infra/facts/facts.js';
import type { Language } from '../../../src/infra/http/problem.js';
import { Seal } from '../../../src/infra/seal.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { type SeededClient, seedClient } from '../../kit/seed.js';

let database: TestDatabase;
let mine: SeededClient;
let other: SeededClient;

beforeAll(async () => {
  database = await createDatabase();
  const terms = { connectorIds: ['sandbox-alpha', 'sandbox-beta'], url: 'http://sandbox.example', seal: new Seal('s'.repeat(32)) };
  mine = await seedClient(database.dataSource, terms);
  other = await seedClient(database.dataSource, terms);
});
afterAll(() => database.drop());
beforeEach(() => database.dataSource.query('TRUNCATE notices, events, event_claims CASCADE'));

/** Incidents have tests of their own: here none opens. */
const news = new IncidentNewsService({ ring: () => undefined } as EscalationService, {} as TeamLettersService);
/** So does what people post themselves. */
const hands = { follow: async () => Promise.resolve() } as unknown as HandAsks;
const service = (): NoticesService => new NoticesService(database.dataSource);

/** Facts become true and are taken, in one batch. */
async function happen(...facts: Fact[]): Promise<void> {
  await database.dataSource.transaction((manager) => new FactWriter().write(manager, facts));
  const takers = new FactTakers(database.dataSource);
  new NoticeTaker(takers, service(), news, hands).onModuleInit();
  await takers.take('notifications');
}

async function notices(client = mine, { language = 'en' as Language, unseen = false } = {}): Promise<readonly Notice[]> {
  const caller = { workspaceId: client.workspaceId, actor: { kind: 'system', id: 't', name: 't' }, role: 'owner', language } as const;
  return (await service().list(caller as never, { limit: 50, cursor: undefined, unseen })).items;
}

function failed(channel = 0, client = mine, kind: Fact['kind'] = 'delivery.failed'): Fact {
  const deliveryId = uuid();
  return {
    kind, workspaceId: client.workspaceId, subjectId: deliveryId,
    payload: { deliveryId, postId: uuid(), channelId: client.channels[channel]!.id, clientId: client.clientId, reason: { code: 'refused', detail: 'Text too long' } },
  };
}

describe('A notice', () => {
  it('says what happened, where and what to do', async () => {
    const fact = failed();
    await happen(fact);
    expect(await notices()).toMatchObject([
      {
        kind: 'post-failed', count: 1, clientId: mine.clientId, channelId: mine.channels[0]!.id, deliveryIds: [fact.subjectId], seenAt: null,
        title: `A post failed on ${mine.channels[0]!.account} (Bar Sport)`,
        text: expect.stringContaining('The platform refused it: Text too long. Correct what is wrong'),
      },
    ]);
  });

  it('is read in the reader\'s language', async () => {
    await happen(failed(), failed());
    expect((await notices(mine, { language: 'it' }))[0]!.title).toBe(`2 post non sono usciti su ${mine.channels[0]!.account} (Bar Sport)`);
  });

  it('tells that a post moved by itself, and that one was left out unasked; a person who decided knows', async () => {
    const settled = failed(1, mine, 'reroute.settled');
    await happen(failed(0, mine, 'delivery.moved'), { ...settled, payload: { ...settled.payload, how: 'skip', unasked: true } }, { ...settled, payload: { ...settled.payload, how: 'skip', unasked: false } });
    expect(new Map((await notices()).map(({ title, count }) => [title, count]))).toEqual(new Map([
      [`A post on ${mine.channels[0]!.account} (Bar Sport) moved to the next free slot`, 1],
      [`A post is left out on ${mine.channels[1]!.account} (Bar Sport)`, 1],
    ]));
  });

  it('gathers what fails on one channel within the hour, not what fails elsewhere', async () => {
    await happen(failed(0), failed(0), failed(1), failed(0, other));
    await happen(failed(0));
    expect(new Map((await notices()).map(({ count, channelId }) => [channelId, count]))).toEqual(new Map([[mine.channels[0]!.id, 3], [mine.channels[1]!.id, 1]]));
    expect((await notices(other)).map(({ count }) => count)).toEqual([1]);
  });

  it('names the first twenty deliveries and counts them all', async () => {
    await happen(...Array.from({ length: 15 }, () => failed()));
    await happen(...Array.from({ length: 15 }, () => failed()));
    const [notice] = await notices();
    expect([notice!.count, new Set(notice!.deliveryIds).size]).toEqual([30, 20]);
  });

  it('is a new one when an hour has gone by', async () => {
    await happen(failed());
    await database.dataSource.query(`UPDATE notices SET created_at = now() - interval '61 minutes'`);
    await happen(failed());
    expect((await notices()).map(({ count }) => count)).toEqual([1, 1]);
  });

  it('that somebody has seen is unseen again when it grows', async () => {
    await happen(failed());
    const [notice] = await notices();
    await service().see({ workspaceId: mine.workspaceId, language: 'en' } as never, notice!.id);
    expect(await notices(mine, { unseen: true })).toEqual([]);
    await happen(failed());
    expect(await notices(mine, { unseen: true })).toMatchObject([{ count: 2 }]);
  });

  it('is counted right when two processes take facts of the same matter at once', async () => {
    await database.dataSource.transaction((manager) => new FactWriter().write(manager, Array.from({ length: 600 }, (_, n) => failed(n % 2))));
    await Promise.all([1, 2, 3].map(async () => {
      const takers = new FactTakers(database.dataSource);
      new NoticeTaker(takers, service(), news, hands).onModuleInit();
      await takers.take('notifications');
    }));
    await database.dataSource.query('UPDATE event_claims SET after = now()'); // what met another in the same row and was put off
    await happen();
    expect((await notices()).map(({ count }) => count)).toEqual([300, 300]);
  });
});

describe('People are told', () => {
  it('of our own downtime once per workspace, with its hours in the zone of its clients', async () => {
    const ended: Fact = {
      kind: 'downtime.ended', workspaceId: null, subjectId: uuid(),
      payload: { from: '2026-11-22T12:02:00.000Z', to: '2026-11-22T15:04:00.000Z', held: { [mine.workspaceId]: 40, [other.workspaceId]: 0 } },
    };
    await happen(ended);
    await happen(ended);
    expect(await notices()).toMatchObject([
      { kind: 'own-downtime', count: 40, title: '40 posts are held because Postern was not running', text: expect.stringContaining('from 13:02 to 16:04 (Europe/Rome)') },
    ]);
    expect((await notices(mine, { language: 'it' }))[0]!.text).toContain('dalle 13:02 alle 16:04 (Europe/Rome)');
    expect(await notices(other)).toEqual([]);
  });

  it('of a wait, once per platform and cause', async () => {
    const waiting = (count: number, cause: string): Fact => ({
      kind: 'delivery.waiting', workspaceId: mine.workspaceId, subjectId: null,
      payload: { cause, connectorId: 'mastodon', count, oldestAt: '2026-11-22T12:00:00Z', deliveryIds: [uuid()] },
    });
    await happen(waiting(7, 'platform-down'), waiting(1, 'paused'));
    await happen(waiting(2, 'platform-down'));
    expect(new Map((await notices()).map(({ title, text }) => [title, text]))).toEqual(new Map([
      ['9 posts for Mastodon have been waiting for more than 10 minutes', 'The platform is down. It goes out when the platform is back.'],
      ['A post for Mastodon has been waiting for more than 10 minutes', 'Publishing is paused.'],
    ]));
  });

  it('of what was missed, of what is perhaps out twice, and of an account to reconnect', async () => {
    await happen(
      failed(0, mine, 'delivery.missed'),
      failed(0, mine, 'delivery.perhaps-twice'),
      { kind: 'channel.reconnect', workspaceId: mine.workspaceId, subjectId: mine.channels[1]!.id, payload: { clientId: mine.clientId, detail: 'token revoked' } },
      { kind: 'channel.expiring', workspaceId: mine.workspaceId, subjectId: mine.channels[0]!.id, payload: { clientId: mine.clientId, expiresAt: '2026-12-01T08:30:00.000Z' } },
    );
    const told = await notices();
    expect(told.map(({ kind }) => kind).sort()).toEqual(['access-ends', 'perhaps-twice', 'post-missed', 'reconnect']);
    expect(told.find(({ kind }) => kind === 'reconnect')!.text).toContain('token revoked');
    expect(told.find(({ kind }) => kind === 'access-ends')!.text).toContain('1 December, 09:30 (Europe/Rome)');
    for (const { title, text } of told) expect(`${title} ${text}`).not.toMatch(/\{\w+\}/);
  });

  it('nothing of what is meant for webhooks alone', async () => {
    await happen(failed(0, mine, 'delivery.published'));
    expect(await notices()).toEqual([]);
  });
});
