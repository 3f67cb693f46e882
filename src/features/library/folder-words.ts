import type { Sentence } from '../../infra/http/problem.js';
import type { DiffEntry, Kept } from './folder-diff.js';

const kept: Readonly<Record<Kept, Sentence>> = {
  'draft-beside': { en: 'Changed here and in the folder. Both stay: the one from the folder as a draft beside it. Choose one.', it: 'Cambiata qui e nella cartella. Restano entrambe: quella della cartella come bozza accanto. Scegline una.' },
  'proposed-head': { en: 'Title, “use when”, tags, language or expiry changed here and in the folder. Both stay: the folder’s as a proposal. Take it over or settle it.', it: 'Titolo, “quando usarlo”, tag, lingua o scadenza sono cambiati qui e nella cartella. Restano entrambi: quelli della cartella come proposta. Accettala o chiudila.' },
  'not-removed': { en: 'The folder has it no more, but it changed here since: it stays.', it: 'La cartella non ce l’ha più, ma qui nel frattempo è cambiato: resta.' },
  'new-pack': { en: 'Put away here, changed in the folder: it comes back as a new pack.', it: 'Archiviato qui, cambiato nella cartella: torna come pacchetto nuovo.' },
};

const words = {
  'added/pack': { en: 'A new pack.', it: 'Un pacchetto nuovo.' },
  'added/variant': { en: 'A new variant.', it: 'Una variante nuova.' },
  'added/draft': { en: 'A new draft of a variant.', it: 'Una nuova bozza di variante.' },
  'changed/head': { en: 'Title, “use when”, tags, language or expiry become those of the folder.', it: 'Titolo, “quando usarlo”, tag, lingua o scadenza diventano quelli della cartella.' },
  'changed/variant': { en: 'It becomes that of the folder.', it: 'Diventa quella della cartella.' },
  'removed/taken': { en: 'The folder has it no more: it is taken out here.', it: 'La cartella non ce l’ha più: qui viene tolto.' },
  'removed/left': { en: 'The folder has it no more. It stays, unless you import with remove.', it: 'La cartella non ce l’ha più. Resta, a meno che importi con remove.' },
} as const satisfies Record<string, Sentence>;

/** What the import does to one thing. */
export function sentenceOf({ change, what, draft, kept: how }: DiffEntry, remove: boolean): Sentence {
  if (how !== null) return kept[how];
  if (change === 'removed') return words[remove ? 'removed/taken' : 'removed/left'];
  if (change === 'changed') return words[what === 'head' ? 'changed/head' : 'changed/variant'];
  return words[what === 'pack' ? 'added/pack' : draft ? 'added/draft' : 'added/variant'];
}
