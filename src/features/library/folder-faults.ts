import { fill, type Params, type Sentence } from '../../infra/http/problem.js';

const sentences = {
  'yaml-broken': { en: 'The lines between the two --- cannot be read: {what}. Correct that line.', it: 'Le righe tra i due --- non si leggono: {what}. Correggi quella riga.' },
  'front-matter-missing': { en: 'The file does not begin with a line --- and its fields. Begin it as in another file of the folder.', it: 'Il file non comincia con una riga --- e i suoi campi. Comincialo come un altro file della cartella.' },
  'front-matter-open': { en: 'The fields that begin here are not closed by a line ---. Add it before the text.', it: 'I campi che cominciano qui non sono chiusi da una riga ---. Aggiungila prima del testo.' },
  'field-wrong': { en: '“{field}” {what}. Correct it.', it: '“{field}” {what}. Correggilo.' },
  'not-utf8': { en: 'The file is not UTF-8 text. Save it as UTF-8.', it: 'Il file non è testo UTF-8. Salvalo come UTF-8.' },
  'file-too-large': { en: 'A text file has at most {most} kB. Make it shorter.', it: 'Un file di testo ha al massimo {most} kB. Accorcialo.' },
  'media-missing': { en: 'The file {path} is not in the folder. Put it there, or take the line out.', it: 'Il file {path} non è nella cartella. Mettilo lì, oppure togli la riga.' },
  'media-outside': { en: '{path} lies outside the folder, and is not read. Copy the file beside this one.', it: '{path} è fuori dalla cartella e non viene letto. Copia il file accanto a questo.' },
  'media-not-taken': { en: '{path} cannot be used: {what}', it: '{path} non si può usare: {what}' },
  'channel-unknown': { en: 'This client has no channel “{channel}”. Write the name or the id of one of its channels.', it: 'Questo cliente non ha un canale “{channel}”. Scrivi il nome o l’id di uno dei suoi canali.' },
  'connector-unknown': { en: 'There is no kind of channel called “{connector}”. Write `all`, or a kind such as mastodon.', it: 'Non c’è un tipo di canale chiamato “{connector}”. Scrivi `all`, oppure un tipo come mastodon.' },
  'where-twice': { en: 'Another file says something for the same place: {other}. Keep one, or add `draft: true` to the other.', it: 'Un altro file parla per lo stesso posto: {other}. Tienine uno, oppure aggiungi `draft: true` all’altro.' },
  'client-unknown': { en: 'No client of this workspace belongs to the folder “{folder}”. Name the folder like the client.', it: 'Nessun cliente di questo workspace corrisponde alla cartella “{folder}”. Dai alla cartella il nome del cliente.' },
  'pack-missing': { en: 'There is no pack.md beside this file, so nobody knows to which pack it belongs. Add one.', it: 'Accanto a questo file non c’è un pack.md, quindi non si sa di quale pacchetto fa parte. Aggiungilo.' },
  'pack-broken': { en: 'Its pack.md cannot be read, so this file is left out with it. Correct that one first.', it: 'Il suo pack.md non si legge, quindi anche questo file resta fuori. Correggi prima quello.' },
} as const satisfies Record<string, Sentence>;

export type FaultCode = keyof typeof sentences;

/** Something in a folder that cannot be taken over; the rest can. */
export interface Fault {
  readonly file: string;
  /** From 1; null = the file as a whole. */
  readonly line: number | null;
  readonly code: FaultCode;
  readonly sentence: Sentence;
}

type SaidParams = Readonly<Record<string, string | number | Sentence>>;

/** `at`: the file, or the file and a line. */
export function fault(code: FaultCode, at: string | { readonly file: string; readonly line: number | null }, params: SaidParams = {}): Fault {
  const { file, line } = typeof at === 'string' ? { file: at, line: null } : at;
  const inLanguage = (language: 'en' | 'it'): Params => Object.fromEntries(Object.entries(params).map(([name, value]) => [name, typeof value === 'object' ? value[language] : value]));
  return { file, line, code, sentence: { en: fill(sentences[code].en, inLanguage('en')), it: fill(sentences[code].it, inLanguage('it')) } };
}
