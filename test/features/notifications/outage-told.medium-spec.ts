import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ClientNoticeRounds } from '../../../src/features/notifications/client-notice-rounds.service.js';
import { EscalationService } from '../../../src/features/notifications/escalation.service.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { FactWriter } from '../../../src/infra/facts/fact-writer.js';
import { seedPosts } from '../../kit/seed.js';
import { hour, type IncidentHouse, minute, openIncidentHouse } from './incident-house.js';

// From what the watch says of a component to the letters: every room between does its own part.
let house: IncidentHouse;
beforeAll(async () => {
  house = await openIncidentHouse();
});
afterAll(() => house.close());

async function componentIs(from: string, to: string, agoMs: number): Promise<void> {
  const payload = {
    componentId: 'sandbox-alpha:publish@sandbox.example', platform: { connectorId: 'sandbox-alpha', host: 'sandbox.example', name: 'Sandbox Alpha', infraGroup: null },
    from, to, media: to, impaired: false, at: new Date(house.clock.now() - agoMs).toISOString(), firstAt: new Date(house.clock.now() - agoMs).toISOString(), kind: to === 'down' ? 'outage' : null, by: null, cause: 'technical', confidence: 0.5,
    evidence: { writes: 3, accounts: 3, groups: 3, probes: 2, refusals: 0, official: 'none' }, official: null,
  };
  await house.database.transaction((manager) => new FactWriter().write(manager, [{ kind: 'component.changed', workspaceId: null, subjectId: null, payload }]));
  await house.get(FactTakers).take('incidents');
  await house.get(FactTakers).take('notifications');
  await house.get(EscalationService).round();
  await house.get(ClientNoticeRounds).round();
}

it('An outage is told to the one on duty at once, to the client after a quarter of an hour, and to both when it is over', async () => {
  const workspaceId = await house.workspace('Agenzia Uno');
  const mara = await house.person(workspaceId, 'manager', 'Mara');
  const bar = await house.client(workspaceId, 'Bar Sport', { emails: ['bar@example.com'] });
  await seedPosts(house.database, bar, [{ channel: bar.channels[0]!, dueInMs: hour, text: 'Round' }]);

  await componentIs('suspect', 'down', 14 * minute);
  expect((await house.letters('incident')).map(({ toName, mail }) => `${toName}: ${mail.subject}`)).toEqual(['Mara: [Agenzia Uno] Sandbox Alpha down: 1 post in the next 24 hours']);
  expect(await house.letters('client-notice')).toEqual([]);

  house.clock.pass(minute);
  await house.get(ClientNoticeRounds).round();
  expect((await house.letters('client-notice')).map(({ to }) => to)).toEqual(['bar@example.com']);
  await house.database.query(`UPDATE letters SET state = 'sent'`);

  await componentIs('down', 'recovering', 0);
  expect(await house.letters('incident')).toHaveLength(1);
  await componentIs('recovering', 'up', 0);
  expect((await house.letters('incident')).map(({ mail }) => mail.subject).at(-1)).toBe('[Agenzia Uno] Sandbox Alpha: working again');
  expect((await house.letters('client-notice')).map(({ mail }) => mail.subject).at(-1)).toBe('Sandbox Alpha: it is over, and what became of your posts');
  const { body } = await house.http().get('/api/v1/notices').set(mara.headers);
  expect(body.items.map(({ kind }: { kind: string }) => kind)).toEqual(['incident-closed', 'incident-opened']);
});
