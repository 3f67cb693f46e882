import { describe, expect, it } from '@jest/globals';
import {
  batchSize, bounceKind, broadcastStates, broadcastTransitions, dailyCap, errorRate, isBounceStorm, mailOutcome, mayBroadcastBecome, nextMailTryMs, recipientTransitions, warmUp, whyPause,
} from '../../src/core/broadcast.js';
import { DAY_MS } from '../../src/core/instant.js';

const reachableFrom = (first: string, table: Readonly<Record<string, readonly string[]>>): readonly string[] => {
  const seen = new Set([first]);
  for (const state of seen) for (const next of table[state] ?? []) seen.add(next);
  return [...seen].toSorted();
};

describe('The states of a broadcast', () => {
  it('can all be reached, and so can those of a recipient', () => {
    expect(reachableFrom('drafted', broadcastTransitions)).toEqual([...broadcastStates].toSorted());
    expect(reachableFrom('waiting', recipientTransitions)).toEqual(Object.keys(recipientTransitions).toSorted());
  });

  it('lead out of no end', () => {
    for (const end of ['sent', 'stopped'] as const) expect(broadcastStates.filter((to) => mayBroadcastBecome(end, to))).toEqual([]);
  });

  it('lead from nowhere but an intent to a mail that is sent, and never from one that may be out to another try', () => {
    const before = (to: string) => Object.entries(recipientTransitions).filter(([, next]) => (next as readonly string[]).includes(to)).map(([from]) => from);
    expect(before('sent')).toEqual(['sending', 'unconfirmed']);
    expect(recipientTransitions.unconfirmed).not.toContain('waiting');
  });
});

describe('What a mail server did', () => {
  it.each([
    [{ begun: false, code: 550, ours: false }, 'refused'], [{ begun: true, code: 554, ours: false }, 'refused'],
    [{ begun: false, code: 451, ours: false }, 'later'], [{ begun: true, code: 452, ours: false }, 'later'],
    [{ begun: false, code: 421, ours: false }, 'away'], [{ begun: true, code: 421, ours: false }, 'away'],
    [{ begun: false, code: 535, ours: true }, 'away'], [{ begun: false, code: null, ours: false }, 'away'],
    [{ begun: true, code: null, ours: false }, 'unsure'],
  ] as const)('%j means %s', (signs, outcome) => {
    expect(mailOutcome(signs)).toBe(outcome);
  });
});

describe('Whether to go on', () => {
  const some = (sent: number, refused: number) => [...Array.from({ length: refused }, () => 'refused' as const), ...Array.from({ length: sent }, () => 'sent' as const)];

  it('goes on with one refusal in fifty', () => {
    expect(whyPause(some(49, 1))).toBeNull();
  });

  it('pauses when more than a tenth is refused, once there are enough to say so', () => {
    expect(whyPause(some(26, 4))).toBe('refusals');
    expect(whyPause(some(10, 10))).toBeNull();
  });

  it('forgets refusals of long ago', () => {
    expect(whyPause(some(errorRate.of, 100))).toBeNull();
  });

  it('pauses after three in a row that may or may not have been taken', () => {
    expect(whyPause(['sent', 'unsure', 'unsure'])).toBeNull();
    expect(whyPause(['unsure', 'unsure', 'unsure'])).toBe('silence');
  });
});

describe('A new sender', () => {
  it('sends twice as many each day until it is warm', () => {
    const cap = (days: number) => dailyCap({ isWarm: false, firstAt: 0 }, days * DAY_MS);
    expect([cap(0), cap(1), cap(3)]).toEqual([warmUp.first, 2 * warmUp.first, 8 * warmUp.first]);
    expect(cap(warmUp.days)).toBe(Infinity);
    expect(dailyCap({ isWarm: false, firstAt: null }, 0)).toBe(warmUp.first);
    expect(dailyCap({ isWarm: true, firstAt: null }, 0)).toBe(Infinity);
  });

  it('takes up no more than its pace and its cap allow', () => {
    expect(batchSize({ ratePerSecond: 10, left: Infinity, most: 500 })).toBe(50);
    expect(batchSize({ ratePerSecond: null, left: 7, most: 500 })).toBe(7);
    expect(batchSize({ ratePerSecond: 0.1, left: 0, most: 500 })).toBe(0);
  });
});

it('tries a mail that was put off ever later, and gives up within two days', () => {
  const waits = Array.from({ length: 20 }, (_, i) => nextMailTryMs(i + 1)).filter((wait) => wait !== null);
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(2 * DAY_MS);
});

describe('A bounce', () => {
  it.each([['5.1.1', 'hard'], ['5.1.10', 'hard'], ['5.7.1', 'soft'], ['5.2.2', 'soft'], ['4.2.2', 'soft']])('with %s is %s', (status, kind) => {
    expect(bounceKind(status)).toBe(kind);
  });

  it('is one of a storm when a twentieth of the mails come back', () => {
    expect(isBounceStorm({ bounced: 20, sent: 50 })).toBe(false);
    expect(isBounceStorm({ bounced: 51, sent: 1_000 })).toBe(true);
    expect(isBounceStorm({ bounced: 50, sent: 10_000 })).toBe(false);
  });
});
