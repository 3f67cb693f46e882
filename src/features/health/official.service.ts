import { Injectable } from '@nestjs/common';
import { partsOf } from '../../core/component.js';
import { DAY_MS } from '../../core/instant.js';
import type { Signal } from '../../core/signal.js';
import { Clock } from '../../infra/clock.js';
import { Outgoing } from '../../infra/http/outgoing.js';
import type { UsedComponent } from '../channels/channel-components.service.js';
import { type Evidence, evidenceOf } from './status/evidence.js';
import { isDue, poll, type Polled } from './status/poll.js';
import type { StatusSource } from './status/source.schema.js';
import { builtInSources, speaksOf } from './status/sources.js';

/** An announced maintenance without an end counts for a day at most. */
const OPEN_END_MS = DAY_MS;

/** What the platforms say of themselves: supports, never decides (DESIGN §7). */
@Injectable()
export class OfficialService {
  private readonly polled = new Map<string, Polled>();

  constructor(
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
  ) {}

  /** Asks the pages that are due, of platforms in use. Never throws. */
  async round(used: readonly UsedComponent[]): Promise<void> {
    const sources = builtInSources.filter((source) => used.some(({ connectorId, host }) => speaksOf(source, connectorId, host)));
    const due = new Map(sources.filter((source) => isDue(this.polled.get(keyOf(source)) ?? null, this.clock.now())).map((source) => [keyOf(source), source]));
    await Promise.all([...due].map(async ([key, source]) => {
      this.polled.set(key, await poll(source, this.polled.get(key) ?? null, { road: this.outgoing, now: () => this.clock.now() }));
    }));
  }

  signals(componentId: string): readonly Signal[] {
    const evidence = this.evidence(componentId);
    if (evidence.length === 0) return [];
    const says = evidence.map((one) => one.says.publish.kind);
    const planned = evidence.flatMap((one) => one.announced).filter(({ capabilities }) => capabilities.includes('publish'))
      .toSorted((one, other) => one.from - other.from)[0];
    return [
      { kind: 'status', level: says.includes('major') ? 'major' : says.includes('minor') ? 'minor' : 'none', cause: null },
      { kind: 'maintenance', planned: planned ? { from: planned.from, to: planned.to ?? planned.from + OPEN_END_MS } : null },
    ];
  }

  private evidence(componentId: string): readonly Evidence[] {
    const { platform, host } = partsOf(componentId);
    return builtInSources.filter((source) => speaksOf(source, platform, host)).flatMap((source) => {
      const polled = this.polled.get(keyOf(source));
      return polled ? [evidenceOf(polled.report, source, this.clock.now())] : [];
    });
  }
}

/** Several platforms share a page, which is asked once. */
function keyOf({ format, url }: StatusSource): string {
  return `${format} ${url}`;
}
