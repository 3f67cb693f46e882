import { describe, expect, it } from '@jest/globals';
import { cleanSms, segmentMinor, sizeOfSms, textOfSms } from '../../src/core/sms.js';

describe('The clean-up of an SMS', () => {
  it('writes what phones have no sign for with the signs they have, and says what it changed', () => {
    const { text, changes, forcing } = cleanSms('È “tutto” pronto – perché no…');
    expect(text).toBe('E\' "tutto" pronto - perché no...');
    expect(changes).toEqual([
      { from: 'È', to: "E'", count: 1 }, { from: '“', to: '"', count: 1 }, { from: '”', to: '"', count: 1 }, { from: '–', to: '-', count: 1 }, { from: '…', to: '...', count: 1 },
    ]);
    expect(forcing).toEqual([]);
    expect(sizeOfSms(text).encoding).toBe('gsm-7');
  });

  it('leaves the letters that the alphabet has', () => {
    const text = 'àèéìòù ÄÖÑÜ äöñü € @ £ {ok}';
    expect(cleanSms(text)).toEqual({ text, changes: [], forcing: [] });
  });

  it('takes the marks from letters that are known without them', () => {
    expect(cleanSms('façade, señor, Dvořák, á la carte').text).toBe('facade, señor, Dvorak, a la carte');
  });

  it('changes nothing when an emoji needs the large alphabet anyway, and names it', () => {
    expect(cleanSms('Si parte – “ora” 🎉🎉')).toEqual({ text: 'Si parte – “ora” 🎉🎉', changes: [], forcing: ['🎉'] });
  });

  it('joins letters that were written as two signs', () => {
    expect(cleanSms('perche\u0301').text).toBe('perché');
  });

  it('leaves an address as it is, and writes its foreign letters as an address does', () => {
    expect(cleanSms('Qui – https://bar.example/a–b').text).toBe('Qui - https://bar.example/a%E2%80%93b');
    expect(cleanSms('https://bar.example/~menu?x=1').changes).toEqual([]);
    expect(cleanSms('“https://caffè.example/è”').text).toBe('"https://xn--caff-8oa.example/%C3%A8"');
  });

  it('says which addresses it wrote differently, and which sign in one forces the large alphabet', () => {
    expect(cleanSms('https://caffè.example/è').changes).toEqual([{ from: 'https://caffè.example/è', to: 'https://xn--caff-8oa.example/%C3%A8', count: 1 }]);
    expect(cleanSms('https://bar.example/?q=a`b').text).toBe('https://bar.example/?q=a%60b');
    expect(cleanSms('https://[bar]/caffé–').forcing).toEqual(['–']);
  });

  it.each(['ne‑ws', 'a\u00a0b', 'a\tb', 'l’ora', '• uno', '5 × 3'])('makes %j fit', (text) => {
    expect(sizeOfSms(cleanSms(text).text).encoding).toBe('gsm-7');
  });
});

describe('The link of an SMS', () => {
  const url = 'https://bar.example/menu';
  it.each([
    [`Vedi ${url}.`, `Vedi ${url}.`], [`(${url}) e vieni`, `(${url}) e vieni`], ['Vieni', `Vieni\n${url}`],
    [`Vedi ${url}-estate`, `Vedi ${url}-estate\n${url}`], [`Vedi ${url}/2 e ${url}`, `Vedi ${url}/2 e ${url}`], [`Vedi ${url}.html`, `Vedi ${url}.html\n${url}`],
  ])('stands in %j as %j: a longer address is another one', (text, said) => {
    expect(textOfSms({ text, link: { url } })).toBe(said);
  });
});

describe('The price of a segment', () => {
  it('is that of the longest calling code that fits', () => {
    const prices = { priceMinor: 10, prices: { 1: 2, 1868: 30 } };
    expect(['+12025550123', '+18682345678', '+393331234567'].map((to) => segmentMinor(prices, to))).toEqual([2, 30, 10]);
  });
});

describe('The size of an SMS', () => {
  it.each([
    ['a'.repeat(160), 'gsm-7', 160, 1],
    ['a'.repeat(161), 'gsm-7', 161, 2],
    ['a'.repeat(306), 'gsm-7', 306, 2],
    ['a'.repeat(307), 'gsm-7', 307, 3],
    ['€'.repeat(80), 'gsm-7', 160, 1],
    ['ç'.repeat(70), 'ucs-2', 70, 1],
    ['ç'.repeat(71), 'ucs-2', 71, 2],
    ['ç'.repeat(134), 'ucs-2', 134, 2],
    ['ç'.repeat(135), 'ucs-2', 135, 3],
    ['', 'gsm-7', 0, 1],
  ])('is counted as phones count it (%#)', (text, encoding, units, segments) => {
    expect(sizeOfSms(text)).toEqual({ encoding, units, segments });
  });

  it('more than doubles with one emoji', () => {
    expect(sizeOfSms('a'.repeat(159))).toMatchObject({ encoding: 'gsm-7', segments: 1 });
    expect(sizeOfSms(`${'a'.repeat(157)}🎉`)).toEqual({ encoding: 'ucs-2', units: 159, segments: 3 });
  });

  it('tears no sign in two at the end of a message', () => {
    expect(sizeOfSms(`${'a'.repeat(152)}€${'a'.repeat(152)}`)).toEqual({ encoding: 'gsm-7', units: 306, segments: 3 });
    expect(sizeOfSms(`${'ç'.repeat(66)}🎉${'ç'.repeat(66)}`)).toEqual({ encoding: 'ucs-2', units: 134, segments: 3 });
  });
});
