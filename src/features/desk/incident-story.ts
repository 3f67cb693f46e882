import { z } from 'zod';
import { type Html, html } from '../../infra/http/html.js';
import { fill, type Language } from '../../infra/http/problem.js';
import type { IncidentDetail } from '../incidents/incident.schema.js';
import { hourOf } from './incident-decisions.js';
import { deskIn, eventName, stateName } from './incident-words.js';

/** As the story keeps it; what an older or newer version left out is not told. */
const Seen = z.object({
  to: z.string(),
  kind: z.string().nullish(),
  upstream: z.string().nullish().catch(null),
  evidence: z.object({ writes: z.number().catch(0), accounts: z.number().catch(0), probes: z.number().catch(0) }).partial().catch({}),
});
const Official = z.object({ text: z.string() });

/** What was seen of the incident, and when; the API has every detail of it. */
export function storyOf({ events, components }: Pick<IncidentDetail, 'events' | 'components'>, zone: string, language: Language): readonly Html[] {
  const platforms = new Map(components.map(({ componentId, platform }) => [componentId, platform]));
  return events.map(({ at, componentId, kind, payload }) => {
    const platform = componentId === null ? null : html`${platforms.get(componentId) ?? componentId}: `;
    return html`<li><time datetime="${at}">${hourOf(at, zone, language)}</time> – ${platform}${textOf(kind, payload, language)}</li>`;
  });
}

function textOf(kind: string, payload: unknown, language: Language): string {
  const say = deskIn(language);
  const official = Official.safeParse(payload);
  if (kind === 'official' && official.success) return `“${official.data.text}”`;
  const seen = Seen.safeParse(payload);
  if (kind !== 'state' || !seen.success) return eventName(kind, language);
  const { writes = 0, accounts = 0, probes = 0 } = seen.data.evidence;
  const evidence = [
    ...(seen.data.kind === 'media' ? [say('onlyMedia')] : []),
    ...(writes > 0 ? [fill(say('seenPosts'), { n: writes, accounts })] : []),
    ...(probes > 0 ? [fill(say('seenProbes'), { n: probes })] : []),
    ...(seen.data.upstream ? [fill(say('seenUpstream'), { edge: seen.data.upstream })] : []),
  ];
  return `${stateName(seen.data.to, language)}${evidence.length === 0 ? '' : ` (${evidence.join(', ')})`}`;
}
