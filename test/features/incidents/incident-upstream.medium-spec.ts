import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ComponentChanged } from '../../../src/features/health/health.events.js';
import { type IncidentHouse, openIncidents } from './incident-house.js';

let house: IncidentHouse;
beforeAll(async () => {
  house = await openIncidents();
});
afterAll(() => house.drop());
beforeEach(() => house.clear());

const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const place = (name: string, infraGroup: string | null = name) => ({ place: { connectorId: `sandbox-${name}`, host: `${name}.example`, infraGroup } });
/** Falls by this upstream, beside these. */
const by = (edge: 'cloudflare' | 'fastly', ...names: readonly string[]) => ({
  upstream: { edge, with: names.map((name) => `sandbox-${name}:publish@${name}.example`) }, cause: 'shared-upstream', confidence: 0.7,
} as const);
/** The platforms of each incident, the oldest first. */
const together = async () =>
  (await house.query<{ names: string }>(
    `SELECT string_agg(replace(ic.connector_id, 'sandbox-', ''), ' ' ORDER BY ic.connector_id) AS names FROM incidents i JOIN incident_components ic ON ic.incident_id = i.id
      GROUP BY i.id ORDER BY i.opened_at, i.id`)).map(({ names }) => names);

describe('What falls by a shared upstream', () => {
  it('joins the incident of what fell by it within ten minutes', async () => {
    await house.agency(['sandbox-alpha', 'sandbox-gamma']);
    await house.tell('down', { ...place('alpha'), ...by('cloudflare', 'delta'), firstAt: ago(9) });
    await house.tell('down', { ...place('gamma'), ...by('cloudflare', 'beta') });
    expect(await together()).toEqual(['alpha gamma']);
  });

  it('joins the incident of one that it is known to fall with, although that was told before anybody knew', async () => {
    await house.tell('down', { ...place('alpha'), firstAt: ago(9), cause: 'technical-fault', confidence: 0.5 });
    await house.tell('down', { ...place('gamma'), ...by('cloudflare', 'alpha') });
    expect(await together()).toEqual(['alpha gamma']);
    expect(await house.incidents.open()).toMatchObject([{ cause: 'shared-upstream' }]);
  });

  it.each([
    ['fell longer ago', { ...by('cloudflare', 'gamma'), firstAt: ago(11) }, 'down'],
    ['fell by another upstream', by('fastly'), 'down'],
    ['fell by itself', {}, 'down'],
    ['is in announced maintenance', by('cloudflare'), 'maintenance'],
  ] as const)('is an incident of its own beside one that %s', async (_, before, state) => {
    await house.tell(state, { ...place('alpha'), ...before });
    await house.tell('down', { ...place('gamma'), ...by('cloudflare', 'delta') });
    expect(await together()).toEqual(['alpha', 'gamma']);
  });

  it('is an incident of its own beside one of which all is back, or that was a false alarm', async () => {
    await house.tell('down', { ...place('alpha'), ...by('cloudflare', 'gamma') });
    await house.tell('recovering', place('alpha'));
    await house.tell('down', { ...place('gamma'), ...by('cloudflare', 'alpha') });
    await house.query(`UPDATE incidents SET false_alarm = '{"by":"O","at":"2026-01-01T00:00:00Z","reason":"r"}'`);
    await house.tell('down', { ...place('delta'), ...by('cloudflare', 'gamma') });
    expect(await together()).toEqual(['alpha', 'gamma', 'delta']);
  });

  it('opens one incident, told at the same moment', async () => {
    const told = (name: string): ComponentChanged => ({
      componentId: `sandbox-${name}:publish@h`, platform: { connectorId: `sandbox-${name}`, host: 'h', name, infraGroup: name }, from: 'suspect', to: 'down', media: 'down', impaired: false,
      at: ago(0), firstAt: ago(1), kind: 'unavailable', by: 'probes', evidence: { writes: 0, accounts: 0, groups: 0, probes: 5, refusals: 0, official: 'none' }, official: null, ...by('cloudflare'),
    });
    await Promise.all(['alpha', 'beta', 'gamma', 'delta'].map((name) => house.dataSource.transaction((manager) => house.story.tell(manager, told(name), new Date()))));
    expect(await together()).toEqual(['alpha beta delta gamma']);
  });

  it('stays in it when later news name no upstream; its neighbours join it, and each comes back by itself', async () => {
    const { workspaceId } = await house.agency(['sandbox-alpha'], 'alpha.example');
    await house.tell('down', { ...place('alpha'), ...by('cloudflare') });
    await house.tell('down', { ...place('gamma', 'south'), ...by('cloudflare') });
    await house.tell('down', place('delta', 'south'));
    expect(await together()).toEqual(['alpha delta gamma']);
    expect(await house.tell('recovering', place('alpha'))).toBe('incident.changed');
    await house.tell('up', place('gamma', 'south'));
    await house.tell('up', place('alpha'));
    const [incident] = await house.incidents.open();
    expect(incident).toMatchObject({ state: 'open' });
    expect(incident?.components.flatMap(({ connectorId, backAt }) => (backAt === null ? [connectorId] : []))).toEqual(['sandbox-delta']);
    expect(await house.tell('up', place('delta', 'south'))).toBe('incident.closed');
    expect((await house.incidents.detail(workspaceId, incident!.id)).components.map(({ connectorId }) => connectorId)).toEqual(['sandbox-alpha']);
  });

  it('comes back to it as a flap does, also if it was another’s at first', async () => {
    await house.tell('down', { ...place('alpha'), ...by('cloudflare') });
    await house.tell('down', { ...place('gamma'), ...by('cloudflare') });
    for (const name of ['alpha', 'gamma']) await house.tell('up', place(name));
    await house.query(`UPDATE incidents SET closed_at = now() - interval '50 minutes'`);
    await house.tell('down', place('gamma'));
    expect(await house.all()).toMatchObject([{ state: 'open', closed: false }]);
  });

  it('does not bring back what is over while one of its groups is in another incident', async () => {
    await house.tell('down', { ...place('alpha'), ...by('cloudflare') });
    await house.tell('down', { ...place('gamma'), ...by('cloudflare') });
    for (const name of ['alpha', 'gamma']) await house.tell('up', place(name));
    await house.query(`UPDATE incidents SET closed_at = now() - interval '50 minutes'`);
    await house.tell('down', place('beta', 'alpha'));
    await house.tell('down', place('gamma'));
    expect(await together()).toEqual(['alpha gamma', 'beta', 'gamma']);
    expect((await house.all()).map(({ state }) => state)).toEqual(['closed', 'open', 'open']);
  });

  it('is told by its name, and not who else stands on it', async () => {
    const { workspaceId } = await house.agency(['sandbox-alpha'], 'alpha.example');
    await house.tell('down', { ...place('alpha'), ...by('cloudflare', 'gamma') });
    const [incident] = await house.all();
    const { events } = await house.incidents.detail(workspaceId, incident!.id);
    expect(events).toMatchObject([{ kind: 'state', payload: { upstream: 'Cloudflare' } }]);
    expect(JSON.stringify(events)).not.toContain('gamma');
  });

  it('is closed when nobody speaks of any of it any more, and keeps which group each is of', async () => {
    await house.tell('down', { ...place('alpha'), ...by('cloudflare') });
    await house.tell('down', { ...place('gamma'), ...by('cloudflare') });
    await house.query(`UPDATE incident_components SET told_at = now() - interval '2 minutes'`);
    await house.rounds.round();
    expect(await house.all()).toMatchObject([{ state: 'closed' }]);
    expect(await house.query('SELECT DISTINCT subject FROM incident_components ORDER BY 1')).toEqual([{ subject: 'alpha' }, { subject: 'gamma' }]);
  });
});
