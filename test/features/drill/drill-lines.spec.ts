import { describe, expect, it } from '@jest/globals';
import { DrillLines } from '../../../src/features/drill/drill-lines.js';
import { sayStep } from '../../../src/features/drill/drill-words.js';

const bar = { client: 'Bar Aurora' };
const step = (at: string, code: string, params: Readonly<Record<string, string | number>>) => ({ at: `2031-03-04T${at}:00.000Z`, code, params });

describe('the lines of a drill', () => {
  it('say of what befalls one post after the other how many it is by now, before the next thing that happens', () => {
    const lines = new DrillLines('Europe/Rome', 'en');
    expect(lines.of(step('16:39', 'held', { ...bar, count: 1 }))).toEqual([]);
    expect(lines.of(step('16:49', 'held', { ...bar, count: 2 }))).toEqual([]);
    expect(lines.of(step('17:00', 'texted', { ...bar, people: 120 }))).toEqual(['2031-03-04 17:49:00  3 posts of Bar Aurora wait.', '2031-03-04 18:00:00  Bar Aurora: an SMS to 120 people.']);
    expect(lines.of(step('17:10', 'held', { ...bar, count: 1 }))).toEqual([]);
    expect(lines.of(step('17:20', 'over', {}))).toEqual(['2031-03-04 18:10:00  4 posts of Bar Aurora wait.', '2031-03-04 18:20:00  The drill is over.']);
  });

  it('count what comes out after the outage by itself', () => {
    const lines = new DrillLines('Europe/Rome', 'en');
    lines.of(step('16:00', 'published', { ...bar, count: 5 }));
    expect(lines.of(step('16:30', 'outage', { platforms: 'Sandbox Alpha' }))[0]).toContain('5 posts of Bar Aurora are out.');
    lines.of(step('17:00', 'published', { ...bar, count: 1 }));
    expect(lines.of(step('17:30', 'over', {}))[0]).toContain('1 post of Bar Aurora is out.');
  });

  it.each([
    ['held', { ...bar, count: 1 }, '1 post of Bar Aurora waits.', '1 post di Bar Aurora è in attesa.'],
    ['rerouted', { ...bar, count: 3 }, '3 posts of Bar Aurora go out elsewhere.', '3 post di Bar Aurora escono altrove.'],
    ['other', { ...bar, count: 1, state: 'missed' }, '1 post of Bar Aurora is missed.', '1 post di Bar Aurora è nello stato mancato.'],
    ['component', { platform: 'Sandbox Alpha', state: 'down' }, 'Sandbox Alpha is judged down.', 'Sandbox Alpha è giudicata: ferma.'],
    ['article', { ...bar, title: 'Soup.' }, 'Bar Aurora has it on its blog: “Soup.”', 'Bar Aurora lo ha sul suo blog: «Soup.»'],
  ] as const)('%s is told in whole sentences', (code, params, en, it) => {
    expect([sayStep({ code, params }, 'en'), sayStep({ code, params }, 'it')]).toEqual([en, it]);
  });
});
