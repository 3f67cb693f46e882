import { describe, expect, it } from '@jest/globals';
import { at, itReads, reading, worstOf } from './bodies.js';

describe('Instatus', () => {
  itReads('reads a page that is up, with its lists left out', 'instatus-summary-up--wistia-2026-09-23.json', (body) => expect(worstOf(reading('instatus', body))).toBe('operational'));

  itReads('reads the impact of an incident and the minutes of a maintenance', 'instatus-summary-issues--docs-example.json', (body) => {
    const report = reading('instatus', body);
    expect(worstOf(report)).toBe('major');
    expect(report.incidents[0]).toMatchObject({ severity: 'major', isOpen: true, startedAt: at('2022-06-11T18:55:50Z'), updatedAt: null });
    expect(report.maintenances[0]).toMatchObject({ title: 'Database maintenance', from: at('2022-06-11T18:55:54Z'), to: at('2022-06-11T19:55:54Z'), isRunning: false });
  });

  itReads('reads components as an object', 'instatus-components--wistia-2026-09-23.trimmed.json', (body) => {
    expect(reading('instatus', body).components).toEqual([{ name: 'Group Record', state: 'operational', keys: ['group record', 'cm86c68hh003drlefrrklqlw1'] }]);
  });

  it('reads components as a bare list, parents apart', () => {
    const report = reading('instatus', [{ id: 'p', name: 'Web', status: 'MAJOROUTAGE', isParent: true, children: [{ id: 'c', name: 'Upload', status: 'PARTIALOUTAGE' }] }]);
    expect(report.components).toEqual([{ name: 'Upload', state: 'major', keys: ['upload', 'c', 'web'] }]);
  });

  it('believes the incident a component carries rather than the component', () => {
    expect(worstOf(reading('instatus', { components: [{ name: 'API', status: 'OPERATIONAL', activeIncidents: [{ impact: 'MAJOROUTAGE' }] }] }))).toBe('major');
  });

  it('takes issues without an incident for minor', () => expect(worstOf(reading('instatus', { page: { status: 'HASISSUES' } }))).toBe('minor'));
  it('says unknown of a status it has never seen', () => expect(worstOf(reading('instatus', { page: { status: 'SOSO' } }))).toBe('unknown'));
  it('says unknown of a page without components', () => expect(worstOf(reading('instatus', { components: [] }))).toBe('unknown'));
});

describe('Better Stack', () => {
  itReads('believes the aggregate state of a report, not its missing end', 'betterstack-index--betterstack-2026-09-23.trimmed.json', (body) => {
    const report = reading('better-stack', body);
    expect(worstOf(report)).toBe('operational');
    expect(report.incidents[0]).toMatchObject({ id: '1050825', isOpen: false, words: expect.stringMatching(/^Processing of new data/), endedAt: at('2026-09-04T19:53:00Z') });
  });

  const page = (state: string, included: unknown[]): unknown => ({ data: { id: '1', type: 'status_page', attributes: { aggregate_state: state } }, included });
  const resource = { id: '7', type: 'status_page_resource', attributes: { public_name: 'API', status: 'downtime', status_page_section_id: 3 } };
  const section = { id: '3', type: 'status_page_section', attributes: { name: 'Core ' } };
  const report = (attributes: object): unknown => ({ id: '9', type: 'status_report', attributes: { title: 'T', affected_resources: [{ status_page_resource_id: '7' }], ...attributes } });

  it('ties a report to its components and their section', () => {
    const read = reading('better-stack', page('degraded', [section, resource, report({ report_type: 'manual', aggregate_state: 'downtime' })]));
    expect(worstOf(read)).toBe('major');
    expect(read.incidents[0]).toMatchObject({ isOpen: true, severity: 'major', components: ['API'], keys: ['api', '7', 'core', '7'] });
  });

  it('keeps maintenances apart, with their hours', () => {
    const read = reading('better-stack', page('operational', [report({ report_type: 'maintenance', aggregate_state: 'maintenance', starts_at: '2026-09-04T10:00:00Z', ends_at: '2026-09-04T11:00:00Z' })]));
    expect(read.incidents).toEqual([]);
    expect(read.maintenances[0]).toMatchObject({ from: at('2026-09-04T10:00:00Z'), to: at('2026-09-04T11:00:00Z'), isRunning: true });
  });

  it('leaves out what is not monitored', () => {
    expect(reading('better-stack', page('operational', [{ ...resource, attributes: { ...resource.attributes, status: 'not_monitored' } }])).components).toEqual([]);
  });

  it('says unknown of a state it has never seen', () => expect(worstOf(reading('better-stack', page('dreamy', [])))).toBe('unknown'));
});

