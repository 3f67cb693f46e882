import { describe, expect, it } from '@jest/globals';
import { HOUR_MS } from '../../../../src/core/instant.js';
import { type Evidence, evidenceOf } from '../../../../src/features/health/status/evidence.js';
import { readStatus } from '../../../../src/features/health/status/formats.js';
import { StatusSource } from '../../../../src/features/health/status/source.schema.js';
import { at, itReads } from './bodies.js';

const now = at('2026-09-23T10:00:00Z');
const source = (of: object): StatusSource => StatusSource.parse({ platform: 'acme', format: 'statuspage', url: 'https://s.example/', capabilities: { publish: ['API'] }, ...of });
const evidence = (body: unknown, of: object = {}, when = now): Evidence => {
  const from = source(of);
  return evidenceOf(readStatus(from.format, typeof body === 'string' ? body : JSON.stringify(body)), from, when);
};
const publish = (...of: Parameters<typeof evidence>): string => evidence(...of).says.publish.kind;

const incident = { id: 'a', name: 'Trouble', status: 'identified', impact: 'major', started_at: '2026-09-23T09:00:00Z', components: [{ name: 'API' }] };
const api = { id: 'c', name: 'API', status: 'operational' };
const calm = { status: { indicator: 'none' }, components: [api, { id: 'd', name: 'Voice', status: 'operational' }], incidents: [], scheduled_maintenances: [] };

describe('what a page supports', () => {
  it('is nothing when all is well', () => expect(evidence(calm).says.publish).toEqual({ kind: 'none' }));

  it('is a major trouble, with the incident that says it', () => {
    expect(evidence({ ...calm, incidents: [incident] }).says.publish).toMatchObject({ kind: 'major', incident: { id: 'a', title: 'Trouble' } });
  });

  it('is a trouble of the component alone, where no incident tells of it', () => {
    expect(evidence({ ...calm, components: [{ ...api, status: 'degraded_performance' }] }).says.publish).toEqual({ kind: 'minor', incident: null });
  });

  it('leaves out what happens to other components, whatever the page as a whole says', () => {
    expect(publish({ ...calm, status: { indicator: 'critical' }, components: [api, { name: 'Voice', status: 'major_outage' }], incidents: [{ ...incident, components: [{ name: 'Voice' }] }] })).toBe('none');
  });

  it('is the whole page for a source that takes all of it', () => {
    expect(publish({ ...calm, status: { indicator: 'minor' } }, { capabilities: { publish: '*' } })).toBe('minor');
  });

  it('believes an open incident over a component that calls itself operational', () => {
    expect(publish({ ...calm, incidents: [incident] })).toBe('major');
  });

  it('is for each capability its own', () => {
    const { says } = evidence({ ...calm, components: [api, { name: 'Media', status: 'major_outage' }] }, { capabilities: { publish: ['api'], media: ['api', 'media'] } });
    expect([says.publish.kind, says.media.kind, says.auth.kind]).toEqual(['none', 'major', 'unknown']);
  });

  it('finds a component by its group', () => {
    const components = [{ id: 'g', name: 'The API', status: 'operational', group: true }, { name: 'Pins', status: 'partial_outage', group_id: 'g' }];
    expect(publish({ ...calm, components }, { capabilities: { publish: ['The API'] } })).toBe('major');
  });

  it('is unknown when the page no longer lists the component', () => {
    expect(evidence({ ...calm, components: [{ name: 'Public API v3', status: 'operational' }] }).says.publish).toEqual({ kind: 'unknown', reason: 'the page lists no component called api' });
  });

  it('is unknown when an open incident does not say what it touches', () => {
    expect(evidence({ ...calm, incidents: [{ ...incident, components: null }] }).says.publish).toEqual({ kind: 'unknown', reason: '“Trouble” is open and does not say what it touches' });
  });

  it('takes an incident whose title names the component for one of it', () => {
    expect(publish({ ...calm, incidents: [{ ...incident, name: 'API errors', components: null }] })).toBe('major');
  });

  it('is unknown when a word on the page was never seen', () => {
    expect(evidence({ ...calm, components: [{ ...api, status: 'hiccup' }] }).says.publish).toEqual({ kind: 'unknown', reason: expect.stringContaining('hiccup') });
  });

  it('is unknown for every capability of a broken feed', () => {
    const { says, announced } = evidence('<html></html>', { capabilities: { publish: '*', read: '*' } });
    expect(says.publish).toEqual({ kind: 'unknown', reason: 'a web page or XML instead of JSON' });
    expect(says.read.kind).toBe('unknown');
    expect(announced).toEqual([]);
  });

  it('counts an incident only in the regions that matter', () => {
    const body = [{ id: 'x', status_impact: 'SERVICE_OUTAGE', affected_products: [{ title: 'API' }], currently_affected_locations: [{ id: 'me-central1', title: 'Doha' }] }];
    expect([publish(body, { format: 'google' }), publish(body, { format: 'google', regions: ['europe-west8'] }), publish(body, { format: 'google', regions: ['ME-Central1'] })]).toEqual(['major', 'none', 'major']);
  });
});

