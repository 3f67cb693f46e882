import { describe, expect, it } from '@jest/globals';
import { failoverPolicy } from '../../src/core/failover-policy.js';
import type { Choice, Policy } from '../../src/core/policy.js';
import type { OutletTrouble } from '../../src/core/routes.js';
import { ifDown, lateEnding, type Reader, type Rule, waysNamed } from '../../src/core/promise.js';

const team: Reader = { language: 'en', zone: 'Europe/Rome', who: 'team' };
const at = (iso: string): number => Date.parse(iso);

function rule(choice: Choice, custom: Policy = {}, more: Partial<Rule> = {}): Rule {
  return { choice, policy: failoverPolicy(choice, custom, []), lateLimitMinutes: custom.lateLimitMinutes ?? null, ways: [], unwritten: [], timed: false, dueAt: null, deadlineAt: null, rerouteAt: null, ...more };
}

describe('the sentence under a post', () => {
  it.each<[Choice, string]>([
    ['can-wait', 'If the platform is down then, this post waits. Once the platform is back it goes out in its turn, in the client’s day, until 7 days after its time; after that it takes the next free slot.'],
    ['today', 'If the platform is down then, this post waits. Once the platform is back it goes out in its turn, in the client’s day, until the end of that day; after that it is yours to decide.'],
    ['hour-counts', 'If the platform is down then, this post waits. If the platform is not back by 15 minutes after its time, it is not posted, and you are told.'],
  ])('says what %s means', (choice, said) => {
    expect(ifDown(rule(choice), team)).toBe(said);
  });

  it('names the ways out where the hour counts, and its hour once that is known', () => {
    const known = { ways: ['Newsletter', 'Blog'], deadlineAt: at('2026-03-02T17:15:00Z') };
    expect(ifDown(rule('hour-counts', {}, { ways: ['Newsletter', 'Blog'] }), team)).toContain('not back by 15 minutes after its time, it goes out by Newsletter and Blog instead.');
    expect(ifDown(rule('hour-counts', {}, known), team)).toContain('not back by Mon 2 Mar, 18:15 (Europe/Rome), it goes out by Newsletter and Blog instead.');
    expect(ifDown(rule('hour-counts', {}, known), { ...team, language: 'it' })).toBe('Se a quell’ora la piattaforma non funziona, questo post aspetta. Se la piattaforma non torna entro lun 2 mar, 18:15 (Europe/Rome), il post esce invece con Newsletter e Blog.');
  });

  it('says when it leaves before its limit, and that it does not leave alone', () => {
    const known = { ways: ['Newsletter'], together: true, deadlineAt: at('2026-03-02T20:00:00Z'), rerouteAt: at('2026-03-02T19:55:00Z'), dueAt: at('2026-03-02T17:00:00Z') };
    expect(ifDown(rule('today', { atDeadline: 'reroute' }, known), team)).toContain(
      'not back by Mon 2 Mar, 20:55 (Europe/Rome), it goes out by Newsletter instead. That is one message with what else of the brand goes that way on the day, so it may leave sooner.');
    expect(ifDown(rule('today', { atDeadline: 'reroute' }, known), { ...team, language: 'it' })).toContain('È un messaggio unico con gli altri post del brand');
    expect(ifDown(rule('today', { onOutage: 'reroute-after', rerouteAfterMinutes: 60 }, known), team)).toContain('may leave sooner');
    expect([rule('hour-counts', {}, known), rule('today', { onOutage: 'reroute-now' }, { ...known, rerouteAt: known.dueAt }), rule('today', { atDeadline: 'reroute' }, { ...known, together: false })].map((one) => ifDown(one, team).includes('sooner'))).toEqual([false, false, false]);
  });

  it('says of what leaves at once in a night that it leaves in the morning', () => {
    const night = { ways: ['Blog'], dueAt: at('2026-03-02T22:00:00Z'), deadlineAt: at('2026-03-03T20:00:00Z'), rerouteAt: at('2026-03-03T07:00:00Z') };
    expect(ifDown(rule('today', { onOutage: 'reroute-now' }, night), team)).toBe('If the platform is down then, this post waits. If the platform is not back by Tue 3 Mar, 08:00 (Europe/Rome), it goes out by Blog instead.');
  });

  it('promises no slot to what speaks of its time', () => {
    expect(ifDown(rule('hour-counts', { atDeadline: 'next-slot' }, { timed: true }), team)).toContain('until 15 minutes after its time; after that it is yours to decide.');
  });

  it('says what custom fields do', () => {
    const ways = ['Blog'];
    expect(ifDown(rule('today', { onOutage: 'drop' }), team)).toBe('If the platform is down then: while the platform is down it is not posted.');
    expect(ifDown(rule('today', { onOutage: 'reroute-now' }, { ways }), team)).toBe('If the platform is down then: it goes out by Blog instead.');
    expect(ifDown(rule('today', { onOutage: 'reroute-now' }), team)).toContain('this post waits');
    expect(ifDown(rule('today', { onOutage: 'reroute-after', rerouteAfterMinutes: 180 }, { ways }), team)).toContain('not back by 3 hours after its time, it goes out by Blog instead');
    expect(ifDown(rule('today', { onOutage: 'reroute-after', rerouteAfterMinutes: 180 }, { ways, deadlineAt: at('2026-03-02T17:15:00Z') }), team)).toContain('until Mon 2 Mar, 18:15 (Europe/Rome); after that it is yours');
    expect(ifDown(rule('today', { onOutage: 'ask', lateLimitMinutes: 4_320, atDeadline: 'expire' }), team)).toContain('Those on duty are asked. If the platform is not back by 3 days after its time, it is not posted');
    expect(ifDown(rule('can-wait', { atDeadline: 'reroute' }), team)).toContain('after that it is yours to decide');
  });

  it('tells a client nothing to press', () => {
    for (const choice of ['can-wait', 'today', 'hour-counts'] as const)
      for (const more of [{}, { timed: true }, { unwritten: ['Newsletter'] }]) {
        const said = ifDown(rule(choice, { atDeadline: 'reroute' }, more), { ...team, who: 'client' });
        expect(said).not.toMatch(/yours|you are|you read|slot|client’s|version/);
      }
  });

  it('of what speaks of its time says that a person reads it once it is a quarter of an hour late', () => {
    const timed = { timed: true };
    const known = { ...timed, dueAt: at('2026-03-02T17:00:00Z'), deadlineAt: at('2026-03-02T20:00:00Z') };
    expect(ifDown(rule('today', {}, timed), team)).toContain('in the client’s day, until 15 minutes after its time; after that you read it first.');
    expect(ifDown(rule('today', {}, known), team)).toContain('until Mon 2 Mar, 18:15 (Europe/Rome); after that you read it first.');
    expect(ifDown(rule('can-wait', {}, timed), { ...team, language: 'it' })).toContain('fino a 15 minuti dopo la sua ora; dopo lo rileggi prima tu.');
    expect(ifDown(rule('today', { atDeadline: 'expire' }, timed), team)).toMatch(/not back by the end of that day, it is not posted, and you are told\. If it comes back later than 15 minutes after its time, you read it first\.$/);
    expect(ifDown(rule('today', { onOutage: 'reroute-after', rerouteAfterMinutes: 120 }, { ...timed, ways: ['Blog'] }), { ...team, language: 'it' })).toContain('Se torna più tardi di 15 minuti dopo la sua ora, lo rileggi prima tu.');
  });

  it('of a limit that comes first says nothing of reading', () => {
    for (const [one, other] of [
      [rule('hour-counts', {}, { timed: true }), rule('hour-counts')],
      [rule('today', { lateLimitMinutes: 10 }, { timed: true }), rule('today', { lateLimitMinutes: 10 })],
      [rule('today', { onOutage: 'reroute-after', rerouteAfterMinutes: 10 }, { timed: true, ways: ['Blog'] }), rule('today', { onOutage: 'reroute-after', rerouteAfterMinutes: 10 }, { ways: ['Blog'] })],
    ] as const) expect(ifDown(one, team)).toBe(ifDown(other, team));
  });

  it('says that a version is still to be written, where it would be sent', () => {
    const unwritten = { unwritten: ['Newsletter'] };
    expect(ifDown(rule('hour-counts', {}, unwritten), team)).toMatch(/it is not posted, and you are told\. No version is written for Newsletter yet\.$/);
    expect(ifDown(rule('hour-counts', {}, unwritten), { ...team, language: 'it' })).toMatch(/Per Newsletter non è ancora scritta nessuna versione\.$/);
    expect(ifDown(rule('can-wait', {}, unwritten), team)).not.toContain('No version');
  });

  it('is whole after those on duty are asked, in Italian too', () => {
    expect(ifDown(rule('today', { onOutage: 'ask' }), { ...team, language: 'it' })).toContain('Viene chiesto a chi è di turno. Quando la piattaforma torna il post esce al suo turno');
  });
});

