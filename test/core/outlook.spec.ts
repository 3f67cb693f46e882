import { describe, expect, it } from '@jest/globals';
import { failoverPolicy } from '../../src/core/failover-policy.js';
import { outlook, type Touched } from '../../src/core/outlook.js';

const at = (iso: string): number => Date.parse(iso);
const now = at('2025-11-20T09:00:00Z');

/** A post of this evening that can wait a week. */
const post: Touched = {
  policy: failoverPolicy('can-wait', {}, []), ways: [], unwritten: [], timed: false, elsewhere: null, lateLimitMinutes: null, rerouteAt: null,
  state: 'scheduled', holdReason: null, reason: null, choice: 'can-wait', plannedAt: at('2025-11-20T17:00:00Z'), dueAt: at('2025-11-20T17:00:00Z'),
  deadlineAt: at('2025-11-27T20:00:00Z'), readyAt: null, outAt: null, late: false, released: false, approved: true, isOver: false,
};
const held: Touched = { ...post, state: 'held', holdReason: 'outage', reason: { code: 'platform-down' } };
const english = (change: Partial<Touched>, from = post): string => outlook({ ...from, ...change }, { language: 'en', zone: 'Europe/Rome', who: 'team' }, now);
const toClient = (change: Partial<Touched>, from = post): string => outlook({ ...from, ...change }, { language: 'en', zone: 'Europe/Rome', who: 'client' }, now);

describe('The outlook of a post on a fallen platform', () => {
  it('says until when what is held waits, in the client’s zone', () => {
    expect(english({}, held)).toBe('It waits. Once the platform is back it goes out in its turn, in the client’s day, until Thu 27 Nov, 21:00 (Europe/Rome); after that it takes the next free slot.');
  });

  it('says it in Italian', () => {
    expect(outlook(held, { language: 'it', zone: 'Europe/Rome', who: 'team' }, now)).toBe('Aspetta. Quando la piattaforma torna il post esce al suo turno, nella giornata del cliente, fino a gio 27 nov, 21:00 (Europe/Rome); dopo passa al prossimo slot libero.');
  });

  it('says that an hour that counts is missed, not waited out', () => {
    const hour = { choice: 'hour-counts', policy: failoverPolicy('hour-counts', {}, []), deadlineAt: at('2025-11-20T17:15:00Z') } as const;
    expect(english(hour, held)).toBe('It waits. If the platform is not back by Thu 20 Nov, 18:15 (Europe/Rome), it is not posted, and you are told.');
    expect(english({ ...hour, ways: ['Newsletter'] }, held)).toBe('It waits. If the platform is not back by Thu 20 Nov, 18:15 (Europe/Rome), it goes out by Newsletter instead.');
    expect(english(hour)).toContain('Planned for Thu 20 Nov, 18:00 (Europe/Rome). If the platform is down then, it waits. If the platform is not back by Thu 20 Nov, 18:15');
  });

  it('says of what is planned what happens if the platform is still down then', () => {
    expect(english({})).toMatch(/^Planned for Thu 20 Nov, 18:00 \(Europe\/Rome\)\. If the platform is down then, it waits/);
  });

  it('says no more of an outage that is over', () => {
    expect(english({ isOver: true })).toBe('It goes out on Thu 20 Nov, 18:00 (Europe/Rome).');
  });

  it('names no limit for what a person released', () => {
    expect(english({ released: true }, held)).toBe('It goes out as soon as the platform is back, however late.');
  });

  it('says where it was moved to', () => {
    expect(english({ dueAt: at('2025-11-21T08:00:00Z') })).toBe('Moved to Fri 21 Nov, 09:00 (Europe/Rome).');
  });

  it('says when the turn of a late post comes, unless it is one of the next', () => {
    const late: Touched = { ...held, holdReason: 'pace', reason: { code: 'pace' } };
    expect(english({ readyAt: at('2025-11-21T07:00:00Z') }, late)).toBe('Late posts go out one after the other, in the client’s day. This one not before Fri 21 Nov, 08:00 (Europe/Rome), until Thu 27 Nov, 21:00 (Europe/Rome); after that it takes the next free slot.');
    expect(english({ readyAt: at('2025-11-21T07:00:00Z'), choice: 'today', policy: failoverPolicy('today', {}, []) }, late)).toMatch(/; after that it is yours to decide\.$/);
    expect(toClient({ readyAt: at('2025-11-21T07:00:00Z') }, late)).toContain('not before Fri 21 Nov, 08:00 (Europe/Rome)');
    expect(english({ readyAt: now + 60_000 }, late)).toBe('Late posts go out one after the other. This one is among the next, until Thu 27 Nov, 21:00 (Europe/Rome).');
  });

  it('says once no other way was open, or nothing came of it, that it waits for its platform, and promises no other way', () => {
    const hour = { choice: 'hour-counts', policy: failoverPolicy('hour-counts', {}, [['letter']]), ways: ['Newsletter'], deadlineAt: at('2025-11-20T17:15:00Z') } as const;
    for (const code of ['no-way-out', 'other-ways-failed']) {
      const of = { ...hour, reason: { code, detail: 'Newsletter' } };
      expect(english(of, held)).toMatch(/^It was to go out another way.* If the platform is not back by Thu 20 Nov, 18:15 \(Europe\/Rome\), it is not posted, and you are told\.$/);
      expect(toClient(of, held)).toBe('It waits. If the platform is not back by Thu 20 Nov, 18:15 (Europe/Rome), it is not posted, and we tell you.');
    }
  });

  it('says of what goes elsewhere that it is on its way until it is out', () => {
    const gone: Touched = { ...post, state: 'rerouted', ways: ['Newsletter', 'Blog'], elsewhere: 'under-way', reason: { code: 'rerouted-outage', detail: 'Newsletter, Blog' } };
    expect([english({}, gone), toClient({}, gone)]).toEqual(['It is on its way by Newsletter, Blog.', 'It is on its way by Newsletter, Blog.']);
    expect(english({ elsewhere: 'out' }, gone)).toContain('sent another way, by Newsletter, Blog');
    expect(toClient({ elsewhere: 'out' }, gone)).toBe('It went out elsewhere instead.');
    expect(toClient({ elsewhere: 'nowhere' }, gone)).toBe('Not posted, as decided.');
  });

  it('says when a person reads a late post that speaks of its time', () => {
    const late: Touched = { ...held, holdReason: 'pace', reason: { code: 'pace' }, timed: true, dueAt: now - 60_000 };
    expect(english({ readyAt: now + 60_000 }, late)).toContain('among the next, until Thu 20 Nov, 10:14 (Europe/Rome).');
    expect(english({ timed: true }, held)).toMatch(/until Thu 20 Nov, 18:15 \(Europe\/Rome\); after that you read it first\.$/);
  });

  it('says whether it went out on time, late or by hand', () => {
    expect(english({ state: 'published', outAt: post.dueAt })).toBe('Published on Thu 20 Nov, 18:00 (Europe/Rome).');
    expect(english({ state: 'published', outAt: at('2025-11-20T19:30:00Z'), late: true })).toBe('Published late, on Thu 20 Nov, 20:30 (Europe/Rome).');
    expect(english({ state: 'published', reason: { code: 'said-by-hand', detail: 'Anna' } })).toContain('Anna');
  });

  it('says to the team what waits for them, in the words of the reason', () => {
    expect(english({ holdReason: 'late', reason: { code: 'late-limit-passed' } }, held)).toBe('It could not go out in time. Release, move or drop it.');
    expect(english({ holdReason: 'account', reason: { code: 'account-down', detail: 'token expired' } }, held)).toContain('token expired');
  });
});

