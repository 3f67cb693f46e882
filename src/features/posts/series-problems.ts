import type { RuleFault } from '../../core/recurrence-rule.js';
import { LEAST_MINUTES_APART, MAX_COUNT } from '../../core/recurrence-rule.js';
import { type DomainError, problems } from '../../infra/http/problem.js';

const refused = 422;

/** What can be wrong about a series. */
export const fail = problems({
  'series-not-found': {
    status: 404,
    en: 'There is no such series in this workspace. Check the id.',
    it: 'In questo workspace non c’è una serie con questo id. Controllalo.',
  },
  'series-ended': {
    status: 409,
    en: 'This series has been cancelled. Make a new one.',
    it: 'Questa serie è stata annullata. Creane una nuova.',
  },
  'series-over': {
    status: refused,
    en: 'This rule gives no date that is still to come. Choose a later end or another start.',
    it: 'Questa regola non dà nessuna data futura. Scegli una fine più lontana o un altro inizio.',
  },
  'occurrence-unknown': {
    status: refused,
    en: '{from} is not an occurrence of this series. Take the `occurrence` of one of its posts.',
    it: '{from} non è un’occorrenza di questa serie. Usa `occurrence` di uno dei suoi post.',
  },
  'rule-empty': {
    status: refused,
    en: 'The rule is empty. Write for example FREQ=WEEKLY;BYDAY=MO.',
    it: 'La regola è vuota. Scrivi per esempio FREQ=WEEKLY;BYDAY=MO.',
  },
  'rule-with-start': {
    status: refused,
    en: 'Write the rule alone, on one line: the start stands in `wallStart`, exceptions are made on the post.',
    it: 'Scrivi solo la regola, su una riga: l’inizio sta in `wallStart`, le eccezioni si fanno sul post.',
  },
  'rule-no-frequency': {
    status: refused,
    en: 'The rule does not say how often: add FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.',
    it: 'La regola non dice ogni quanto: aggiungi FREQ=DAILY, WEEKLY, MONTHLY o YEARLY.',
  },
  'rule-count-and-until': {
    status: refused,
    en: 'The rule has both COUNT and UNTIL: keep one of the two.',
    it: 'La regola ha sia COUNT sia UNTIL: tienine uno solo.',
  },
  'rule-too-often': {
    status: refused,
    en: `A series posts at most once in ${LEAST_MINUTES_APART} minutes: space it out.`,
    it: `Una serie pubblica al massimo una volta ogni ${LEAST_MINUTES_APART} minuti: distanziala.`,
  },
  'rule-never': {
    status: refused,
    en: 'This rule never gives a date (for example 30 February). Change it.',
    it: 'Questa regola non dà mai una data (per esempio il 30 febbraio). Cambiala.',
  },
  'rule-part-unknown': {
    status: refused,
    en: '“{part}” is no part of a recurrence rule (RFC 5545). Take it out.',
    it: '“{part}” non fa parte di una regola di ricorrenza (RFC 5545). Toglilo.',
  },
  'rule-part-twice': {
    status: refused,
    en: '“{part}” stands twice in the rule: keep one.',
    it: '“{part}” compare due volte nella regola: tienine uno.',
  },
  'rule-value': {
    status: refused,
    en: `“{part}={value}” does not fit in this rule. Check the value against RFC 5545; COUNT is at most ${MAX_COUNT}.`,
    it: `“{part}={value}” non va bene in questa regola. Controlla il valore secondo RFC 5545; COUNT è al massimo ${MAX_COUNT}.`,
  },
});

export function ruleProblem({ code, part, value }: RuleFault): DomainError {
  return fail(code, { part, value }, { part, value });
}