describe('what becomes of a late post at its end', () => {
  it.each<[Choice, Policy, Partial<Rule>, string]>([
    ['can-wait', {}, {}, 'after that it takes the next free slot'],
    ['today', {}, {}, 'after that it is yours to decide'],
    ['today', { atDeadline: 'expire' }, {}, 'after that it is not posted, and you are told'],
    ['hour-counts', {}, { ways: ['Blog'] }, 'after that it goes out by Blog instead'],
    ['can-wait', {}, { timed: true }, 'after that you read it first'],
  ])('is as its policy says: %s %j', (choice, custom, more, then) => {
    expect(lateEnding(rule(choice, custom, more), team).then).toBe(then);
  });
});

describe('the outlets a sentence names', () => {
  const outlet = (channelId: string, trouble: OutletTrouble | null = null) => ({ channelId, name: channelId, trouble });
  const named = (...outlets: ReturnType<typeof outlet>[]) => {
    const { ways, unwritten } = waysNamed([['letter'], ['blog', 'page']], outlets);
    return [ways.map(({ name }) => name), unwritten.map(({ name }) => name)];
  };

  it('are the first set that nothing stands in the way of', () => {
    expect(named(outlet('letter'), outlet('blog'), outlet('page'))).toEqual([['letter'], []]);
    for (const trouble of ['gone', 'planned', 'unwritten', 'words-of-time', 'night', 'account', 'paused', 'nobody', 'over-cap'] as const) expect(named(outlet('letter', trouble), outlet('blog'), outlet('page'))).toEqual([['blog', 'page'], []]);
  });

  it('are none where each is shut, and the team reads why, in the order in which they would be taken', () => {
    const { shut } = waysNamed([['letter'], ['blog', 'page']], [outlet('page', 'night'), outlet('blog'), outlet('letter', 'nobody')]);
    const closed = { ...rule('hour-counts', { rerouteTo: [['letter'], ['blog', 'page']] }, { ways: [] }), shut };
    expect(ifDown(closed, team)).toMatch(/it is not posted, and you are told\. No other way is open to it then\. letter: Nobody can be reached there\. page: It is outside the client’s day\.$/);
    expect(ifDown(closed, { ...team, language: 'it' })).toContain('In quel momento non ha nessun’altra via aperta. letter: Lì non si raggiunge nessuno.');
    expect(ifDown(closed, { ...team, who: 'client' })).not.toContain('letter');
  });

  it('are none where a set is not whole, and those that need a version are told', () => {
    expect(named(outlet('letter', 'gone'), outlet('blog'))).toEqual([[], []]);
    expect(named(outlet('letter', 'gone'), outlet('blog'), outlet('page', 'unwritten'))).toEqual([[], ['page']]);
  });
});
