import { describe, expect, it } from '@jest/globals';
import { judge, type Witness } from '../../../src/features/upkeep/refusal.js';

describe('whose trouble a refusal is', () => {
  it.each<[string, Witness['says'][], string]>([
    ['nobody else is there', [], 'own'],
    ['one other client is fine, and one is refused, too', ['unauthorized', 'fine'], 'own'],
    ['three clients are refused alike, and one is not', ['unauthorized', 'throttled', 'fine'], 'platform'],
    ['one other client was just seen in order', ['unknown', 'ok'], 'own'],
    ['the only other client is refused alike', ['unauthorized'], 'platform'],
    ['two others are refused or throttled alike', ['unauthorized', 'throttled', 'unavailable'], 'platform'],
    ['only one of several is refused, the rest tell nothing', ['unauthorized', 'unavailable', 'local'], 'unclear'],
    ['nobody could be asked', ['unavailable'], 'unclear'],
  ])('%s', (_, witnesses, verdict) => {
    expect(judge(witnesses.map((says) => ({ says, app: null })))).toBe(verdict);
  });

  it('is our app’s, and so nobody’s to reconnect, when all that work through it are refused and another app’s account is not', () => {
    expect(judge([{ says: 'unauthorized', app: 'ours' }, { says: 'ok', app: 'other' }], 'ours')).toBe('platform');
    expect(judge([{ says: 'ok', app: 'ours' }, { says: 'unauthorized', app: 'other' }], 'ours')).toBe('own');
  });
});
