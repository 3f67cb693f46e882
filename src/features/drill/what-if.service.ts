import { Injectable } from '@nestjs/common';
import { connectors } from '../../connectors/registry.js';
import { defaultLatePace } from '../../core/drain.js';
import { type Instant, DAY_MS } from '../../core/instant.js';
import { timeIn } from '../../core/promise.js';
import { sentence } from '../../core/reason.js';
import type { PartContent } from '../../core/part.js';
import type { Outlet } from '../../core/routes.js';
import { defaultTimes } from '../../core/times.js';
import { type Fate, fatesOf, type Outage, type Planned, type PlannedOutlet } from '../../core/what-if.js';
import type { Caller } from '../../infra/http/access.js';
import { fill, type Language, problems } from '../../infra/http/problem.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { type OutletCost, OutletCosts } from '../posts/outlet-costs.service.js';
import { OutletReadiness } from '../posts/outlet-readiness.service.js';
import { OutletsOfPosts } from '../posts/outlets.service.js';
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

/** An outlet with what would be said there: that may cost something. */
interface SayingOutlet extends PlannedOutlet {
  readonly connectorId: string;
  readonly parts: readonly PartContent[];
}

interface Rehearsed {
  readonly row: PlannedDeliveryRow;
  readonly planned: Planned;
  readonly outlets: readonly SayingOutlet[];
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
    for (const row of rows.slice(0, MOST)) {
      const outlets = await this.outletsOf(row, connectorIds, Math.max(from, row.dueAt)); // when it would be asked for
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

  private async outletsOf(row: PlannedDeliveryRow, fallen: readonly string[], at: Instant): Promise<readonly SayingOutlet[]> {
    if (row.policy.routes.length === 0) return [];
    const outlets = await this.outlets.of(row, row.policy.routes);
    const unready = await this.readiness.of(row.workspaceId, outlets, at);
    return outlets.map(({ channelId, name, connectorId, parts, collects, trouble }) => ({ channelId, name, connectorId, parts, collects, trouble: trouble ?? (fallen.includes(connectorId) ? 'down' : (unready.get(channelId) ?? null)) }));
  }

  private async costsOf({ workspaceId, postId }: PlannedDeliveryRow, fate: Fate<SayingOutlet>): Promise<readonly OutletCost[]> {
    if (fate.kind !== 'elsewhere') return [];
    const costs = await Promise.all(fate.outlets.map((outlet) => this.costs.of(workspaceId, { ...outlet, postId })));
    return costs.filter((cost) => cost !== null);
  }
}

function postOf(row: PlannedDeliveryRow, { fate, outlets, costs }: { readonly fate: Fate; readonly outlets: readonly Outlet[]; readonly costs: readonly OutletCost[] }, language: Language): PostOfAnswer {
  const at = 'at' in fate ? fate.at : null;
  const ways = fate.kind === 'elsewhere' ? fate.outlets.map(({ name }) => name) : [];
  const reader = { language, zone: row.day.zone, who: 'team' } as const;
  return {
    deliveryId: row.id, postId: row.postId, channelName: row.channelName, connectorId: row.connectorId, text: row.text, choice: row.choice, dueAt: new Date(row.dueAt).toISOString(),
    fate: fate.kind, at: at === null ? null : new Date(at).toISOString(), ways, costs: [...costs],
    sentence: fill(said[language][fate.kind], {
      at: at === null ? '' : timeIn(at, reader), ways: ways.join(', '), why: fate.kind === 'person' ? sentence({ code: fate.code }, language) : '',
    }),
    unwritten: outlets.filter(({ trouble }) => trouble === 'unwritten' || trouble === 'does-not-fit').map(({ channelId, name }) => ({ channelId, channelName: name })),
  };
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
