import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { seedPosts } from '../../kit/seed.js';
import { type IncidentHouse, openIncidents } from './incident-house.js';

let house: IncidentHouse;
beforeAll(async () => {
  house = await openIncidents();
});
afterAll(() => house.drop());
beforeEach(() => house.clear());

const beta = { connectorId: 'sandbox-beta' };
const north = (connectorId: string) => ({ place: { connectorId, host: `${connectorId}.example`, infraGroup: 'north' } });
const closedAgo = (ago: string) => house.query(`UPDATE incidents SET closed_at = now() - $1::interval`, [ago]);
const eventsOf = async () => (await house.query<{ kind: string }>('SELECT kind FROM incident_events ORDER BY id')).map(({ kind }) => kind);

describe('An incident', () => {
  it('opens when a component is told down, from the time its trouble began, and says so to each workspace with a channel there', async () => {
    const one = await house.agency();
    const other = await house.agency();
    await house.agency(['sandbox-alpha'], 'elsewhere.example');
    const [failedAt, fellAt] = [70_000, 20_000].map((ago) => new Date(Date.now() - ago).toISOString()) as [string, string];
    expect(await house.tell('down', { firstAt: failedAt, at: fellAt, cause: 'technical-fault', confidence: 0.5 })).toBe('incident.opened incident.opened');
    const [incident] = await house.incidents.open();
    expect(incident).toMatchObject({ kind: 'outage', state: 'open', beganAt: new Date(failedAt), cause: 'technical-fault', confidence: 0.5, components: [{ platform: 'Sandbox Alpha', state: 'down', backAt: null }] });
    const facts = await house.query<{ workspace: string; payload: object }>(`SELECT workspace_id AS workspace, payload FROM events WHERE kind = 'incident.opened'`);
    expect(facts.map(({ workspace }) => workspace).toSorted()).toEqual([one.workspaceId, other.workspaceId].toSorted());
    expect(facts[0]?.payload).toEqual({ incidentId: incident?.id, what: 'outage', state: 'open', from: failedAt, to: null, platforms: [{ connectorId: 'sandbox-alpha', host: 'sandbox.example', name: 'Sandbox Alpha', onlyMedia: false }] });
  });

  it.each(['suspect', 'recovering', 'up', 'degraded', 'unknown'] as const)('is not opened by what is %s', async (state) => {
    await house.agency();
    expect(await house.tell(state)).toBe('');
    expect(await house.all()).toEqual([]);
  });

  it('is recovering once all is back, and closed once it stays so', async () => {
    await house.agency();
    await house.tell('down');
    expect(await house.tell('recovering')).toBe('incident.changed');
    expect(await house.all()).toMatchObject([{ state: 'recovering', ended: true, closed: false }]);
    expect(await house.tell('up')).toBe('incident.closed');
    expect(await house.all()).toMatchObject([{ state: 'closed', ended: true, closed: true }]);
    expect(await eventsOf()).toEqual(['state', 'state', 'recovering', 'state', 'closed']);
  });

  it('ended when it was back, not when that was believed', async () => {
    await house.agency();
    await house.tell('down');
    const backAt = new Date(Date.now() - 5_000).toISOString();
    await house.tell('recovering', { at: backAt });
    await house.tell('up');
    const [row] = await house.query<{ endedAt: Date }>('SELECT ended_at AS "endedAt" FROM incidents');
    expect(row?.endedAt.toISOString()).toBe(backAt);
  });

  it('is open again when it falls while recovering', async () => {
    await house.agency();
    await house.tell('down');
    await house.tell('recovering');
    await house.tell('down');
    expect(await house.all()).toMatchObject([{ state: 'open', ended: false, closed: false }]);
    expect(await house.query('SELECT relapses FROM incident_components')).toEqual([{ relapses: 1 }]);
  });

  it('that falls again falls anew, from that time on, and keeps when it last was down for long', async () => {
    await house.agency();
    const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    const falls = async () => {
      const [row] = await house.query<{ fell: Date; long: Date | null }>('SELECT fell_at AS fell, long_fell_at AS long FROM incident_components');
      return [row?.fell.toISOString(), row?.long?.toISOString() ?? null];
    };
    const [first, second, back] = [ago(50), ago(30), ago(10)] as [string, string, string];
    await house.tell('down', { at: first });
    await house.tell('up', { at: ago(48) });
    await house.tell('down', { at: second });
    expect(await falls()).toEqual([second, null]);
    await house.tell('down', { at: ago(20) }); // told again: it is the same fall
    expect(await falls()).toEqual([second, null]);
    await house.tell('recovering', { at: back });
    await house.tell('down', { at: ago(1), firstAt: ago(12) }); // a fault from before it was back is no part of this fall
    expect(await falls()).toEqual([back, second]);
  });

  it('goes on while nothing is known because our own network is in doubt', async () => {
    await house.agency();
    await house.tell('down');
    await house.tell('recovering');
    expect(await house.tell('unknown', { impaired: true, cause: 'own-network' })).toBe('');
    expect(await house.all()).toMatchObject([{ state: 'recovering' }]);
  });

  it('is one for all that falls in an infra group, and closed with the last of it', async () => {
    const { workspaceId } = await house.agency(['sandbox-alpha'], 'sandbox-alpha.example');
    const late = await house.agency(['sandbox-beta'], 'sandbox-beta.example');
    expect(await house.tell('down', north('sandbox-alpha'))).toBe('incident.opened');
    await house.tell('down', north('sandbox-beta'));
    const kinds = await house.query<{ kind: string; workspace: string }>(`SELECT kind, workspace_id AS workspace FROM events WHERE kind LIKE 'incident.%' ORDER BY id`);
    expect(kinds.slice(1)).toEqual(expect.arrayContaining([{ kind: 'incident.changed', workspace: workspaceId }, { kind: 'incident.opened', workspace: late.workspaceId }]));
    await house.tell('up', north('sandbox-alpha'));
    expect(await house.all()).toMatchObject([{ state: 'open' }]);
    await house.tell('up', north('sandbox-beta'));
    expect(await house.all()).toMatchObject([{ state: 'closed' }]);
  });

  it.each([
    ['with posts that it caught', true],
    ['none of whose posts it touched', false],
  ])('is told to its end to a workspace %s and that leaves the platform meanwhile', async (_, hasPosts) => {
    const gone = await house.agency();
    const before = await house.agency();
    await house.query('UPDATE channels SET archived_at = now() WHERE workspace_id = $1', [before.workspaceId]); // left before: hears nothing
    if (hasPosts) await seedPosts(house.dataSource, gone, [{ channel: gone.channels[0]!, dueInMs: -60_000, text: 'caught' }]);
    expect(await house.tell('down')).toBe('incident.opened');
    await house.query('UPDATE channels SET archived_at = now() WHERE workspace_id = $1', [gone.workspaceId]);
    await house.query(`UPDATE incident_components SET told_at = now() - interval '2 minutes'`);
    await house.rounds.round();
    const facts = await house.query<{ kind: string; workspace: string; payload: object }>(`SELECT kind, workspace_id AS workspace, payload FROM events WHERE kind = 'incident.closed'`);
    expect(facts).toEqual([{ kind: 'incident.closed', workspace: gone.workspaceId, payload: expect.objectContaining({ platforms: [expect.objectContaining({ connectorId: 'sandbox-alpha' })], tally: expect.objectContaining({ planned: hasPosts ? 1 : 0 }) }) }]);
    const [incident] = await house.all();
    expect(await house.incidents.one(gone.workspaceId, incident!.id)).toMatchObject({ components: [{ connectorId: 'sandbox-alpha' }] }); // what the word of its end leads to
    await expect(house.incidents.one(before.workspaceId, incident!.id)).rejects.toThrow();
  });

  it('is told to a workspace with posts in it whose account went to another host meanwhile', async () => {
    const moved = await house.agency();
    await seedPosts(house.dataSource, moved, [{ channel: moved.channels[0]!, dueInMs: -60_000, text: 'caught' }]);
    await house.tell('down');
    await house.query(`UPDATE channels SET component_id = 'sandbox-alpha:publish@other.example', host = 'other.example'`);
    expect(await house.tell('up')).toBe('incident.closed');
  });

  it('is another one on another host', async () => {
    await house.agency();
    await house.tell('down');
    await house.tell('down', { place: { host: 'other.example' } });
    expect(await house.all()).toHaveLength(2);
  });

  it('is opened once by two components of a group that fall at the same moment', async () => {
    const told = (connectorId: string) => ({
      componentId: `${connectorId}:publish@h`, platform: { connectorId, host: 'h', name: connectorId, infraGroup: 'north' }, from: 'up', to: 'down', media: 'down', impaired: false,
      at: new Date().toISOString(), firstAt: new Date().toISOString(), kind: 'unavailable', by: 'probes', cause: 'unknown', confidence: 0, evidence: { writes: 0, accounts: 0, groups: 0, probes: 5, refusals: 0, official: 'none' }, official: null,
    } as const);
    await Promise.all(['sandbox-alpha', 'sandbox-beta', 'sandbox-gamma', 'sandbox-delta'].map((id) => house.dataSource.transaction((manager) => house.story.tell(manager, told(id), new Date()))));
    expect(await house.all()).toHaveLength(1);
    expect(await house.query('SELECT 1 FROM incident_components')).toHaveLength(4);
  });
});

