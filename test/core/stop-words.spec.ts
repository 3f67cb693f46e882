import { describe, expect, it } from '@jest/globals';
import { wishOf } from '../../src/core/stop-words.js';

describe('what an SMS asks for', () => {
  it.each(['STOP', 'stop', ' Stop. ', 'Basta!', 'CANCELLA', 'alt', 'unsubscribe', 'STOP SMS', 'basta grazie mille', '¡stop!', 'STOP, non scrivetemi più per favore', 'stop non voglio altri messaggi', 'Stop! I have had enough of this', 'BASTA\nnon sono interessato a queste cose'])('%j wants no more', (text) => {
    expect(wishOf(text)).toBe('stop');
  });

  it.each(['START', 'inizia', 'Unstop.'])('%j wants it again', (text) => {
    expect(wishOf(text)).toBe('start');
  });

  it.each(['', '👍', 'non-stop music tonight?', 'Cancella il tavolo di domani', 'stop by for a drink later', 'yes', 'The end of the story'])('%j is talk', (text) => {
    expect(wishOf(text)).toBeNull();
  });
});
