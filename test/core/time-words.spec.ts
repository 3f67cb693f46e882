import { describe, expect, it } from '@jest/globals';
import { timeWordIn, timeWordOf } from '../../src/core/time-words.js';

describe('a word of time', () => {
  it.each([
    ['See you tonight at the shop', 'tonight'], ['Only today: free coffee', 'today'], ['Open on Saturday', 'Saturday'], ['The sale ends on 12 March', '12 March'],
    ['Doors at 20:30', '20:30'], ['We start at 8 pm', '8 pm'], ['Last hours of the sale!', 'Last hours'], ['On July 4th', 'July 4th'], ['Live now', 'Live now'],
    ['Ci vediamo stasera', 'stasera'], ['Domani si parte', 'Domani'], ['Vi aspettiamo giovedì', 'giovedì'], ['GIOVEDI sera', 'GIOVEDI'], ['Il 3 maggio in piazza', '3 maggio'],
    ['Alle 18 in diretta', 'Alle 18'], ['Ultime ore di sconti', 'Ultime ore'], ['Il 12/3 chiusi', '12/3'], ['Scade il coupon', 'Scade'], ['Inizio ore 21', 'ore 21'],
    ['Si chiude a mezzanotte', 'a mezzanotte'], ['Pranzo a mezzogiorno', 'a mezzogiorno'], ['Aperti nel weekend', 'nel weekend'], ['Inizio h 18', 'h 18'], ['Inizio h18', 'h18'],
    ['Dalla prossima settimana', 'prossima settimana'], ['Si parte tra due giorni', 'tra due giorni'], ['Lunch at noon', 'noon'], ['Back next week', 'next week'], ['See you tonite', 'tonite'], ['It starts in 2 days', 'in 2 days'],
  ])('is seen in “%s”', (text, word) => {
    expect(timeWordIn(text)).toBe(word);
  });

  it.each([
    'Our new collection is here', 'La nuova collezione è arrivata', 'Version 2.30 costs 19.90 €', 'Ten tips for better sleep', 'Quattro ricette con la zucca',
    'Read more: https://example.org/2026-03-12/today', 'Marchio dal 1987', 'Sundaylike mood', 'A 50/50 chance', 'The todayish thing', 'Un blu mezzanotte', 'A midnight blue dress', 'Every afternoon counts',
  ])('is not seen in “%s”', (text) => {
    expect(timeWordIn(text)).toBeNull();
  });

  it('is looked for in every part', () => {
    expect(timeWordOf(['One', 'two, tomorrow'])).toBe('tomorrow');
    expect(timeWordOf([])).toBeNull();
  });
});
