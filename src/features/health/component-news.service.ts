import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type DetectorState, initial } from '../../core/detector-state.js';
import type { Instant } from '../../core/instant.js';
import { firstSeenAt, observed } from '../../core/observed.js';
import { story, verdict } from '../../core/story.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import { Metrics } from '../../infra/metrics.js';
import type { Kept, Said } from './component-rows.service.js';
import type { ComponentChanged, Upstream } from './health.events.js';
import { OfficialService } from './official.service.js';
import { OutletsService } from './outlets.service.js';

/** A change of what is said of a component, and the seconds it took. */
export interface News {
  readonly fact: ComponentChanged;
  /** What is said from now on; null = the component is used no more. */
  readonly said: Said | null;
  /** From the first evidence to down. */
  readonly detectionS: number | null;
  /** From down to its end. */
  readonly outageS: number | null;
}

/** Tells the rooms to the right what is said of components, as the fact `component.changed`. */
@Injectable()
export class ComponentNews {
  private readonly logger = new Logger('ComponentNews');

  constructor(
    private readonly official: OfficialService,
    private readonly outlets: OutletsService,
    private readonly facts: FactWriter,
    private readonly metrics: Metrics,
  ) {}

  /** What is new in these against what was said of them last. */
  of(before: ReadonlyMap<string, Kept>, after: ReadonlyMap<string, Kept>): ReadonlyMap<string, News> {
    const news = new Map<string, News>();
    const tell = (id: string, make: () => News | null): void => {
      try {
        const one = make();
        if (one) news.set(id, one);
      } catch (error) {
        this.logger.error(`What is new of ${id} could not be told; of all others it is. Please report this: ${error instanceof Error ? error.stack : String(error)}`);
      }
    };
    for (const [id, kept] of after) tell(id, () => this.changed(id, kept, before.get(id)?.state));
    for (const [id, kept] of before) if (!after.has(id)) tell(id, () => this.takenBack(id, kept));
    return news;
  }

  /** In the transaction that writes the verdicts. */
  async write(manager: EntityManager, news: ReadonlyMap<string, News>): Promise<void> {
    await this.facts.write(manager, [...news.values()].map(({ fact }) => ({ kind: 'component.changed', workspaceId: null, subjectId: null, payload: { ...fact } })));
  }

  /** Once it is committed. */
  measure(news: ReadonlyMap<string, News>): void {
    for (const { detectionS, outageS } of news.values()) {
      if (detectionS !== null) this.metrics.detection.observe(detectionS);
      if (outageS !== null) this.metrics.outage.observe(outageS);
    }
  }

  private changed(id: string, kept: Kept, old: DetectorState | undefined): News | null {
    const said = this.sayingOf(id, kept);
    if (isSame(said, kept.said)) return null;
    const fell = said.state === 'down' && kept.said.state !== 'down' && kept.state.phase === 'down' && old?.phase !== 'down';
    const rose = old?.phase === 'down' && kept.state.phase === 'recovering';
    const first = firstSeenAt(kept.state);
    const endedAt = old === undefined ? null : endOf(old, kept.state);
    return {
      fact: this.fact(id, kept, said, endedAt), said,
      detectionS: fell && first !== null ? Math.max(0, kept.state.since - first) / 1_000 : null,
      outageS: rose ? Math.max(0, (endedAt ?? kept.state.since) - old.since) / 1_000 : null,
    };
  }

  /** Nobody uses it any more: what was said of it is taken back, or it would be down for ever. */
  private takenBack(id: string, kept: Kept): News | null {
    if (isSame(unsaid, kept.said)) return null;
    const unknown = { ...kept, state: { ...initial(kept.state.config), at: kept.state.at, since: kept.state.at } };
    return { fact: this.fact(id, unknown, unsaid, null), said: null, detectionS: null, outageS: null };
  }

  private sayingOf(id: string, { state, said }: Kept): Said {
    const told = verdict(state);
    const calm = told.state === 'up' || told.state === 'unknown';
    // A page that did not answer has taken nothing back.
    const words = calm ? null : this.official.words(id);
    return {
      state: told.state, media: verdict(state, 'media').state, kind: state.kind, impaired: told.impaired && told.state === 'unknown',
      official: words === undefined ? said.official : words,
      // One of those on it may be back before the others: what they fell by is still the same.
      upstream: calm ? null : ((told.state === 'down' ? upstreamOf(state) : null) ?? said.upstream ?? null),
    };
  }

  private fact(id: string, { state, said: before }: Kept, said: Said, endedAt: Instant | null): ComponentChanged {
    const { since, kind, by, cause, confidence } = story(state);
    // An operator's word, a doubt of ours, text that falls after media: the phase is as old as it was, what is said is new.
    const isPhase = said.media === state.phase && !(before.kind === 'media' && kind !== 'media' && said.state === 'down');
    const at = isPhase && since > 0 ? (endedAt ?? since) : state.at;
    return {
      componentId: id, platform: this.outlets.platformOf(id),
      from: before.state, to: said.state, media: said.media, impaired: said.impaired,
      at: new Date(at).toISOString(), firstAt: new Date(Math.min(firstSeenAt(state) ?? at, at)).toISOString(),
      kind, by, cause, confidence, evidence: observed(state), official: said.official, upstream: said.upstream ?? null,
    };
  }
}

/** Of a component nobody has judged. */
export const unsaid: Said = { state: 'unknown', media: 'unknown', kind: null, impaired: false, official: null, upstream: null };

function upstreamOf({ siblings }: DetectorState): Upstream | null {
  const edge = siblings.findLast((one) => one.edge !== undefined)?.edge;
  return edge === undefined ? null : { edge, with: siblings.filter((one) => one.edge === edge).map(({ id }) => id) };
}

/** When an outage that is believed to be over ended: with the first of the good signs, not with the last that it took. null = none ended now. */
function endOf(before: DetectorState, { phase, since }: DetectorState): Instant | null {
  if (before.phase !== 'down' || phase !== 'recovering') return null;
  return Math.min(before.signs[0] ?? since, since);
}

function isSame(one: Said, other: Said): boolean {
  return one.state === other.state && one.media === other.media && one.kind === other.kind && one.impaired === other.impaired
    && one.official?.text === other.official?.text && one.official?.url === other.official?.url
    && one.upstream?.edge === other.upstream?.edge;
}
