import { DateTime } from 'luxon';
import type { Language, Sentence } from '../../infra/http/problem.js';
import { fill } from '../../infra/http/problem.js';
import { named } from './incident-words.js';

export interface UrgentMatter {
  readonly workspace: string;
  readonly platforms: readonly string[];
  /** The client whose hour comes first. */
  readonly client: string;
  readonly dueAt: Date;
  readonly zone: string;
  /** Further clients of the same person with posts whose hour counts. */
  readonly others: number;
}

const words: Readonly<Record<'one' | 'some', Sentence>> = {
  one: {
    en: 'This is Postern, for {workspace}. We cannot publish on {platforms}. A post of {client} is due at {hour}, time zone {zone}, and its hour counts. Please open Postern and decide what happens to it.',
    it: 'Questo è Postern, per {workspace}. Non riusciamo a pubblicare su {platforms}. Un post di {client} è previsto alle {hour}, fuso orario {zone}, e il suo orario conta. Apri Postern e decidi che cosa farne.',
  },
  some: {
    en: 'This is Postern, for {workspace}. We cannot publish on {platforms}. A post of {client} is due at {hour}, time zone {zone}, and its hour counts; so do posts of other clients, {others} more. Please open Postern and decide what happens to them.',
    it: 'Questo è Postern, per {workspace}. Non riusciamo a pubblicare su {platforms}. Un post di {client} è previsto alle {hour}, fuso orario {zone}, e il suo orario conta; così per altri clienti, ancora {others}. Apri Postern e decidi che cosa farne.',
  },
};

/** What the person on duty hears. Names are cut where they are long: all of it is read twice. */
export function urgentCallText({ workspace, platforms, client, dueAt, zone, others }: UrgentMatter, language: Language): string {
  const hour = DateTime.fromJSDate(dueAt, { zone }).toFormat('HH:mm');
  return fill(words[others === 0 ? 'one' : 'some'][language], {
    workspace: short(workspace), platforms: named(platforms.slice(0, 6), language), client: short(client), hour, zone: zone.replaceAll('_', ' '), others,
  });
}

const short = (name: string): string => Array.from(name).slice(0, 60).join('');