describe('A flap', () => {
  const outage = async () => {
    await house.agency(['sandbox-alpha', 'sandbox-beta']);
    await house.tell('down');
    await house.tell('up');
  };

  it('comes back to its incident within the hour', async () => {
    await outage();
    await closedAgo('59 minutes');
    expect(await house.tell('down')).toBe('incident.changed');
    expect(await house.all()).toMatchObject([{ state: 'open', closed: false, ended: false }]);
    expect(await eventsOf()).toContain('reopened');
  });

  it('tells its workspaces which of theirs is down again and since when; those whose platforms stayed up only that it changed', async () => {
    const { workspaceId } = await house.agency(['sandbox-alpha']);
    const other = await house.agency(['sandbox-beta']);
    for (const connectorId of ['sandbox-alpha', 'sandbox-beta']) await house.tell('down', { place: { connectorId, infraGroup: 'north' } });
    for (const connectorId of ['sandbox-alpha', 'sandbox-beta']) await house.tell('up', { place: { connectorId, infraGroup: 'north' } });
    const firstAt = new Date(Date.now() + 60_000).toISOString();
    await house.tell('down', { place: { connectorId: 'sandbox-alpha', infraGroup: 'north' }, firstAt });
    const told = await house.query<{ workspace: string; again: unknown }>(
      `SELECT workspace_id AS workspace, payload -> 'again' AS again FROM events WHERE kind = 'incident.changed' AND payload ->> 'state' = 'open' AND workspace_id = ANY($1)
        ORDER BY at DESC LIMIT 2`, [[workspaceId, other.workspaceId]]);
    expect(told).toEqual(expect.arrayContaining([{ workspace: workspaceId, again: { at: firstAt, platforms: ['Sandbox Alpha'] } }, { workspace: other.workspaceId, again: null }]));
  });

  it('is a new incident after an hour', async () => {
    await outage();
    await closedAgo('61 minutes');
    expect(await house.tell('down')).toBe('incident.opened');
    expect(await house.all()).toHaveLength(2);
  });

  it('of a neighbour comes back to it for ten minutes', async () => {
    await outage();
    await closedAgo('9 minutes');
    await house.tell('down', { place: beta });
    expect(await house.all()).toHaveLength(1);
    await house.tell('up', { place: beta });
    await closedAgo('11 minutes');
    await house.tell('down', { place: { connectorId: 'sandbox-gamma' } });
    expect(await house.all()).toHaveLength(2);
  });

  it('does not join what was a false alarm', async () => {
    await outage();
    await house.query(`UPDATE incidents SET false_alarm = '{"by":"O","at":"2026-01-01T00:00:00Z","reason":"r"}'`);
    await house.tell('down');
    expect(await house.all()).toMatchObject([{ state: 'closed' }, { state: 'open' }]);
  });
});

