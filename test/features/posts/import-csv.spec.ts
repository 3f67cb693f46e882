import { describe, expect, it } from '@jest/globals';
import { readCsv } from '../../../src/features/posts/import-csv.js';
import { DomainError } from '../../../src/infra/http/problem.js';

const codeOf = (text: string): string => {
  try {
    readCsv(text);
    return 'none';
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
};
const header = 'client,channels,date,time,text';

describe('readCsv', () => {
  it.each([',', ';', '\t'])('reads a file separated by %j, with BOM and Windows line ends', (mark) => {
    const text = `\uFEFF${header.replaceAll(',', mark)}\r\n${['Bar', 'a|b', '2027-01-01', '09:00', '"two\nlines; and, marks"'].join(mark)}\r\n`;
    expect(readCsv(text)).toEqual([{ row: 2, cells: { client: 'Bar', channels: 'a|b', date: '2027-01-01', time: '09:00', zone: '', text: 'two\nlines; and, marks', media: '', alt: '', choice: '', labels: '' } }]);
  });

  it('knows the Italian names of the columns, in any order', () => {
    const [row] = readCsv('Testo;Ora;Data;Canali;Cliente;Etichette\nCiao;09:00;2027-01-01;x;Bar;a|b');
    expect(row?.cells).toMatchObject({ text: 'Ciao', time: '09:00', date: '2027-01-01', channels: 'x', client: 'Bar', labels: 'a|b' });
  });

  it('counts rows as a spreadsheet does, over empty ones and cells of several lines', () => {
    expect(readCsv(`${header}\nBar,a,d,t,"1\n2"\n,,,,\nBar,a,d,t,x`).map(({ row }) => row)).toEqual([2, 4]);
  });

  it.each([
    ['', 'csv-empty'], [header, 'csv-empty'], [`${header}\n,,,,`, 'csv-empty'], ['client,text\na,b', 'csv-columns'],
    [`${header},colour\na,b,c,d,e,f`, 'csv-columns'], [`${header},text\na,b,c,d,e,f`, 'csv-columns'],
    [`${header}\na,b,c,d,"never closed`, 'csv-broken'], [`${header}\n${'a,b,c,d,e\n'.repeat(10_001)}`, 'csv-too-many-rows'],
  ])('refuses what it cannot use: %#', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });
});
