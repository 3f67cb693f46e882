import { describe, expect, it } from '@jest/globals';
import { failoverPolicy } from '../../src/core/failover-policy.js';
import type { Choice, Policy } from '../../src/core/policy.js';
import { ifDown, type Reader, type Rule } from '../../src/core/promise.js';

const team: Reader = { language: 'en', zone: 'Europe/Rome', who: 'team' };
const at = (iso: string): number => Date.parse(iso);

function rule(choice: Choice, custom: Policy = {}, more: Partial<Rule> = {}): Rule {
  return { choice, policy: failoverPolicy(choice, custom, []), lateLimitMinutes: custom.lateLimitMinutes ?? null, ways: [], deadlineAt: null, rerouteAt: null, ...more };
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
    expect(ifDown(rule('hour-counts', {}, known), { ...team, language: 'it' })).toBe('Se a quell’ora la piattaforma non funziona, questo post aspetta. Se la piattaforma non torna entro lun 2 mar, 18:15 (Europe/Rome), esce invece con Newsletter e Blog.');
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
    for (const choice of ['can-wait', 'today', 'hour-counts'] as const) {
      const said = ifDown(rule(choice), { ...team, who: 'client' });
      expect(said).not.toMatch(/yours|you are|slot|client’s/);
    }
  });
});