describe('What a client is told', () => {
  it.each<[string, Partial<Touched>]>([
    ['an account that has to be reconnected', { holdReason: 'account', reason: { code: 'account-down', detail: 'OAuthException 190' } }],
    ['a failure', { state: 'failed', holdReason: null, reason: { code: 'refused', detail: 'OAuthException 190' } }],
    ['something that was dropped', { state: 'skipped', holdReason: null, reason: { code: 'dropped', detail: 'Anna' } }],
    ['something posted by hand', { state: 'published', holdReason: null, reason: { code: 'said-by-hand', detail: 'Anna' } }],
    ['an answer nobody understood', { state: 'unconfirmed', holdReason: null, reason: { code: 'uncertain', detail: 'ECONNRESET' } }],
  ])('of %s has no machine’s words, no names and nothing to press', (_, change) => {
    const said = toClient(change, held);
    expect(said).not.toMatch(/OAuth|Anna|ECONN|[Rr]elease|\byours\b|\{/);
    expect(said.length).toBeGreaterThan(10);
  });

  it.each([
    ['the platform that was not back', { code: 'platform-not-back' }, 'Not posted: the platform was not back by Thu 20 Nov, 18:15 (Europe/Rome).', 'Non pubblicato: la piattaforma non è tornata entro gio 20 nov, 18:15 (Europe/Rome).'],
    ['no platform where that was not the cause', { code: 'hour-has-passed', detail: 'OAuthException 190' }, 'Not posted: it could not go out by Thu 20 Nov, 18:15 (Europe/Rome).', 'Non pubblicato: non è potuto uscire entro gio 20 nov, 18:15 (Europe/Rome).'],
  ])('of a missed hour names %s', (_, reason, en, it) => {
    const missed: Touched = { ...post, state: 'missed', choice: 'hour-counts', deadlineAt: at('2025-11-20T17:15:00Z'), reason };
    expect(toClient({}, missed)).toBe(en);
    expect(outlook(missed, { language: 'it', zone: 'Europe/Rome', who: 'client' }, now)).toBe(it);
  });

  it('of what is posted by hand is that we do it, while the team reads whom it waits for', () => {
    const asked: Touched = { ...post, state: 'held', holdReason: 'ask', reason: { code: 'by-hand', detail: 'Instagram' } };
    expect(toClient({}, asked)).toBe('We post it by hand.');
    expect(toClient({ reason: { code: 'not-now', detail: 'Anna' } }, asked)).toBe('We post it by hand.');
    expect(toClient({ reason: { code: 'perhaps-out' } }, asked)).toBe('It waits until we have looked at it.');
    expect(english({}, asked)).toBe('It waits for a person to post it on Instagram, and to say so.');
    expect(english({ reason: { code: 'not-now', detail: 'Anna' } }, asked)).toContain('Not now, said Anna.');
  });

  it('of a wait is that people look at it before it goes out too late', () => {
    expect(toClient({ choice: 'today', policy: failoverPolicy('today', {}, []) }, held)).toBe('It waits. Once the platform is back it goes out in its turn, by day, until Thu 27 Nov, 21:00 (Europe/Rome); after that we look at it again before anything is posted.');
  });
});
