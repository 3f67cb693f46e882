import { describe, expect, it } from '@jest/globals';
import { at, itReads, reading, worstOf } from './bodies.js';

const open = { id: 'a', name: 'Trouble', status: 'investigating', impact: 'major', started_at: '2026-09-23T10:00:00Z' };
const calm = { status: { indicator: 'none' }, components: [{ id: 'c1', name: 'API', status: 'operational' }] };

describe('Atlassian Statuspage', () => {
  itReads('takes the worse of the page and its open incident, here a major one under a minor page', 'statuspage-summary--github-2022-11-25.json', (body) => {
    const report = reading('statuspage', body);
    expect(worstOf(report)).toBe('major');
    expect(report.incidents).toHaveLength(1);
    expect(report.incidents[0]).toMatchObject({
      id: 'ljwdk6qml8z8', title: 'Incident with Packages and Pages', severity: 'major', isOpen: true, components: ['Packages', 'Pages'],
      startedAt: at('2022-11-25T14:39:09.542Z'), updatedAt: at('2022-11-25T15:50:04.970Z'), endedAt: null, url: 'https://stspg.io/33vh8r7z43kh',
    });
  });

  itReads("gives the newest update's words", 'statuspage-summary--github-2022-11-25.json', (body) => {
    expect(reading('statuspage', body).incidents[0]!.words).toBe('Packages is now experiencing degraded performance. We are still investigating and will provide an update when we have one.');
  });

  itReads('is not calmed by an indicator of none beside an open incident', 'statuspage-open-incident-with-indicator-none--github-2026-09-23.trimmed.json', (body) => {
    expect(worstOf(reading('statuspage', body))).toBe('minor');
  });

  itReads('reads a summary in which all is well', 'statuspage-summary--discord-2022-02-15.json', (body) => {
    const report = reading('statuspage', body);
    expect(worstOf(report)).toBe('operational');
    expect(report.components).toEqual([{ name: 'South Korea', state: 'operational', keys: ['south korea', 'qk867vbbh84x', 'jk03xttfcz9b'] }]);
  });

  itReads('closes a resolved incident at its hour', 'statuspage-incidents--discord-2022-02-15.json', (body) => {
    const report = reading('statuspage', body);
    expect(worstOf(report)).toBe('operational');
    expect(report.incidents[0]).toMatchObject({ isOpen: false, endedAt: at('2022-02-15T13:37:37.388-08:00') });
  });

  itReads('reads components alone', 'statuspage-components--discord-2022-02-15.json', (body) => expect(worstOf(reading('statuspage', body))).toBe('operational'));
  itReads('reads the status alone', 'statuspage-status--discord-2022-02-15.json', (body) => expect(worstOf(reading('statuspage', body))).toBe('operational'));
  itReads('reads an empty list of what is unresolved', 'statuspage-incidents-unresolved--discord-2022-02-15.json', (body) => expect(worstOf(reading('statuspage', body))).toBe('operational'));

  itReads('leaves out a maintenance that is completed', 'statuspage-scheduled-maintenances--discord-2022-02-15.json', (body) => {
    expect(reading('statuspage', body).maintenances).toEqual([]);
  });

  itReads('does not take a list of maintenances alone for a word on how things are', 'statuspage-scheduled-maintenances-upcoming--discord-2022-02-15.json', (body) => {
    expect(worstOf(reading('statuspage', body))).toBe('unknown');
  });

  it('reads the window of a maintenance, and whether it runs', () => {
    const entry = { id: 'm', name: 'Upgrade', scheduled_for: '2026-09-23T10:00:00+02:00', scheduled_until: '2026-09-23T11:00:00+02:00', components: [{ name: 'API' }] };
    const report = reading('statuspage', { ...calm, scheduled_maintenances: [{ ...entry, status: 'scheduled' }, { ...entry, status: 'in_progress' }] });
    const said = { title: 'Upgrade', from: at('2026-09-23T08:00:00Z'), to: at('2026-09-23T09:00:00Z'), components: ['API'], keys: ['api'] };
    expect(report.maintenances).toEqual([{ ...said, isRunning: false }, { ...said, isRunning: true }]);
  });

  it('takes no hour from a time without zone', () => {
    const report = reading('statuspage', { ...calm, scheduled_maintenances: [{ id: 'm', name: 'Upgrade', status: 'scheduled', scheduled_for: '2026-09-23T10:00:00', scheduled_until: '2026-09-23 11:00' }] });
    expect(report.maintenances[0]).toMatchObject({ from: null, to: null });
  });

  it('skips a group, which only repeats its members, and lets them be called by it', () => {
    const report = reading('statuspage', { components: [{ id: 'g', name: 'The API', status: 'major_outage', group: true }, { id: 'x', name: 'Pins', status: 'operational', group: false, group_id: 'g' }] });
    expect(report.components).toEqual([{ name: 'Pins', state: 'operational', keys: ['pins', 'x', 'g', 'the api'] }]);
    expect(worstOf(report)).toBe('operational');
  });

  it.each([
    ['degraded_performance', 'minor'], ['partial_outage', 'major'], ['major_outage', 'major'], ['under_maintenance', 'maintenance'],
  ])('reads a component in %s as %s', (status, state) => {
    expect(worstOf(reading('statuspage', { components: [{ name: 'API', status }] }))).toBe(state);
  });

  it.each([
    ['the page', { status: { indicator: 'sparkling' } }],
    ['a component', { components: [{ name: 'API', status: 'constructor' }] }],
    ['an impact', { incidents: [{ ...open, impact: 'cosmic' }] }],
    ['a stage', { incidents: [{ ...open, status: 'pondering' }] }],
    ['an entry', { incidents: [{ title: 'no id' }] }],
  ])('says unknown, and what, of %s it has never seen', (_, body) => {
    const report = reading('statuspage', body);
    expect(report).toMatchObject({ kind: 'unknown', reason: expect.stringMatching(/sparkling|constructor|cosmic|pondering|another shape/) });
  });

  it('still says major when something else on the page is strange', () => {
    expect(worstOf(reading('statuspage', { ...calm, status: { indicator: 'sparkling' }, incidents: [open] }))).toBe('major');
  });

  it('does not count an incident that is for information only', () => {
    expect(worstOf(reading('statuspage', { ...calm, incidents: [{ ...open, impact: 'none' }] }))).toBe('operational');
  });
});