describe('What is told of it', () => {
  it('is a maintenance until it turns out worse', async () => {
    await house.agency();
    await house.tell('maintenance');
    expect(await house.all()).toMatchObject([{ kind: 'maintenance' }]);
    await house.tell('down');
    expect(await house.all()).toMatchObject([{ kind: 'outage', state: 'open' }]);
  });

  it('is the platform’s own words as soon as it says some, once', async () => {
    await house.agency();
    await house.tell('down');
    const official = { text: 'We are investigating.', url: 'https://status.example', at: '2026-01-01T10:00:00.000Z' };
    expect(await house.tell('down', { from: 'down', official })).toBe('incident.changed');
    expect(await house.tell('down', { from: 'down', official })).toBe('');
    expect(await house.incidents.open()).toMatchObject([{ official }]);
    expect((await eventsOf()).filter((kind) => kind === 'official')).toHaveLength(1);
  });

  it('is the surest cause', async () => {
    await house.agency();
    await house.tell('down', { cause: 'technical-fault', confidence: 0.5 });
    await house.tell('down', { from: 'down', cause: 'shared-upstream', confidence: 0.7, place: beta });
    await house.tell('recovering', { cause: 'unknown', confidence: 0.9 });
    expect(await house.incidents.open()).toMatchObject([{ cause: 'shared-upstream' }]);
  });

  it('is an outage too when only what has media cannot go out', async () => {
    await house.agency();
    await house.tell('degraded', { media: 'down', kind: 'media' });
    expect(await house.query('SELECT state, only_media FROM incident_components')).toEqual([{ state: 'down', only_media: true }]);
    await house.tell('degraded', { from: 'degraded', media: 'recovering', kind: 'media' });
    expect(await house.all()).toMatchObject([{ state: 'recovering' }]);
    await house.tell('up');
    expect(await house.all()).toMatchObject([{ state: 'closed' }]);
  });
});