describe('Google', () => {
  itReads('reads an open incident that is for information', 'google-incidents-open--workspace-2026-09-23.trimmed.json', (body) => {
    const report = reading('google', body);
    expect(worstOf(report)).toBe('operational');
    expect(report.incidents[0]).toMatchObject({ isOpen: true, severity: 'none', components: ['Gmail'], keys: ['gmail', 'prpt2yra2cbgsbem9cpc'], startedAt: at('2026-09-18T05:00:00Z'), title: expect.stringMatching(/^Gmail Android App users/) });
  });

  const incident = { id: 'x', begin: '2026-09-18T05:00:00+00:00', status_impact: 'SERVICE_OUTAGE', affected_products: [{ id: 'p', title: 'Pub/Sub' }], uri: 'incidents/x' };

  it('takes an incident without an end for open, and finds its page', () => {
    expect(reading('google', [incident]).incidents[0]).toMatchObject({ isOpen: true, severity: 'major', url: 'https://status.example.com/feed/incidents/x' });
  });

  it('takes one with an end for history', () => {
    const report = reading('google', [{ ...incident, end: '2026-09-18T06:00:00+00:00', status_impact: 'NOT_SEEN' }]);
    expect(worstOf(report)).toBe('operational');
    expect(report.incidents[0]).toMatchObject({ isOpen: false, endedAt: at('2026-09-18T06:00:00Z') });
  });

  it('believes the newest word that it is available again', () => {
    expect(worstOf(reading('google', [{ ...incident, most_recent_update: { status: 'AVAILABLE', text: 'Back.' } }]))).toBe('operational');
  });

  it('says unknown of an impact it has never seen', () => expect(worstOf(reading('google', [{ ...incident, status_impact: 'SERVICE_SADNESS' }]))).toBe('unknown'));
});

describe('Slack', () => {
  itReads('reads an active incident with its services and its zone', 'slack-current-active--docs-example.json', (body) => {
    const report = reading('slack', body);
    expect(worstOf(report)).toBe('minor');
    expect(report.incidents[0]).toMatchObject({ id: '546', components: ['Apps/Integrations/APIs'], startedAt: at('2018-09-07T21:35:00Z'), words: '...' });
  });

  it('reads a quiet page', () => expect(worstOf(reading('slack', { status: 'ok', active_incidents: [] }))).toBe('operational'));
  it('says unknown of a page that is active and lists nothing', () => expect(worstOf(reading('slack', { status: 'active', active_incidents: [] }))).toBe('unknown'));
  it.each([['outage', 'major'], ['incident', 'minor'], ['notice', 'operational'], ['riddle', 'unknown']])('weighs an active %s as %s', (type, state) => {
    expect(worstOf(reading('slack', { status: 'active', active_incidents: [{ id: 1, type, status: 'active' }] }))).toBe(state);
  });
});

describe('Meta', () => {
  itReads('reads the prose of every service, each called by its product too', 'meta-orgs--shape-from-public-parser.json', (body) => {
    const report = reading('meta-orgs', body);
    expect(worstOf(report)).toBe('major');
    expect(report.components.map(({ name, state }) => [name, state])).toEqual([
      ['Ads: X', 'operational'], ['Graph API: Platform Status', 'major'],
      ['WhatsApp Business Platform: Cloud API', 'operational'], ['WhatsApp Business Platform: Embedded Signup', 'minor'],
    ]);
    expect(report.incidents[0]).toMatchObject({ id: 'graph-api/1', words: 'Major outage', keys: ['platform status', 'graph-api/1', 'graph-api', 'graph api'] });
  });

  itReads('reads what is open of one product', 'meta-outages--shape-from-public-parser.json', (body) => {
    const report = reading('meta-outages', body);
    expect(worstOf(report)).toBe('minor');
    expect(report.incidents[0]).toMatchObject({ id: '4', isOpen: true, words: 'We are investigating ...', startedAt: at('2026-08-19T07:00:00Z') });
  });

  const org = (status: string): unknown => [{ id: 'graph-api', name: 'Graph API', services: [{ id: 1, name: 'Platform Status', status }] }];
  it.each([
    ['No known issues', 'operational'], ['Low disruptions', 'minor'], ['Medium disruptions', 'minor'], ['High disruptions', 'major'],
    ['Resolved: Major outage', 'operational'], ['Some hiccups', 'unknown'], ['', 'unknown'],
  ])('reads "%s" as %s', (status, state) => expect(worstOf(reading('meta-orgs', org(status)))).toBe(state));

  it('takes an empty list of outages for none open', () => expect(worstOf(reading('meta-outages', '[]'))).toBe('operational'));

  itReads('finds nothing open in an empty feed', 'meta-outage-feed-empty--shape-2026-10-05.rss', (body) => expect(worstOf(reading('meta-rss', body))).toBe('operational'));

  const feed = (title: string, description: string): string => `<rss version="2.0"><channel><item><title>${title}</title><description>${description}</description><pubDate>Wed, 19 Aug 2026 07:00:00 +0000</pubDate></item></channel></rss>`;
  it('weighs an entry of the feed by a phrase it knows', () => expect(worstOf(reading('meta-rss', feed('Graph API - High disruptions', 'We see errors.')))).toBe('major'));
  it('says unknown of an entry without one', () => expect(worstOf(reading('meta-rss', feed('Graph API', 'We see errors.')))).toBe('unknown'));
  it('closes an entry that is resolved', () => expect(reading('meta-rss', feed('Graph API: Resolved', 'Major outage')).incidents[0]).toMatchObject({ isOpen: false }));
});
