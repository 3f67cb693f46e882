/** A file of so many rows. Every tenth address stands in the file before, in another spelling; every fiftieth is none. */
export function* manyPeople(count: number): Generator<string> {
  yield 'E-mail,Nome,Tags\n';
  for (let i = 0; i < count; i += 1) {
    if (i % 50 === 7) yield `broken${i}@,Nobody,\n`;
    else if (i % 10 === 3) yield ` PERSON${i - 1}@Example.COM ,,late\n`;
    else yield `person${i}@example.com,Person ${i},t${i % 5}\n`;
  }
}

/** What an import of that file says of it. `count`: whole fifties. */
export const inManyPeople = (count: number): Readonly<Record<'rows' | 'faults' | 'duplicates' | 'added', number>> => ({
  rows: count, faults: count / 50, duplicates: count / 10, added: count - count / 50 - count / 10,
});
