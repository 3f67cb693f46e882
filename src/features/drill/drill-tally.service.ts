import { Injectable } from '@nestjs/common';
import { isInside } from '../../core/day.js';
import { wallOf } from '../../core/schedule.js';
import type { DrillTally, Scenario, Trouble } from './drill.schema.js';
import { DrillReads, type PlayedDelivery, type Reached } from './drill-reads.service.js';
import type { Stage, StagedClient } from './drill-stage.service.js';
import type { DrillWorld } from './drill-world.js';

export interface Played {
  readonly stage: Stage;
  readonly world: DrillWorld;
  /** Deliveries that were seen waiting. */
  readonly held: ReadonlySet<string>;
  readonly seconds: DrillTally['seconds'];
  /** Addresses of newsletters and numbers of SMS as a mail server and a gateway took them, one entry each; null where nothing leaves the house. */
  readonly arrived: readonly string[] | null;
  /** Whether it went on until the next morning: then nothing may still wait. */
  readonly seesMorning: boolean;
}

interface Books {
  readonly deliveries: readonly PlayedDelivery[];
  readonly mails: readonly Reached[];
  readonly texts: readonly Reached[];
  /** How often a text is to be seen, by `channelId text`. */
  readonly shown: ReadonlyMap<string, number>;
  readonly articles: readonly { readonly clientId: string; readonly title: string; readonly at: number }[];
}

const timesOf = (items: readonly string[]): ReadonlyMap<string, number> => items.reduce((times, item) => times.set(item, (times.get(item) ?? 0) + 1), new Map<string, number>());
const isOut = (state: string): boolean => state === 'sent';

/** Counts a drill, by what the platforms show and the mail server took, and not by what the product says of itself. */
@Injectable()
export class DrillTallies {
  constructor(private readonly reads: DrillReads) {}

  async of(played: Played): Promise<DrillTally> {
    const { stage } = played;
    const texts = new Set(stage.clients.flatMap(({ cast }) => cast.posts.map(({ text }) => text)));
    const books: Books = {
      deliveries: (await this.reads.deliveries(stage.workspaceId)).filter(({ text }) => texts.has(text)),
      mails: await this.reads.mails(stage.workspaceId),
      texts: await this.reads.texts(stage.workspaceId),
      shown: await shownOn(stage, played.world),
      articles: await this.reads.articles(stage.workspaceId),
    };
    const letters = await this.reads.letters(stage.workspaceId);
    const night = await this.inNight(stage, books, letters);
    const toldOften = [...timesOf(letters.map(({ to, kind }) => `${to} (${kind})`))];
    const troubles = [
      ...stage.clients.flatMap((client) => [...lostOf(client, books, played), ...twiceOf(client, books, played)]),
      ...toldOften.filter(([, times]) => times > 1).map(([who, times]): Trouble => ({ kind: 'told-twice', scenario: null, what: `${who} was told ${times} times.` })),
      ...night,
      ...stage.clients.flatMap((client) => broken(client, books, played)),
    ];
    const { deliveries, mails, texts: sms, articles } = books;
    const count = (is: (one: PlayedDelivery) => boolean): number => deliveries.filter(is).length;
    return {
      held: count(({ id, state }) => played.held.has(id) && state !== 'rerouted'), rerouted: count(({ isElsewhere }) => isElsewhere), publishedLate: count(({ isLate, isByHand }) => isLate && !isByHand),
      byHand: count(({ isByHand }) => isByHand), missed: count(({ state }) => state === 'missed'),
      lost: troubles.filter(({ kind }) => kind === 'lost').length, duplicated: troubles.filter(({ kind }) => kind === 'duplicated').length,
      noticesPerPerson: Math.max(0, ...toldOften.map(([, times]) => times)), leftInNight: night.length,
      mails: mails.filter(({ state }) => isOut(state)).length, articles: articles.length, texts: sms.filter(({ state }) => isOut(state)).length, seconds: played.seconds, troubles,
    };
  }

  private async inNight(stage: Stage, { deliveries, mails, texts, articles }: Books, letters: Awaited<ReturnType<DrillReads['letters']>>): Promise<readonly Trouble[]> {
    const days = await this.reads.days(stage.workspaceId);
    const left = [
      ...deliveries.filter(({ isLate, isByHand }) => isLate && !isByHand).map(({ clientId, outAt, text }) => ({ clientId, at: outAt, what: `“${text}” was published` })),
      ...mails.map(({ clientId, at, address }) => ({ clientId, at, what: `The newsletter to ${address} left` })),
      ...texts.map(({ clientId, at, address }) => ({ clientId, at, what: `The SMS to ${address} left` })),
      ...letters.map(({ clientId, at, to }) => ({ clientId, at, what: `The notice to ${to} left` })),
      ...articles.map(({ clientId, at, title }) => ({ clientId, at, what: `The article “${title}” appeared` })),
    ];
    return left.flatMap(({ clientId, at, what }): readonly Trouble[] => {
      const day = clientId === null ? undefined : days.get(clientId);
      if (!day || at === null || isInside(day, at)) return [];
      return [{ kind: 'night', scenario: scenarioOf(stage, clientId), what: `${what} at ${wallOf(at, day.zone).slice(0, 16).replace('T', ' ')} (${day.zone}), in the night there.` }];
    });
  }
}

