import { fill, type Params, problems, type Sentence } from '../../infra/http/problem.js';

export const LARGEST_BYTES = 512 * 1024 * 1024;
export const MOST_ROWS = 2_000_000;

/** What is wrong with the file as a whole. */
export const fail = problems({
  'csv-expected': { status: 415, en: 'Send the file as it is, with the header `Content-Type: text/csv`, in UTF-8.', it: 'Invia il file così com’è, con l’intestazione `Content-Type: text/csv`, in UTF-8.' },
  'csv-encoding': { status: 422, en: 'The file is not in UTF-8. In the spreadsheet, save it again as “CSV UTF-8”.', it: 'Il file non è in UTF-8. Nel foglio di calcolo, salvalo di nuovo come “CSV UTF-8”.' },
  'csv-too-large': { status: 413, en: 'The file is larger than 512 MB. Split it.', it: 'Il file supera i 512 MB. Dividilo.' },
  'csv-too-many-rows': { status: 422, en: `The file has more than ${MOST_ROWS} rows. Split it.`, it: `Il file ha più di ${MOST_ROWS} righe. Dividilo.` },
  'csv-broken': { status: 422, en: 'The file cannot be read from line {line} on: {detail}. Check the quotes there, or save it again as CSV (UTF-8).', it: 'Il file non si legge dalla riga {line} in poi: {detail}. Controlla le virgolette, o salvalo di nuovo come CSV (UTF-8).' },
  'csv-empty': { status: 422, en: 'The file has no rows beneath its header.', it: 'Il file non ha righe sotto l’intestazione.' },
  'csv-column-missing': {
    status: 422,
    en: 'No column “{wanted}” is in the header, which reads: {header}. Say with `{field}=…` which column it is.',
    it: 'Nell’intestazione manca la colonna “{wanted}”; c’è scritto: {header}. Indica con `{field}=…` quale colonna è.',
  },
  'csv-has-errors': {
    status: 422,
    en: 'Nothing was imported: {count} rows are wrong. Correct what `errors` names, or send the file with leaveOutBroken=true to leave those rows out.',
    it: 'Non è stato importato niente: {count} righe sono sbagliate. Correggi quel che `errors` indica, oppure invia il file con leaveOutBroken=true per tralasciare quelle righe.',
  },
  'consent-incomplete': {
    status: 422,
    en: 'To say that these people agreed, say all three: consentSource (where that comes from), consentOn (when) and consentVersion (which text). Leave all three out, and each is asked by letter.',
    it: 'Per dire che queste persone hanno acconsentito, indica tutti e tre: consentSource (da dove viene), consentOn (quando) e consentVersion (quale testo). Se li ometti tutti, a ognuno viene chiesto per lettera.',
  },
  'consent-later': { status: 422, en: 'Nobody can have agreed on {date}: that day is still to come.', it: 'Nessuno può aver acconsentito il {date}: quel giorno deve ancora venire.' },
  'consent-text-unknown': { status: 422, en: 'This list has no version {version} of its consent text. Its versions are at /lists/…/consent-texts.', it: 'Questa lista non ha una versione {version} del testo del consenso. Le versioni sono in /lists/…/consent-texts.' },
  'consent-needed': { status: 422, en: 'People with a phone number cannot be asked by letter: say where their consent comes from, when they gave it and to which text.', it: 'A chi ha solo un numero di telefono non si può chiedere per lettera: indica da dove viene il consenso, quando è stato dato e per quale testo.' },
  'disk-full': { status: 507, en: 'The file could not be stored: the disk of this server is full. Tell the operator.', it: 'Il file non è stato salvato: il disco del server è pieno. Avvisa il gestore.' },
});

const sentences = {
  'address-missing': { en: 'The address is missing.', it: 'Manca l’indirizzo.' },
  'email-invalid': { en: '“{value}” is no e-mail address.', it: '“{value}” non è un indirizzo e-mail.' },
  'phone-invalid': { en: '“{value}” is no phone number. Write it with its country code.', it: '“{value}” non è un numero di telefono. Scrivilo con il prefisso internazionale.' },
  'name-too-long': { en: 'The name has more than 200 characters.', it: 'Il nome ha più di 200 caratteri.' },
  'tags-too-many': { en: 'There are more than 30 tags, or one has more than 60 characters.', it: 'Ci sono più di 30 etichette, o una ha più di 60 caratteri.' },
  unprintable: { en: 'The row holds a character that is none (NUL, or half of a pair).', it: 'La riga contiene un carattere che non lo è (NUL, o metà di una coppia).' },
} as const satisfies Readonly<Record<string, Sentence>>;

export type FaultCode = keyof typeof sentences;
export const importColumns = ['address', 'name', 'language', 'tags'] as const;
export type ImportColumn = (typeof importColumns)[number];

/** What is wrong with one row. */
export interface RowFault {
  readonly row: number;
  readonly column: ImportColumn;
  readonly code: FaultCode;
  readonly sentence: Sentence;
}

export function faultIn(row: number, column: ImportColumn, { code, params = {} }: { readonly code: FaultCode; readonly params?: Params }): RowFault {
  const { en, it } = sentences[code];
  return { row, column, code, sentence: { en: fill(en, params), it: fill(it, params) } };
}