describe('a maintenance', () => {
  const maintenance = { id: 'm', name: 'Upgrade', status: 'scheduled', scheduled_for: '2026-09-23T12:00:00Z', scheduled_until: '2026-09-23T13:00:00Z', components: [{ name: 'API' }] };
  const body = { ...calm, scheduled_maintenances: [maintenance] };
  const window = { from: at('2026-09-23T12:00:00Z'), to: at('2026-09-23T13:00:00Z'), title: 'Upgrade' };

  it('is announced before its time and supports nothing yet', () => {
    expect(evidence(body)).toMatchObject({ says: { publish: { kind: 'none' } }, announced: [{ ...window, capabilities: ['publish'] }] });
  });

  it('is a maintenance from its first minute up to its last', () => {
    expect([window.from - 1, window.from, window.to - 1, window.to].map((when) => publish(body, {}, when))).toEqual(['none', 'maintenance', 'maintenance', 'none']);
    expect(evidence(body, {}, window.from).says.publish).toEqual({ kind: 'maintenance', ...window });
  });

  it('is no longer announced when it is past', () => expect(evidence(body, {}, window.to).announced).toEqual([]));

  it('runs before its time when the page says so', () => {
    expect(publish({ ...calm, scheduled_maintenances: [{ ...maintenance, status: 'in_progress' }] })).toBe('maintenance');
  });

  it('of another component is not ours', () => {
    expect(evidence({ ...calm, scheduled_maintenances: [{ ...maintenance, components: [{ name: 'Voice' }] }] }, {}, window.from)).toMatchObject({ says: { publish: { kind: 'none' } }, announced: [] });
  });

  it('that does not say what it touches leaves a part of the page unknown', () => {
    expect(publish({ ...calm, scheduled_maintenances: [{ ...maintenance, components: [] }] }, {}, window.from)).toBe('unknown');
  });

  it('without a time that can be read is unknown, and announced for no hour', () => {
    expect(evidence({ ...calm, scheduled_maintenances: [{ ...maintenance, scheduled_for: '2026-09-23T12:00:00' }] })).toMatchObject({ says: { publish: { kind: 'unknown' } }, announced: [] });
  });

  it('does not hide a trouble', () => expect(publish({ ...body, incidents: [incident] }, {}, window.from)).toBe('major'));
});

describe('a log', () => {
  const entry = (updated: string): string => `<feed><entry><id>1</id><title>API errors</title><updated>${updated}</updated><summary>Status: Investigating</summary></entry></feed>`;
  const log = { format: 'atom', capabilities: { publish: '*' } };

  it('supports a minor trouble while its open entry is fresh', () => expect(publish(entry('2026-09-23T09:00:00Z'), log)).toBe('minor'));
  it('supports nothing once the entry is a day old', () => expect(publish(entry('2026-09-23T09:00:00Z'), log, now + 24 * HOUR_MS)).toBe('unknown'));
  it('supports nothing by an entry without a time', () => expect(publish(entry('yesterday'), log)).toBe('unknown'));
  it('is unknown when nothing is open', () => expect(publish('<feed></feed>', log)).toBe('unknown'));
});

describe('bodies as they were served', () => {
  itReads('GitHub: packages fell, and nothing is said against issues', 'statuspage-summary--github-2022-11-25.json', (body) => {
    expect([publish(body, { capabilities: { publish: ['packages'] } }), publish(body, { capabilities: { publish: ['issues'] } })]).toEqual(['major', 'none']);
  });

  itReads('Meta: the Graph API stands for Facebook, and WhatsApp is another matter', 'meta-orgs--shape-from-public-parser.json', (body) => {
    const { says } = evidence(body, { format: 'meta-orgs', capabilities: { publish: ['graph-api'], read: ['cloud api'], media: ['facebook-login'] } });
    expect([says.publish.kind, says.read.kind, says.media.kind]).toEqual(['major', 'none', 'unknown']);
  });
});
