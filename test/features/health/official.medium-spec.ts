import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { OfficialService } from '../../../src/features/health/official.service.js';
import { Clock } from '../../../src/infra/clock.js';
import type { Outgoing } from '../../../src/infra/http/outgoing.js';

const NOW = Date.parse('2026-06-10T12:00:00Z');
const ID = 'linkedin:publish@api.linkedin.com';
const used = [{ id: ID, connectorId: 'linkedin', host: 'api.linkedin.com', clients: 3 }];

class HeldClock extends Clock {
  at = NOW;
  override now = () => this.at;
}

const calm = { status: { indicator: 'none' }, components: [], incidents: [] as object[], scheduled_maintenances: [] as object[] };
const incident = {
  id: 'i', name: 'Posting fails', status: 'investigating', impact: 'major', shortlink: 'https://stspg.io/i', created_at: '2026-06-10T11:00:00Z', updated_at: '2026-06-10T11:30:00Z',
  incident_updates: [{ body: 'We are looking into it.', display_at: '2026-06-10T11:30:00Z' }],
};
const work = { id: 'm', name: 'Upgrade', status: 'scheduled', scheduled_for: '2026-06-12T08:00:00Z', scheduled_until: '2026-06-12T10:00:00Z' };

/** The platform's page, in the test's hand: each time it is asked a minute later. null = it does not answer. */
function page() {
  const clock = new HeldClock();
  let body: object | null = calm;
  const outgoing = { fetch: () => async () => Promise.resolve(body === null ? new Response('', { status: 503 }) : Response.json(body)) };
  const official = new OfficialService(outgoing as unknown as Outgoing, clock, { DATA_DIR: join(tmpdir(), 'postern-there-is-no-such-folder') });
  return {
    official,
    says: async (said: object | null) => {
      body = said;
      clock.at += 3_600_000;
      await official.round(used);
    },
  };
}

describe('what a platform says in its own words', () => {
  it('is not known before its page was asked, or while it does not answer', async () => {
    const { official, says } = page();
    expect(official.words(ID)).toBeUndefined();
    await says({ ...calm, status: { indicator: 'major' }, incidents: [incident] });
    await says(null);
    expect(official.words(ID)).toBeUndefined();
  });

  it('is the newest of the incident, with where to read it and when it was said', async () => {
    const { official, says } = page();
    await says({ ...calm, status: { indicator: 'major' }, incidents: [incident] });
    expect(official.words(ID)).toEqual({ text: 'We are looking into it.', url: 'https://stspg.io/i', at: '2026-06-10T11:30:00.000Z' });
  });

  it('is nothing where all is well, and where trouble is shown without a word', async () => {
    const { official, says } = page();
    await says(calm);
    expect(official.words(ID)).toBeNull();
    await says({ ...calm, status: { indicator: 'major' } });
    expect(official.words(ID)).toBeNull();
  });
});

describe('what its page is to the detector', () => {
  it('is how bad it says it is, and the cause if it names one', async () => {
    const { official, says } = page();
    await says({ ...calm, status: { indicator: 'major' }, incidents: [incident] });
    const [level] = official.signals(ID);
    expect(level).toMatchObject({ kind: 'status', cause: null });
    const update = { body: 'Our cloud provider has an outage.', display_at: '2026-06-10T11:40:00Z' };
    await says({ ...calm, status: { indicator: 'major' }, incidents: [{ ...incident, updated_at: update.display_at, incident_updates: [update] }] });
    expect(official.signals(ID)).toEqual([{ ...level, cause: 'shared-upstream' }]);
    await says(calm);
    expect(official.signals(ID)).toMatchObject([{ level: 'none', cause: null }]);
  });
});

describe('what a platform announces', () => {
  it('is the work to come, with its page', async () => {
    const { official, says } = page();
    await says({ ...calm, scheduled_maintenances: [work] });
    expect(official.announced(ID)).toMatchObject({
      isWhole: true, list: [{ title: 'Upgrade', from: Date.parse(work.scheduled_for), to: Date.parse(work.scheduled_until), url: 'https://www.linkedin-apistatus.com' }],
    });
  });

  it('is not whole before the page was asked, when it is broken, and when something in it cannot be read', async () => {
    const { official, says } = page();
    expect(official.announced(ID)).toEqual({ list: [], isWhole: false });
    await says(null);
    expect(official.announced(ID)).toEqual({ list: [], isWhole: false });
    await says({ ...calm, scheduled_maintenances: [{ ...work, name: 7 }] });
    expect(official.announced(ID)).toEqual({ list: [], isWhole: false });
    await says(calm);
    expect(official.announced(ID)).toEqual({ list: [], isWhole: true });
  });

  it('is nothing of a platform without a page, and that is the whole of it', () => {
    expect(page().official.announced('mastodon:publish@tiny.example')).toEqual({ list: [], isWhole: true });
  });
});
