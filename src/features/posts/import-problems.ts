import { fill, type Params, problems, type Sentence } from '../../infra/http/problem.js';

/** The most rows of one file: DESIGN speaks of ten thousand. */
export const MAX_ROWS = 10_000;

/** What is wrong with the file as a whole. */
export const fail = problems({
  'csv-expected': {
    status: 415,
    en: 'Send the file as it is, with the header `Content-Type: text/csv`, in UTF-8.',
    it: 'Invia il file così com’è, con l’intestazione `Content-Type: text/csv`, in UTF-8.',
  },
  'csv-broken': {
    status: 422,
    en: 'The file cannot be read from line {line} on: {detail}. Check the quotes there, or save it again as CSV (UTF-8).',
    it: 'Il file non si legge dalla riga {line} in poi: {detail}. Controlla le virgolette, o salvalo di nuovo come CSV (UTF-8).',
  },
  'csv-empty': {
    status: 422,
    en: 'The file has no rows beneath its header.',
    it: 'Il file non ha righe sotto l’intestazione.',
  },
  'csv-columns': {
    status: 422,
    en: 'The header lacks: {missing}. The columns are client, channels, date, time, zone, text, media, alt, choice, labels; the first three, time and text are needed. Not known: {unknown}.',
    it: 'Nell’intestazione manca: {missing}. Le colonne sono client, channels, date, time, zone, text, media, alt, choice, labels; servono le prime tre, time e text. Non riconosciute: {unknown}.',
  },
  'csv-too-many-rows': {
    status: 422,
    en: `The file has {count} rows; ${MAX_ROWS} fit at once. Split it.`,
    it: `Il file ha {count} righe; se ne importano ${MAX_ROWS} per volta. Dividilo.`,
  },
  'csv-has-errors': {
    status: 422,
    en: 'Nothing was imported: {count} entries are wrong. Correct what `errors` names, row by row, and send the file again.',
    it: 'Non è stato importato niente: {count} voci sono sbagliate. Correggi quel che `errors` indica, riga per riga, e invia di nuovo il file.',
  },
});

const sentences = {
  'client-missing': { en: 'Name the client.', it: 'Indica il cliente.' },
  'client-unknown': { en: 'There is no client “{value}” in this workspace. Write its name as it stands there, or its id.', it: 'In questo workspace non c’è il cliente “{value}”. Scrivi il nome com’è lì, o il suo id.' },
  'client-ambiguous': { en: 'There are several clients “{value}”. Write the id instead.', it: 'Ci sono più clienti “{value}”. Scrivi l’id.' },
  'channels-missing': { en: 'Name at least one channel, several with | between them, or * for all of the client.', it: 'Indica almeno un canale, più canali separati da |, oppure * per tutti quelli del cliente.' },
  'channel-unknown': { en: 'This client has no channel “{value}”. Write its name as it stands there, or its id.', it: 'Questo cliente non ha il canale “{value}”. Scrivi il nome com’è lì, o il suo id.' },
  'channel-ambiguous': { en: 'This client has several channels “{value}”. Write the id instead.', it: 'Questo cliente ha più canali “{value}”. Scrivi l’id.' },
  'date-invalid': { en: '“{value}” is no date. Write it as 2026-07-01.', it: '“{value}” non è una data. Scrivila come 2026-07-01.' },
  'time-of-day-invalid': { en: '“{value}” is no time of day. Write it as 09:30.', it: '“{value}” non è un orario. Scrivilo come 09:30.' },
  'media-unknown': { en: 'There is no medium “{value}” in this workspace. Upload it and write its id.', it: 'In questo workspace non c’è il file “{value}”. Caricalo e scrivi il suo id.' },
  'alt-without-media': { en: 'There are more alt texts than media. Put | between them, in the order of the media.', it: 'Ci sono più testi alternativi che file. Separali con |, nell’ordine dei file.' },
  'choice-unknown': { en: '“{value}” is no choice. Write can-wait, today or hour-counts, or leave it empty for can-wait.', it: '“{value}” non è una scelta. Scrivi can-wait, today o hour-counts, o lascia vuoto per can-wait.' },
  'label-too-long': { en: 'The label “{value}” is too long: 60 characters at most, 30 labels.', it: 'L’etichetta “{value}” è troppo lunga: al massimo 60 caratteri, 30 etichette.' },
} as const satisfies Readonly<Record<string, Sentence>>;

export type FaultCode = keyof typeof sentences;

/** One thing that is wrong in one cell. */
export interface RowFault {
  readonly row: number;
  readonly column: Column;
  readonly code: string;
  readonly sentence: Sentence;
}

export const columns = ['client', 'channels', 'date', 'time', 'zone', 'text', 'media', 'alt', 'choice', 'labels'] as const;
export type Column = (typeof columns)[number];

export function faultIn(row: number, column: Column, { code, params = {} }: { readonly code: FaultCode; readonly params?: Params }): RowFault {
  const { en, it } = sentences[code];
  return { row, column, code, sentence: { en: fill(en, params), it: fill(it, params) } };
}
