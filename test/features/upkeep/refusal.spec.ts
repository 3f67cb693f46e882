import { describe, expect, it } from '@jest/globals';
import { judge, type Witness } from '../../../src/features/upkeep/refusal.js';

describe('whose trouble a refusal is', () => {
  it.each<[string, Witness[], string]>([
    ['nobody else is there', [], 'own'],
    ['one other client is fine, and one is refused, too', ['unauthorized', 'fine'], 'own'],
    ['three clients are refused alike, and one is not', ['unauthorized', 'throttled', 'fine'], 'platform'],
    ['one other client was just seen in order', ['unknown', 'ok'], 'own'],
    ['the only other client is refused alike', ['unauthorized'], 'platform'],
    ['two others are refused or throttled alike', ['unauthorized', 'throttled', 'unavailable'], 'platform'],
    ['only one of several is refused, the rest tell nothing', ['unauthorized', 'unavailable', 'local'], 'unclear'],
    ['nobody could be asked', ['unavailable'], 'unclear'],
  ])('%s', (_, witnesses, verdict) => {
    expect(judge(witnesses)).toBe(verdict);
  });
});
