import { describe, expect, it } from '@jest/globals';
import { columnsOf, readPerson } from '../../../src/features/audience/import-rows.js';

const reading = { kind: 'email', country: 'IT', language: 'it' } as const;
const read = (cells: Readonly<Record<string, string>>, as: Parameters<typeof readPerson>[1] = reading) =>
  readPerson({ row: 7, cells: { address: 'anna@example.com', name: '', language: '', tags: '', ...cells } }, as);

describe('A row of people', () => {
  it('is read with what it says, and the list\'s language where it says none we speak', () => {
    expect(read({ name: ' Anna ', language: 'en-GB', tags: 'VIP | Milano|vip' })).toEqual({
      row: 7, address: 'anna@example.com', addressKey: 'anna@example.com', name: 'Anna', language: 'en', tags: ['vip', 'milano'],
    });
    expect([read({ language: 'Italiano' }), read({ language: 'inglese' }), read({ language: 'de' })]).toMatchObject([{ language: 'it' }, { language: 'en' }, { language: 'it' }]);
  });

  it.each([
    [{ address: ' ' }, 'address', 'address-missing'],
    [{ address: 'anna@' }, 'address', 'email-invalid'],
    [{ address: 'an\0na@example.com' }, 'address', 'unprintable'],
    [{ name: 'Anna \ud800' }, 'address', 'unprintable'],
    [{ name: 'A'.repeat(201) }, 'name', 'name-too-long'],
    [{ tags: 'x'.repeat(61) }, 'tags', 'tags-too-many'],
    [{ tags: Array.from({ length: 31 }, (_, i) => `t${i}`).join('|') }, 'tags', 'tags-too-many'],
  ])('with %j is refused by its row and column', (cells, column, code) => {
    expect(read(cells)).toMatchObject({ row: 7, column, code, sentence: { en: expect.any(String), it: expect.any(String) } });
  });

  it('of a phone list holds a number, of the list\'s country if it names none', () => {
    expect(read({ address: '347 1234567' }, { ...reading, kind: 'phone' })).toMatchObject({ addressKey: '+393471234567', address: '347 1234567' });
    expect(read({}, { ...reading, kind: 'phone' })).toMatchObject({ code: 'phone-invalid' });
  });
});

describe('The columns of a file', () => {
  it('are found by the names that spreadsheets and mailing tools give them', () => {
    expect(columnsOf(['ID', 'Nome', 'Indirizzo e-mail', 'Etichette'], {})).toEqual({ address: 2, name: 1, language: -1, tags: 3 });
    expect(columnsOf(['Email Address', 'First Name', 'LANG'], {})).toEqual({ address: 0, name: 1, language: 2, tags: -1 });
  });

  it('are those that were named, before any that would be found', () => {
    expect(columnsOf(['email', 'Mail privata'], { address: 'mail privata' })).toMatchObject({ address: 1 });
    expect(columnsOf(['email'], { address: 'posta' })).toMatchObject({ address: -1 });
  });
});