describe('An incident nobody speaks of any more', () => {
  it('is closed when its component is in use no longer', async () => {
    await house.agency();
    await house.tell('down');
    await house.rounds.round();
    expect(await house.all()).toMatchObject([{ state: 'open' }]); // the component is new: its row may come
    await house.query(`UPDATE incident_components SET told_at = now() - interval '2 minutes'`);
    await house.rounds.round();
    expect(await house.all()).toMatchObject([{ state: 'closed' }]);
  });

  it('stays open while its component is still down', async () => {
    await house.agency();
    await house.tell('down');
    await house.query(
      `INSERT INTO components (id, detector, state, media_state, read_ok, impaired, since, cause, confidence)
       VALUES ('sandbox-alpha:publish@sandbox.example', '{}', 'down', 'down', true, false, now() - interval '1 hour', 'unknown', 0)`);
    await house.query(`UPDATE incident_components SET told_at = now() - interval '2 hours'`);
    await house.rounds.round();
    expect(await house.all()).toMatchObject([{ state: 'open' }]);
  });

  it('is not undone by news that come too late', async () => {
    await house.agency();
    await house.tell('down');
    const [{ told } = { told: {} as never }] = await house.query<{ told: never }>(`SELECT payload AS told FROM events WHERE kind = 'component.changed'`);
    await house.tell('recovering');
    await house.dataSource.transaction((manager) => house.story.tell(manager, told, new Date(Date.now() - 30_000)));
    expect(await house.all()).toMatchObject([{ state: 'recovering' }]);
  });
});
