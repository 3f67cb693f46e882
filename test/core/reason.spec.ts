import { describe, expect, it } from '@jest/globals';
import { reasonCodes, sentence } from '../../src/core/reason.js';

describe('a reason', () => {
  it.each(reasonCodes)('%s is a whole sentence in both languages, with and without details', (code) => {
    const all = (['en', 'it'] as const).flatMap((language) => [sentence({ code }, language), sentence({ code, detail: 'THE WORDS' }, language)]);
    for (const text of all) {
      expect(text).toMatch(/^\p{Lu}/u);
      expect(text).toMatch(/([.!?]|THE WORDS)$/);
      expect(text).not.toMatch(/[{}]/);
    }
    expect(sentence({ code }, 'en')).not.toBe(sentence({ code }, 'it'));
  });

  it('holds the platform\'s words as they are, also where they look like a pattern', () => {
    expect(sentence({ code: 'refused', detail: "$& costs $$5 $' {detail}" }, 'en')).toBe("The platform refused it: $& costs $$5 $' {detail}");
  });

  it('holds a sentence of ours in the reader’s language', () => {
    const reason = { code: 'not-taken', detail: 'Nobody approved it.', detailIt: 'Nessuno lo ha approvato.' };
    expect([sentence(reason, 'en'), sentence(reason, 'it')]).toEqual(['It could not go out: Nobody approved it.', 'Non è potuto uscire: Nessuno lo ha approvato.']);
  });

  it('says nothing of words that are not there', () => {
    expect(sentence({ code: 'hour-has-passed' }, 'en')).toBe('Its hour passed before it could go out.');
    expect(sentence({ code: 'retrying' }, 'it')).toBe('La piattaforma non l’ha accettato. Riproviamo.');
    expect(sentence({ code: 'no-way-out' }, 'en')).toBe('It was to go out another way, and none can be used now. It waits for its platform.');
    expect([sentence({ code: 'words-of-time' }, 'en'), sentence({ code: 'words-of-time' }, 'it')]).toEqual([
      'It is late, and it speaks of its time. Read it, then release, edit or drop it.', 'È in ritardo e parla del suo momento. Rileggilo, poi pubblicalo, modificalo o scartalo.']);
    expect(sentence({ code: 'retrying', detail: '' }, 'en')).toBe('The platform did not take it. We try again.');
  });

  it.each(['of-a-newer-version', 'constructor', 'toString'])('stays readable under the unknown code %s', (code) => {
    expect(sentence({ code, detail: '503' }, 'en')).toBe(`${code}: 503`);
    expect(sentence({ code }, 'it')).toBe(`${code}.`);
  });
});
