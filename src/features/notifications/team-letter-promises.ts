import { fill, type Language, type Sentence } from '../../infra/http/problem.js';
import type { IncidentCommitment } from '../incidents/incident-commitments.service.js';

const say = {
  touched: { en: 'Promised outside posts, and touched:', it: 'Promesso oltre ai post, e coinvolto:' },
  telling: { en: 'What to say: “{words}”', it: 'Che cosa dire: «{words}»' },
  sending: { en: 'Where to send people: {contact}', it: 'Dove indirizzare le persone: {contact}' },
  pack: { en: 'Pack to propose: {title}', it: 'Pacchetto da proporre: {title}' },
  packNot: { en: 'Pack to propose: {title} (not approved, or expired)', it: 'Pacchetto da proporre: {title} (non approvato, o scaduto)' },
  tasks: { en: 'To look at now, for what was promised outside posts; tick it off on the page below:', it: 'Da guardare ora, per ciò che era promesso oltre ai post; si spunta alla pagina qui sotto:' },
} as const satisfies Record<string, Sentence>;

/** While it lasts: what the outage does to each, and what to tell people. A paragraph per client; none where nothing is touched. */
export function promisedParagraphs(commitments: readonly IncidentCommitment[], language: Language): readonly string[] {
  return listed(say.touched[language], commitments, (one) => {
    const { title, words, say: telling, contact, pack } = one;
    const ways = contact === null ? [] : [contact.url, contact.email, contact.phone].filter((way) => way !== null);
    return [
      `– ${title}: ${words}.`,
      ...(telling === '' ? [] : [`  ${fill(say.telling[language], { words: telling.replace(/\s+/g, ' ').trim() })}`]),
      ...(contact === null ? [] : [`  ${fill(say.sending[language], { contact: `${contact.label === '' ? '' : `${contact.label}: `}${ways.join(', ')}` })}`]),
      ...(pack === null ? [] : [`  ${fill(say[pack.offered ? 'pack' : 'packNot'][language], { title: pack.title })}`]),
    ];
  });
}

/** Once it is over: what nobody has ticked off yet, with links. A paragraph per client; none where nothing is left. */
export function taskParagraphs(commitments: readonly IncidentCommitment[], language: Language): readonly string[] {
  return listed(say.tasks[language], commitments, ({ tasks }) => tasks.filter(({ done }) => done === null).flatMap(({ sentence, platform, url }) => [
    `☐ ${sentence}`, ...(url === null && platform === null ? [] : [`  ${[platform, url].filter((piece) => piece !== null).join(': ')}`]),
  ]));
}

function listed(heading: string, commitments: readonly IncidentCommitment[], linesOf: (commitment: IncidentCommitment) => readonly string[]): readonly string[] {
  const blocks = [...new Set(commitments.map(({ clientId }) => clientId))].flatMap((id) => {
    const own = commitments.filter(({ clientId }) => clientId === id);
    const lines = own.flatMap(linesOf);
    return lines.length === 0 ? [] : [[own[0]?.clientName ?? '', ...lines].join('\n')];
  });
  return blocks.length === 0 ? [] : [heading, ...blocks];
}
