import { connectorById } from '../../connectors/registry.js';
import type { Connector, Violation } from '../../connectors/connector.js';
import type { PartContent } from '../../core/part.js';
import { fill, type Sentence } from '../../infra/http/problem.js';
import { fail } from './post-problems.js';
import type { ChannelRow } from './post-rows.js';

/** One rule of one channel that one part breaks, with what to do about it. */
export interface Broken extends Violation {
  readonly channelId: string;
  readonly channel: string;
  readonly connectorId: string;
  /** 0 = the post itself; null = the post as a whole. */
  readonly part: number | null;
  readonly sentence: Sentence;
}

const sentences: Readonly<Record<Violation['code'], Sentence>> = {
  'text-too-long': { en: '{count} characters, at most {max} fit: shorten it.', it: '{count} caratteri, al massimo {max}: accorcialo.' },
  'text-too-many-bytes': { en: '{count} bytes, at most {max} fit: shorten it or drop some emoji.', it: '{count} byte, al massimo {max}: accorcialo o togli qualche emoji.' },
  'text-empty': { en: 'There is no text and no medium: write something.', it: 'Non c’è testo né immagine: scrivi qualcosa.' },
  'too-many-media': { en: '{count} media, at most {max}: take some out.', it: '{count} file, al massimo {max}: togline qualcuno.' },
  'media-type': { en: 'The type {mime} is not taken here: convert it.', it: 'Il tipo {mime} non è accettato qui: convertilo.' },
  'media-too-large': { en: '{bytes} bytes, at most {max}: make it smaller.', it: '{bytes} byte, al massimo {max}: riducilo.' },
  'media-mixed': { en: 'These media cannot go together: keep one kind.', it: 'Questi file non possono stare insieme: tieni un solo tipo.' },
  'alt-too-long': { en: 'The alt text has {count} characters, at most {max}: shorten it.', it: 'Il testo alternativo ha {count} caratteri, al massimo {max}: accorcialo.' },
  'too-many-parts': { en: '{count} parts, at most {max} here: join or drop some.', it: '{count} parti, al massimo {max} qui: uniscine o togline qualcuna.' },
  'media-needed': { en: 'This channel needs a picture or a film: add one.', it: 'Questo canale richiede un’immagine o un video: aggiungilo.' },
  'option-invalid': { en: 'The option “{option}” is not right for this channel: correct it or leave it out.', it: 'L’opzione “{option}” non va bene per questo canale: correggila o toglila.' },
};

/** The parts as this channel gets them: of the options only its own. */
export function partsFor(channel: Pick<ChannelRow, 'connectorId'>, parts: readonly PartContent[]): readonly PartContent[] {
  return parts.map((part) => {
    const own = part.options[channel.connectorId];
    return { ...part, options: typeof own === 'object' && own !== null ? (own as Readonly<Record<string, unknown>>) : {} };
  });
}

/**
 * What this channel would not take, counted as its platform counts. `parts` as the author left them.
 * @throws DomainError channel-unusable when this version does not have its connector
 */
export function brokenRules(channel: ChannelRow, parts: readonly PartContent[]): readonly Broken[] {
  const connector = connectorOf(channel);
  const limits = connector.limits(channel.learned ?? undefined);
  const whole: Violation[] = parts.length > limits.maxParts ? [{ code: 'too-many-parts', params: { count: parts.length, max: limits.maxParts } }] : [];
  const say = (part: number | null) => ({ code, params }: Violation): Broken => ({
    channelId: channel.id, channel: channel.name, connectorId: channel.connectorId, part, code, params,
    sentence: { en: fill(sentences[code].en, params), it: fill(sentences[code].it, params) },
  });
  return [
    ...whole.map(say(null)),
    ...partsFor(channel, parts).flatMap((part, i) => [...violationsOf(connector, limits, part)].map(say(i))),
  ];
}

function violationsOf(connector: Connector, limits: ReturnType<Connector['limits']>, part: PartContent): readonly Violation[] {
  const broken = [...limits.check(part)];
  const isEmpty = part.text.trim() === '' && part.media.length === 0 && part.link === null;
  if (isEmpty && !broken.some(({ code }) => code === 'text-empty')) broken.push({ code: 'text-empty', params: {} });
  const options = connector.options.safeParse(part.options);
  if (!options.success && !broken.some(({ code }) => code === 'option-invalid')) {
    const [issue] = options.error.issues;
    const named = issue?.path.join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : 'options');
    broken.push({ code: 'option-invalid', params: { option: named } });
  }
  return broken;
}

function connectorOf(channel: ChannelRow): Connector {
  try {
    return connectorById(channel.connectorId);
  } catch {
    throw fail('channel-unusable', { channel: channel.name });
  }
}
