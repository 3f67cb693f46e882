import { join } from 'node:path';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { partsOf } from '../../core/component.js';
import { toldCause } from '../../core/told-cause.js';
import type { Signal } from '../../core/signal.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Outgoing } from '../../infra/http/outgoing.js';
import type { UsedComponent } from '../channels/channel-components.service.js';
import type { OfficialWords } from './health.events.js';
import { type Announced, type Evidence, evidenceOf } from './status/evidence.js';
import { OWN_SOURCES, OwnSources } from './status/own-sources.js';
import { isDue, poll, type Polled } from './status/poll.js';
import type { StatusSource } from './status/source.schema.js';
import { builtInSources, speaksOf } from './status/sources.js';

export interface Announcements {
  readonly list: readonly (Announced & { readonly url: string })[];
  /** Every page answered and could be read whole: what it announced before and does not any more is called off. */
  readonly isWhole: boolean;
}

/** What the platforms say of themselves: supports, never decides (DESIGN §7). */
@Injectable()
export class OfficialService {
  private readonly logger = new Logger('Official');
  private readonly own: OwnSources;
  private readonly polled = new Map<string, Polled>();
  private sources: readonly StatusSource[] = builtInSources;

  constructor(
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
    @Inject(CONFIG) config: Pick<Config, 'DATA_DIR'>,
  ) {
    this.own = new OwnSources(join(config.DATA_DIR, OWN_SOURCES), (mistakes) => {
      for (const mistake of mistakes) this.logger.error(`${OWN_SOURCES} in DATA_DIR is not used: ${mistake}`);
    });
  }

  /** Asks the pages that are due, of platforms in use. Never throws. */
  async round(used: readonly UsedComponent[]): Promise<void> {
    this.sources = await this.own.current();
    const sources = this.sources.filter((source) => used.some(({ connectorId, host }) => speaksOf(source, connectorId, host)));
    const due = new Map(sources.filter((source) => isDue(this.polled.get(keyOf(source)) ?? null, this.clock.now())).map((source) => [keyOf(source), source]));
    await Promise.all([...due].map(async ([key, source]) => {
      this.polled.set(key, await poll(source, this.polled.get(key) ?? null, { road: this.outgoing, now: () => this.clock.now() }));
    }));
  }

  signals(componentId: string): readonly Signal[] {
    const evidence = this.evidence(componentId);
    if (evidence.length === 0) return [];
    const says = evidence.map((one) => one.says.publish.kind);
    const words = this.words(componentId);
    return [{ kind: 'status', level: says.includes('major') ? 'major' : says.includes('minor') ? 'minor' : 'none', cause: words ? toldCause(words.text) : null }];
  }

  /** What the platform says is wrong, in its own words; undefined = none of its pages answered. */
  words(componentId: string): OfficialWords | null | undefined {
    const evidence = this.evidence(componentId).map(({ says }) => says.publish);
    if (evidence.every(({ kind }) => kind === 'unknown')) return undefined;
    const [incident] = ['major', 'minor'].flatMap((kind) => evidence.flatMap((one) => (one.kind === kind && 'incident' in one && one.incident ? [one.incident] : [])));
    return incident ? { text: incident.words || incident.title, url: incident.url, at: new Date(incident.updatedAt ?? incident.startedAt ?? this.clock.now()).toISOString() } : null;
  }

  /** Maintenance that its pages announce, to come or going on. */
  announced(componentId: string): Announcements {
    const pages = this.pages(componentId);
    return {
      list: pages.flatMap(({ source, polled }) =>
        polled ? evidenceOf(polled.report, source, this.clock.now()).announced.filter(({ capabilities }) => capabilities.includes('publish')).map((one) => ({ ...one, url: new URL(source.url).origin })) : []),
      isWhole: pages.every(({ polled }) => polled !== null && polled.report.kind !== 'broken' && polled.report.doubts.length === 0),
    };
  }

  private evidence(componentId: string): readonly Evidence[] {
    return this.pages(componentId).flatMap(({ source, polled }) => (polled ? [evidenceOf(polled.report, source, this.clock.now())] : []));
  }

  private pages(componentId: string): readonly { readonly source: StatusSource; readonly polled: Polled | null }[] {
    const { platform, host } = partsOf(componentId);
    return this.sources.filter((source) => speaksOf(source, platform, host)).map((source) => ({ source, polled: this.polled.get(keyOf(source)) ?? null }));
  }
}

/** Several platforms share a page, which is asked once. */
function keyOf({ format, url }: StatusSource): string {
  return `${format} ${url}`;
}