const scenarioOf = ({ clients }: Stage, clientId: string | null): Scenario | null => clients.find(({ id }) => id === clientId)?.cast.scenario ?? null;

async function shownOn({ clients }: Stage, world: DrillWorld): Promise<ReadonlyMap<string, number>> {
  const shown: string[] = [];
  for (const { id, platform, account } of clients.flatMap(({ channels }) => channels)) {
    const posts = await world.posts(platform, account);
    shown.push(...posts.filter(({ visibleAt }) => visibleAt !== null).map(({ text }) => `${id} ${text}`));
  }
  return timesOf(shown);
}

/** What was to be said and was not, or still waits although there was time. */
function lostOf({ id, cast: { scenario } }: StagedClient, { deliveries, mails, texts, shown }: Books, { arrived, seesMorning }: Played): readonly Trouble[] {
  const mine = deliveries.filter(({ clientId }) => clientId === id);
  const mayWait = scenario === 'night' && !seesMorning;
  const got = arrived && new Set(arrived);
  return [
    ...mine.filter((one) => one.state === 'published' && !shown.has(`${one.channelId} ${one.text}`)).map(({ text }) => `“${text}” counts as published, and the platform does not show it.`),
    ...mine.filter((one) => one.state === 'rerouted' && !one.isElsewhere).map(({ text }) => `“${text}” was sent elsewhere, and is nowhere.`),
    ...mine.filter(({ state }) => !['published', 'rerouted', 'missed'].includes(state) && !mayWait).map(({ text, state }) => `“${text}” is ${state}.`),
    ...[...mails, ...texts].filter(({ clientId, state }) => clientId === id && !isOut(state)).map(({ address, state }) => `What was to reach ${address} is ${state}.`),
    ...[...mails, ...texts].filter(({ clientId, state, address }) => clientId === id && isOut(state) && got !== null && !got.has(address)).map(({ address }) => `What counts as sent to ${address} never left.`),
  ].map((what) => ({ kind: 'lost', scenario, what }));
}

function twiceOf({ id, cast: { scenario }, channels }: StagedClient, { deliveries, mails, texts, shown, articles }: Books, { arrived }: Played): readonly Trouble[] {
  const mine = [...mails, ...texts].filter(({ clientId, state }) => clientId === id && isOut(state));
  const people = new Set(mine.map(({ address }) => address));
  const elsewhere = deliveries.filter(({ clientId, state }) => clientId === id && state === 'rerouted');
  const often = (items: readonly string[]): readonly (readonly [string, number])[] => [...timesOf(items)].filter(([, times]) => times > 1);
  return [
    ...[...shown].filter(([what, times]) => times > 1 && channels.some((channel) => what.startsWith(`${channel.id} `))).map(([what, times]) => `“${what.slice(37)}” is to be seen ${times} times.`),
    ...elsewhere.filter(({ channelId, text }) => shown.has(`${channelId} ${text}`)).map(({ text }) => `“${text}” went out elsewhere and on its platform.`),
    ...often(mine.map(({ address, postId }) => `${address} ${postId}`)).map(([who, times]) => `${who}: the same post ${times} times.`),
    ...often((arrived ?? []).filter((address) => people.has(address))).map(([who, times]) => `${who} has got ${times} messages.`),
    ...often(articles.filter(({ clientId }) => clientId === id).map(({ title }) => title)).map(([title, times]) => `“${title}” stands on the blog ${times} times.`),
  ].map((what) => ({ kind: 'duplicated', scenario, what }));
}

/** What each scenario asks for by itself. */
function broken(client: StagedClient, { deliveries, mails, texts, articles }: Books, { held, seesMorning }: Played): readonly Trouble[] {
  const { id, cast } = client;
  const mine = deliveries.filter(({ clientId }) => clientId === id);
  const people = new Set(cast.lists.flatMap(({ from, people: many }) => Array.from({ length: many }, (_, i) => from + i))).size;
  const mailed = mails.filter(({ clientId, state }) => clientId === id && isOut(state)).length;
  const wants = (what: string, is: number, asked: number): readonly Trouble[] => (is === asked ? [] : [{ kind: 'scenario', scenario: cast.scenario, what: `${what}: ${is} instead of ${asked}.` }]);
  const late = mine.filter(({ isLate, isByHand }) => isLate && !isByHand).length;
  switch (cast.scenario) {
    case 'one-mail-each':
    case 'eight-posts':
      return [
        ...wants('Mails', mailed, people), ...wants('SMS', texts.filter(({ clientId, state }) => clientId === id && isOut(state)).length, cast.phones),
        ...wants('Posts that went elsewhere', mine.filter(({ isElsewhere }) => isElsewhere).length, mine.length),
        ...wants('Articles on the blog', articles.filter(({ clientId }) => clientId === id).length, cast.posts.length),
      ];
    case 'by-hand':
      return [
        ...wants('Posts that waited', mine.filter((one) => held.has(one.id)).length, mine.length), ...wants('Posts that somebody put out by hand', mine.filter(({ isByHand }) => isByHand).length, cast.byHand),
        ...wants('Posts that came out by themselves', late, mine.length - cast.byHand),
      ];
    case 'night':
      return [...wants('Posts that waited', mine.filter((one) => held.has(one.id)).length, mine.length), ...wants('Posts that came out', late, seesMorning ? mine.length : 0)];
  }
}
