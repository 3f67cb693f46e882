import type { PartContent, PartMedia } from '../../core/part.js';
import { Html, html } from '../../infra/http/html.js';
import type { Language } from '../../infra/http/problem.js';
import type { Plan, PlannedItem } from './plan-reads.service.js';
import { clockTime, dayName, kindWord, planWord, shortTime, stateWord } from './plan-words.js';

/** A picture that stands in the page itself, or why it does not. */
export type Shown = { readonly data: string } | { readonly why: 'tooLarge' | 'noPicture' | 'lost' };

const style = new Html(`
:root { color-scheme: light dark; --line: #8886; --soft: #8881; }
* { box-sizing: border-box; } body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; } main { max-width: 50rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; border-bottom: 2px solid var(--line); margin-top: 2rem; } h3 { font-size: 1rem; margin: .5rem 0 0; }
article { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 1rem 1rem; margin: 1rem 0; break-inside: avoid; }
.held { border-style: dashed; } .state { font-weight: 600; } .text { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); padding: .5rem; border-radius: .25rem; }
figure { margin: .5rem 0; } img { max-width: 100%; max-height: 24rem; } figcaption, .small { font-size: .875rem; opacity: .85; }
@media print { article { border-color: #000; } a[href]::after { content: " <" attr(href) ">"; } }
`);

/** The plan as one file that needs nothing else: no network, no Postern. To be read on a phone, or printed. */
export function planPage({ client: { name, zone, language }, from, items, commitments }: Plan, shown: ReadonlyMap<string, Shown>): string {
  const days = byDay(items, ({ dueAt }) => dayName(dueAt, { zone, language }));
  const title = `${name}: ${planWord(language, 'title')}`;
  const body = html`<h1>${title}</h1><p>${planWord(language, 'by')}</p><p class="small">${planWord(language, 'zone')} ${zone}. ${planWord(language, 'made')} ${shortTime(from, { zone, language })}.</p>
${items.length === 0 ? html`<p>${planWord(language, 'nothing')}</p>` : null}
${[...days].map(([day, posts]) => html`<section><h2>${day}</h2>${posts.map((item) => card(item, { zone, language, shown }))}</section>`)}
${commitments.length === 0 ? null : html`<section><h2>${planWord(language, 'promised')}</h2>${commitments.map((one) => html`<article><h3>${kindWord(one.kind, language)}: ${one.title}</h3>
<p class="small">${shortTime(Date.parse(one.fromAt), { zone, language })} – ${shortTime(Date.parse(one.untilAt), { zone, language })} · ${one.connectorIds.join(', ')}</p>
${one.say === '' ? null : html`<p>${planWord(language, 'say')}:</p><p class="text">${one.say}</p>`}${one.contact ? html`<p>${planWord(language, 'send')}: ${one.contact.label} ${one.contact.url ?? ''} ${one.contact.email ?? ''} ${one.contact.phone ?? ''}</p>` : null}</article>`)}</section>`}`;
  return html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex, nofollow, noarchive">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"><title>${title}</title><style>${style}</style></head><body><main>${body}</main></body></html>
`.text;
}

function byDay(items: readonly PlannedItem[], nameOf: (item: PlannedItem) => string): ReadonlyMap<string, readonly PlannedItem[]> {
  const days = new Map<string, PlannedItem[]>();
  for (const item of items) days.set(nameOf(item), [...(days.get(nameOf(item)) ?? []), item]);
  return days;
}

interface Ground {
  readonly zone: string;
  readonly language: Language;
  readonly shown: ReadonlyMap<string, Shown>;
}

function card(item: PlannedItem, ground: Ground): Html {
  const { zone, language } = ground;
  const page = item.channelUrl !== null && /^https?:/.test(item.channelUrl) ? html` · <a href="${item.channelUrl}">${item.channelUrl}</a>` : null;
  return html`<article${item.state === 'planned' ? null : html` class="held"`}><h3>${clockTime(item.dueAt, { zone, language })} · ${item.channelName} (${item.platform})</h3>
<p class="small">${item.state === 'planned' ? null : html`<span class="state">${stateWord(item.state, language)}</span>`}${item.instead ? html` ${planWord(language, 'instead')}` : null}${page}</p>
${item.parts.map((part, i) => html`${item.parts.length > 1 ? html`<p class="small">${planWord(language, 'part')} ${i + 1}</p>` : null}${partOf(part, ground)}`)}</article>`;
}

function partOf({ text, media, link }: PartContent, ground: Ground): Html {
  const { language } = ground;
  return html`${text === '' ? null : html`<p class="text">${text}</p>`}${link ? html`<p>${planWord(language, 'link')}: ${link.url}${link.title === '' ? '' : ` (${link.title})`}</p>` : null}${media.map((one) => figure(one, ground))}`;
}

function figure({ mediaId, mime, bytes, alt }: PartMedia, { language, shown }: Ground): Html {
  const found = shown.get(mediaId) ?? { why: 'lost' as const };
  const size = `${mime}, ${(bytes / 1e6).toFixed(1)} MB`;
  const caption = html`<figcaption>${planWord(language, 'alt')}: ${alt === '' ? '–' : alt}${'why' in found ? html` · ${size}: ${planWord(language, found.why)}` : null}</figcaption>`;
  return html`<figure>${'data' in found ? html`<img alt="${alt}" src="${found.data}">` : null}${caption}</figure>`;
}
