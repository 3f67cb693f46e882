import { fill, type Language, type Sentence } from '../../infra/http/problem.js';

/** What is a person's to do after an incident: posts to decide about, and things to do for what was promised. */
export interface LeftOver {
  readonly review: number;
  readonly tasks: number;
}

/** What differs with work that was announced: nothing has failed. */
export const matters = {
  outage: {
    down: { en: 'down', it: 'guasto' },
    again: { en: 'down again', it: 'di nuovo guasto' },
    relapse: { en: 'It was over, and fell again', it: 'Era finito, ed è ricominciato' },
    over: { en: 'working again', it: 'funziona di nuovo' },
    named: { en: 'the outage', it: 'il guasto' },
  },
  maintenance: {
    down: { en: 'maintenance', it: 'manutenzione' },
    again: { en: 'maintenance again', it: 'di nuovo in manutenzione' },
    relapse: { en: 'It was over, and began again', it: 'Era finita, ed è ricominciata' },
    over: { en: 'maintenance over', it: 'manutenzione finita' },
    named: { en: 'the maintenance', it: 'la manutenzione' },
  },
} as const satisfies Record<string, Readonly<Record<string, Sentence>>>;

const leftOver = {
  review: { one: { en: '1 post to decide about', it: '1 post da decidere' }, other: { en: '{n} posts to decide about', it: '{n} post da decidere' } },
  tasks: { one: { en: '1 thing to do for what was promised', it: '1 cosa da fare per ciò che era promesso' }, other: { en: '{n} things to do for what was promised', it: '{n} cose da fare per ciò che era promesso' } },
} as const;
const onThePage: Sentence = { en: 'On the incident’s page: {things}.', it: 'Nella pagina dell’incidente: {things}.' };

/** “On the incident’s page: 3 posts to decide about.”; nothing where nothing is left. */
export function leftOverText(left: LeftOver, language: Language): string {
  const things = (['review', 'tasks'] as const).filter((name) => left[name] > 0).map((name) => fill(leftOver[name][left[name] === 1 ? 'one' : 'other'][language], { n: left[name] }));
  return things.length === 0 ? '' : fill(onThePage[language], { things: things.join(', ') });
}
