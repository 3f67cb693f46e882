import { Injectable } from '@nestjs/common';
import { connectors } from '../../connectors/registry.js';
import { defaultLatePace } from '../../core/drain.js';
import { asksAt } from '../../core/asks-at.js';
import { DAY_MS } from '../../core/instant.js';
import { noWaySaid, shutOf, timeIn } from '../../core/promise.js';
import { sentence } from '../../core/reason.js';
import { defaultTimes } from '../../core/times.js';
import { timeWordOf } from '../../core/time-words.js';
import { type Fate, fatesOf, type Outage, type Planned } from '../../core/what-if.js';
import type { Caller } from '../../infra/http/access.js';
import { fill, type Language, problems } from '../../infra/http/problem.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { type OutletCost, OutletCosts } from '../posts/outlet-costs.service.js';
import { OutletReadiness, type Way } from '../posts/outlet-readiness.service.js';
import { OutletsOfPosts } from '../posts/outlets.service.js';
import { OutletNeeds } from '../posts/outlet-needs.service.js';
import { type PlannedDeliveryRow, PlannedService } from '../posts/planned.service.js';
import { type Counts, LONGEST_DAYS, type WhatIf, type WhatIfAsk } from './what-if.schema.js';

const fail = problems({
  'outage-unclear': { status: 422, en: 'It has to end after it begins, and last {days} days at most. Correct `from` or `to`.', it: 'Deve finire dopo l’inizio e durare al massimo {days} giorni. Correggi `from` o `to`.' },
  'platform-unknown': { status: 422, en: 'There is no platform “{connectorId}”. Write one of: {known}.', it: 'La piattaforma “{connectorId}” non esiste. Scrivi una di queste: {known}.' },
});

/** So many posts are answered; a year's calendar tells nobody anything. */
const MOST = 2_000;

const said = {
  en: {
    'on-time': 'Goes out at its time.', late: 'Waits, and goes out from {at} on, one after the other.', elsewhere: 'Goes out by {ways} instead, on {at}.', 'next-slot': 'Waits until {at}, then takes the next free slot.',
    missed: 'Is not posted: its hour would be over on {at}.', dropped: 'Is not posted, as was chosen.', person: 'Waits for you from {at} on. {why}',
  },
  it: {
    'on-time': 'Esce alla sua ora.', late: 'Aspetta ed esce da {at} in poi, uno alla volta.', elsewhere: 'Esce invece con {ways}, {at}.', 'next-slot': 'Aspetta fino a {at}, poi passa al prossimo slot libero.',
    missed: 'Non viene pubblicato: la sua ora sarebbe passata {at}.', dropped: 'Non viene pubblicato, come scelto.', person: 'Da {at} aspetta te. {why}',
  },
} as const satisfies Readonly<Record<Language, Readonly<Record<Fate['kind'], string>>>>;

interface Rehearsed {
  readonly row: PlannedDeliveryRow;
  readonly planned: Planned;
  /** Empty where it never goes another way by itself. */
  readonly outlets: readonly Way[];
}

type PostOfAnswer = WhatIf['clients'][number]['posts'][number];

/** Rehearses an outage over the real calendar, by the rule that decides in earnest. Sends nothing, changes nothing. */
@Injectable()
export class WhatIfService {
  constructor(
    private readonly planned: PlannedService,
    private readonly outlets: OutletsOfPosts,
    private readonly readiness: OutletReadiness,
    private readonly clients: ClientsService,
    private readonly costs: OutletCosts,
    private readonly needs: OutletNeeds,
  ) {}

  /** @throws DomainError outage-unclear, platform-unknown, client-unknown (404) */
  async ask({ workspaceId, language }: Pick<Caller, 'workspaceId' | 'language'>, { connectorIds, clientId, ...asked }: WhatIfAsk): Promise<WhatIf> {
    const [from, to] = [Date.parse(asked.from), Date.parse(asked.to)];
    if (to <= from || to - from > LONGEST_DAYS * DAY_MS) throw fail('outage-unclear', { days: LONGEST_DAYS });
    const stray = connectorIds.find((id) => !connectors.some((connector) => connector.id === id));
    if (stray !== undefined) throw fail('platform-unknown', { connectorId: stray, known: connectors.map(({ id }) => id).join(', ') });

    if (clientId !== undefined) await this.clients.read(workspaceId, clientId);
    const rows = await this.planned.in({ workspaceId, clientId, connectorIds, from, to, most: MOST + 1 });
    const clients = new Map<string, Rehearsed[]>();
    for (const found of rows.slice(0, MOST)) {
      const row = { ...found, needsMs: await this.needs.of(workspaceId, found.policy.routes) };
      const outlets = await this.outletsOf(row, connectorIds, from);
      clients.set(row.clientId, [...(clients.get(row.clientId) ?? []), { row, outlets, planned: { ...row, pace: { ...defaultLatePace, ...row.pace } } }]);
    }
    const answered = await Promise.all([...clients.values()].flatMap((all) => (all[0] ? [this.answer(all[0].row, all, { outage: { from, to }, language })] : [])));
    return {
      from: new Date(from).toISOString(), to: new Date(to).toISOString(), connectorIds, counts: countsOf(answered.flatMap(({ posts }) => posts)), costs: sumOf(answered.flatMap(({ posts }) => posts)), clients: answered, isCut: rows.length > MOST,
    };
  }