describe('incident.io', () => {
  itReads('names the components of an incident in the widget, and its maintenances', 'incidentio-widget-v1-summary--docs-example.edited.json', (body) => {
    const report = reading('incident-io', body);
    expect(worstOf(report)).toBe('major');
    expect(report.incidents[0]).toMatchObject({
      title: 'Login failing for some users', severity: 'major', components: ['Login'], keys: ['login', '01h0qj1bxp0e76rgbyrdhka2kq', 'authentication'],
      updatedAt: at('2026-01-26T02:11:43Z'), url: 'https://status.example.com/incidents/01H0QJ89CRW5BKTY9N89MSDT5S',
    });
    expect(report.maintenances.map(({ title, isRunning }) => [title, isRunning])).toEqual([['Database upgrade', true], ['Essential maintenance', false]]);
  });

  itReads('reads the Statuspage look-alike, with null for what is empty', 'incidentio-compat-incident--openai-2026-09-23.trimmed.json', (body) => {
    const report = reading('incident-io', { status: { indicator: 'none' }, incidents: [JSON.parse(body)], scheduled_maintenances: null });
    expect(worstOf(report)).toBe('operational');
    expect(report.incidents[0]).toMatchObject({ isOpen: false, components: [], words: 'All impacted services have now fully recovered.', endedAt: at('2026-09-23T09:54:16Z') });
  });

  it('finds nothing open where the lists are null', () => {
    expect(worstOf(reading('incident-io', { status: { indicator: 'none' }, incidents: null, scheduled_maintenances: null }))).toBe('operational');
  });

  it('says unknown of an impact it has never seen', () => {
    expect(worstOf(reading('incident-io', { ongoing_incidents: [{ id: '1', name: 'X', current_worst_impact: 'wobbly' }] }))).toBe('unknown');
  });
});
