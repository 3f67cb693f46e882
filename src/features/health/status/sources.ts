import { type Capability, capabilities } from '../../../core/component.js';
import { StatusSource } from './source.schema.js';

const everything = [...capabilities];

/** The same scope for several capabilities. */
function all(scope: '*' | string[], of: readonly Capability[] = everything): StatusSource['capabilities'] {
  return Object.fromEntries(of.map((capability) => [capability, scope]));
}

function statuspage(platform: string, origin: string, scope: StatusSource['capabilities'] = all('*')): StatusSource {
  return { platform, host: null, format: 'statuspage', url: `${origin}/api/v2/summary.json`, capabilities: scope, regions: [] };
}

const graph = all(['graph-api'], ['text', 'media', 'publish', 'read']);

function meta(platform: string, scope: StatusSource['capabilities']): StatusSource {
  return { platform, host: null, format: 'meta-orgs', url: 'https://metastatus.com/data/orgs.json', capabilities: scope, regions: [] };
}

function instatus(platform: string, host: string, origin: string): StatusSource {
  return { platform, host, format: 'instatus', url: `${origin}/summary.json`, capabilities: all('*'), regions: [] };
}

/**
 * What platforms publish in a form a machine reads, as seen in autumn 2026. X, TikTok, YouTube, Telegram and Resend
 * publish nothing of the kind; Mastodon's other instances name their page in /api/v2/instance.
 */
export const builtInSources: readonly StatusSource[] = [
  meta('facebook', { ...graph, auth: ['facebook-login'] }),
  meta('instagram', { ...graph, auth: ['facebook-login'] }),
  meta('threads', graph),
  meta('whatsapp', all(['cloud api'], ['text', 'media', 'publish', 'read'])),
  statuspage('linkedin', 'https://www.linkedin-apistatus.com'),
  instatus('mastodon', 'mastodon.social', 'https://status.mastodon.social'),
  instatus('bluesky', 'bsky.social', 'https://status.bsky.app'),
  statuspage('discord', 'https://discordstatus.com', { ...all(['api'], ['text', 'publish', 'read', 'auth']), media: ['api', 'media proxy'] }),
  statuspage('pinterest', 'https://www.pintereststatus.com', all(['the pinterest api'])),
  { platform: 'ghost', host: 'ghost.io', format: 'rss', url: 'https://ghoststatus.org/history.rss', capabilities: all('*'), regions: [] },
  // Hundreds of components, one for each carrier and country, so the page as a whole is never well.
  statuspage('twilio', 'https://status.twilio.com', all(['sms', 'programmable messaging'], ['text', 'media', 'publish'])),
  statuspage('sendgrid', 'https://status.sendgrid.com'),
  statuspage('vonage', 'https://vonageapi.statuspage.io'),
  statuspage('mailgun', 'https://status.mailgun.com'),
  statuspage('brevo', 'https://status.brevo.com'),
];

/** Does this source speak of that platform on that host? */
export function speaksOf(source: StatusSource, platform: string, host: string): boolean {
  const at = host.toLowerCase();
  return source.platform === platform && (source.host === null || source.host === at || at.endsWith(`.${source.host}`));
}

export type SourcesRead = { readonly kind: 'ok'; readonly sources: readonly StatusSource[] } | { readonly kind: 'wrong'; readonly mistakes: readonly string[] };

const maxText = 1_000_000;
const maxSources = 500;

/** The operator's own sources: a JSON list of entries. With mistakes in it, nothing is taken; each is one sentence. */
export function readSources(text: string): SourcesRead {
  const wrong = (...mistakes: string[]): SourcesRead => ({ kind: 'wrong', mistakes });
  if (text.length > maxText) return wrong('The list of status sources is longer than a million characters.');
  let list: unknown;
  try {
    list = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return wrong('The list of status sources is not JSON.');
  }
  if (!Array.isArray(list)) return wrong('The status sources must be a JSON list: [ { "platform": …, "format": …, "url": …, "capabilities": … } ].');
  if (list.length > maxSources) return wrong(`The list of status sources holds ${list.length} entries; at most ${maxSources} are taken.`);

  const mistakes: string[] = [];
  const sources: StatusSource[] = [];
  const seen = new Map<string, number>();
  for (const [i, entry] of list.entries()) {
    const parsed = StatusSource.safeParse(entry);
    if (!parsed.success) {
      // One for each place: what is said of it first is the cause of the rest.
      const places = new Map(parsed.error.issues.toReversed().map((issue) => [issue.path.join('.'), issue]));
      for (const issue of [...places.values()].toReversed()) mistakes.push(`Status source ${i + 1}${calledBy(entry)}: ${sentenceOf(issue)}.`);
      continue;
    }
    const { platform, host, url } = parsed.data;
    const twin = seen.get(`${platform} ${host ?? ''} ${url}`);
    if (twin !== undefined) mistakes.push(`Status source ${i + 1}${calledBy(entry)}: is the same page for the same platform as source ${twin}.`);
    seen.set(`${platform} ${host ?? ''} ${url}`, i + 1);
    sources.push(parsed.data);
  }
  return mistakes.length > 0 ? wrong(...mistakes) : { kind: 'ok', sources };
}

function calledBy(entry: unknown): string {
  const platform = typeof entry === 'object' && entry !== null && 'platform' in entry ? entry.platform : null;
  return typeof platform === 'string' && platform !== '' ? ` (${platform.slice(0, 60)})` : '';
}

type Issue = NonNullable<ReturnType<typeof StatusSource.safeParse>['error']>['issues'][number];

function sentenceOf(issue: Issue): string {
  const place = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const strange = issue.keys.slice(0, 5).map((key) => `"${key.slice(0, 60)}"`).join(', ');
    return `${place} does not know ${strange}; known are ${(place === 'capabilities' ? capabilities : Object.keys(StatusSource.shape)).join(', ')}`.trim();
  }
  return place === '' ? 'must be an object { "platform": …, "format": …, "url": …, "capabilities": … }' : `${place} ${issue.message}`;
}