  private async answer({ clientId, clientName, day }: PlannedDeliveryRow, all: readonly Rehearsed[], { outage, language }: { readonly outage: Outage; readonly language: Language }): Promise<WhatIf['clients'][number]> {
    const fates = fatesOf(all, outage, defaultTimes);
    const posts: PostOfAnswer[] = [];
    for (const [n, { row, outlets }] of all.entries()) {
      const fate = fates[n];
      if (fate) posts.push(postOf(row, { fate, outlets, costs: await this.costsOf(row, fate) }, language));
    }
    return { clientId, clientName, zone: day.zone, counts: countsOf(posts), costs: sumOf(posts), posts };
  }

  /** With what stands in their way at the moment at which they would be asked for; none where that never comes. */
  private async outletsOf(row: PlannedDeliveryRow & Pick<Planned, 'needsMs'>, fallen: readonly string[], from: number): Promise<readonly Way[]> {
    const at = asksAt(row, from, defaultTimes);
    if (at === null) return [];
    const outlets = await this.outlets.of(row, row.policy.routes);
    const verdictOn = ({ connectorId }: { readonly connectorId: string }) => (fallen.includes(connectorId) ? 'down' as const : null);
    return (await this.readiness.judged(row.workspaceId, [{ ...row, outlets }], { at, absentMs: defaultTimes.absentMs, verdictOn }))[0] ?? [];
  }

  private async costsOf({ workspaceId, postId }: PlannedDeliveryRow, fate: Fate<Way>): Promise<readonly OutletCost[]> {
    if (fate.kind !== 'elsewhere') return [];
    const costs = await Promise.all(fate.outlets.map((outlet) => this.costs.of(workspaceId, { ...outlet, postId }, fate.at)));
    return costs.filter((cost) => cost !== null);
  }
}

function postOf(row: PlannedDeliveryRow, { fate, outlets, costs }: { readonly fate: Fate; readonly outlets: readonly Way[]; readonly costs: readonly OutletCost[] }, language: Language): PostOfAnswer {
  const at = 'at' in fate ? fate.at : null;
  const ways = fate.kind === 'elsewhere' ? fate.outlets.map(({ name }) => name) : [];
  const reader = { language, zone: row.day.zone, who: 'team' } as const;
  const isShut = ['missed', 'next-slot'].includes(fate.kind) || (fate.kind === 'person' && fate.code === 'late-limit-passed');
  return {
    deliveryId: row.id, postId: row.postId, channelName: row.channelName, connectorId: row.connectorId, text: row.text, choice: row.choice, dueAt: new Date(row.dueAt).toISOString(),
    fate: fate.kind, at: at === null ? null : new Date(at).toISOString(), ways, costs: [...costs],
    sentence: fill(said[language][fate.kind], {
      at: at === null ? '' : timeIn(at, reader), ways: ways.join(', '), why: fate.kind === 'person' ? sentence({ code: fate.code, detail: detailOf(fate.code, row, outlets) }, language) : '',
    }) + (isShut ? noWaySaid({ unwritten: [], shut: shutOf(row.policy.routes, outlets) }, reader) : ''),
    unwritten: outlets.filter(({ trouble }) => trouble === 'unwritten' || trouble === 'does-not-fit').map(({ channelId, name }) => ({ channelId, channelName: name })),
  };
}

/** What the words of a reason name; undefined = nothing. */
function detailOf(code: string, { timeWord, placeName }: PlannedDeliveryRow, outlets: readonly Way[]): string | undefined {
  if (code === 'words-of-time') return timeWord ?? timeWordOf(outlets.flatMap(({ parts }) => parts.map(({ text }) => text))) ?? undefined;
  return code === 'by-hand' ? placeName : undefined;
}

/** By currency; a brand's posts may share people, who each cost anew. */
function sumOf(posts: readonly PostOfAnswer[]): OutletCost[] {
  const sums = new Map<string, OutletCost>();
  for (const { people, minor, currency } of posts.flatMap(({ costs }) => costs)) {
    const sum = sums.get(currency) ?? { people: 0, minor: 0, currency };
    sums.set(currency, { people: sum.people + people, minor: Math.round((sum.minor + minor) * 10_000) / 10_000, currency });
  }
  return [...sums.values()];
}

function countsOf(posts: readonly PostOfAnswer[]): Counts {
  const of = (fate: PostOfAnswer['fate']): number => posts.filter((post) => post.fate === fate).length;
  return {
    planned: posts.length, onTime: of('on-time'), late: of('late'), elsewhere: of('elsewhere'), nextSlot: of('next-slot'), person: of('person'), missed: of('missed'), dropped: of('dropped'),
  };
}
