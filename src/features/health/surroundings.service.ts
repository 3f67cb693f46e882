import { Injectable } from '@nestjs/common';
import { groupOf } from '../../core/component.js';
import type { Signal } from '../../core/signal.js';
import { verdict } from '../../core/story.js';
import { atEdge, isInTrouble, sharedEdge } from '../../core/upstream.js';
import { Clock } from '../../infra/clock.js';
import { Workers } from '../../infra/workers.js';
import { ChannelComponentsService, type UsedComponent } from '../channels/channel-components.service.js';
import { OutagesService } from '../posts/outages.service.js';
import type { Kept } from './component-rows.service.js';
import { MaintenancesService } from './maintenances.service.js';
import { OfficialService } from './official.service.js';
import { OutletsService } from './outlets.service.js';
import { WordsService } from './words.service.js';

/** How long an answer holds, ms: what changes slowly is not asked each second. */
const holds = { used: 5_000, held: 1_000, wanted: 5_000, workers: 5_000, words: 1_000, planned: 5_000 };

/** Of those that fail at the same edge so many are named: it takes no more to know it. */
const NAMED = 4;

export interface Surroundings {
  readonly used: readonly UsedComponent[];
  readonly held: ReadonlyMap<string, number>;
  readonly wanted: ReadonlySet<string>;
  /** What is around a component, as signals of this tick. */
  signals(componentId: string, components: ReadonlyMap<string, Kept>): readonly Signal[];
}

/** What the detector is told besides what was seen: who uses a component, what waits for it, its siblings, the platform's and the operator's word. */
@Injectable()
export class SurroundingsService {
  private readonly answers = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>();

  constructor(
    private readonly components: ChannelComponentsService,
    private readonly outages: OutagesService,
    private readonly workers: Workers,
    private readonly words: WordsService,
    private readonly official: OfficialService,
    private readonly outlets: OutletsService,
    private readonly maintenances: MaintenancesService,
    private readonly clock: Clock,
  ) {}

  async read(): Promise<Surroundings> {
    const [used, held, wanted, alive, words, planned] = await Promise.all([
      this.held('used', async () => [...(await this.components.used()), ...this.outlets.list()]),
      this.held('held', () => this.outages.held()),
      this.held('wanted', async () => new Set([...(await this.outages.wanted()), ...(await this.outlets.wanted())])),
      this.held('workers', () => this.workers.alive()),
      this.held('words', () => this.words.inForce()),
      this.held('planned', () => this.maintenances.planned()),
    ]);
    const working = alive.filter(({ roles }) => roles.includes('worker')).length;
    const groups = new Map(used.map(({ id }) => [id, groupOf(this.outlets.platformOf(id))]));
    return {
      used, held, wanted,
      signals: (id, components) => [
        { kind: 'workers', alive: working },
        { kind: 'operator', word: words.get(id) ?? null },
        { kind: 'maintenance', planned: planned.get(id) ?? null },
        ...this.official.signals(id),
        ...siblings(id, groups, components),
        ...upstreams(id, groups, components),
      ],
    };
  }

  /** What was answered last, as long as it holds. One that failed is asked again. */
  private async held<T>(name: keyof typeof holds, ask: () => Promise<T>): Promise<T> {
    const known = this.answers.get(name);
    if (known && this.clock.monotonic() - known.at < holds[name]) return known.answer as Promise<T>;
    const answer = ask();
    this.answers.set(name, { at: this.clock.monotonic(), answer });
    answer.catch(() => this.answers.delete(name));
    return answer;
  }
}

/** Those of its infra group that fell or rose since it was last told; one that is used no more is down no more. */
function siblings(id: string, groups: ReadonlyMap<string, string>, components: ReadonlyMap<string, Kept>): readonly Signal[] {
  const mine = components.get(id);
  const gone = (mine?.state.siblings ?? []).filter((one) => one.relation === 'group' && groups.get(one.id) !== groups.get(id));
  const told = gone.map(({ id: other, relation }): Signal => ({ kind: 'sibling', id: other, relation, down: false }));
  return [...told, ...[...groups].flatMap(([other, group]): Signal[] => {
    if (other === id || group !== groups.get(id)) return [];
    const kept = components.get(other);
    const down = kept !== undefined && verdict(kept.state).state === 'down';
    const known = mine?.state.siblings.some((one) => one.id === other) ?? false;
    return down === known ? [] : [{ kind: 'sibling', id: other, relation: 'group', down }];
  })];
}

/** Those of other groups that fail at the edge at which it fails. What it was told holds until either is out of trouble, evidence lost in a restart or not. */
function upstreams(id: string, groups: ReadonlyMap<string, string>, components: ReadonlyMap<string, Kept>): readonly Signal[] {
  const mine = components.get(id)?.state;
  if (!mine) return [];
  const told = mine.siblings.filter(({ relation }) => relation === 'upstream');
  const stays = (other: string): boolean => {
    const kept = components.get(other);
    return isInTrouble(mine) && kept !== undefined && groups.has(other) && isInTrouble(kept.state);
  };
  const over = told.filter((one) => !stays(one.id)).map((one): Signal => ({ ...one, kind: 'sibling', down: false }));
  const room = NAMED - (told.length - over.length);
  if (room <= 0 || atEdge(mine) === null) return over;
  const fallen = [...groups].flatMap(([other, group]): Signal[] => {
    const kept = components.get(other);
    if (!kept || group === groups.get(id) || told.some((one) => one.id === other)) return [];
    const edge = sharedEdge(mine, kept.state);
    return edge === null ? [] : [{ kind: 'sibling', id: other, relation: 'upstream', down: true, edge }];
  });
  return [...over, ...fallen.slice(0, room)];
}
