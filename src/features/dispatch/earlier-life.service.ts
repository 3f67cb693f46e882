import { Inject, Injectable } from '@nestjs/common';
import type { Instant } from '../../core/instant.js';
import type { Found } from '../../core/outcome.js';
import { afterSetback } from '../../core/retry.js';
import { TIMES, type Times } from '../../core/times.js';
import { connectorById } from '../../connectors/registry.js';
import { Clock } from '../../infra/clock.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { scrub } from '../../infra/scrub.js';
import { ClaimsService } from '../posts/claims.service.js';
import type { DueDelivery } from '../posts/dues.service.js';
import type { Flight } from '../posts/flight.schema.js';
import { OutcomesService } from '../posts/outcomes.service.js';
import { PreparationsService } from '../posts/preparations.service.js';
import { partOf } from './flight.js';
import { WorldsService } from './worlds.service.js';

/**
 * After a restore: what was planned before it may have been moved forward and published since the backup was made, and
 * stands here at its old time. It is looked for by its words, so what is found may be another post that says the same:
 * a person decides, and nothing counts as published by itself.
 */
@Injectable()
export class EarlierLifeService {
  constructor(
    private readonly preparations: PreparationsService,
    private readonly worlds: WorldsService,
    private readonly outcomes: OutcomesService,
    private readonly claims: ClaimsService,
    private readonly heartbeat: Heartbeat,
    private readonly clock: Clock,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** @returns false = it is there, or nobody can tell yet; what happens next is written already. */
  async hasNot(due: DueDelivery, since: Instant): Promise<boolean> {
    if (!connectorById(due.connectorId).find) return true;
    const flight = await this.preparations.take(due.id, this.heartbeat.workerId, this.times.leaseMs);
    if (!flight) {
      await this.preparations.later(due, this.times.paceMs);
      return false;
    }
    try {
      return await this.conclude(due, flight, await this.look(flight, since));
    } finally {
      await this.preparations.giveBack(flight.id, this.heartbeat.workerId);
    }
  }

  private async conclude(due: DueDelivery, flight: Flight, found: Found): Promise<boolean> {
    switch (found.kind) {
      case 'absent':
        return true;
      case 'found':
        await this.claims.hold({ ...due, hold: 'ask', until: null, reason: { code: 'perhaps-out', detail: scrub(found.url ?? found.remoteId).slice(0, 500) } });
        return false;
      case 'unknown': {
        const now = this.clock.now();
        const setback = { kind: 'unavailable' as const, detail: scrub(found.detail).slice(0, 500) };
        await this.preparations.setBack(due, { next: afterSetback(setback, flight, { now, jitter: Math.random(), times: this.times }), now, setback });
        return false;
      }
    }
  }

  private async look(flight: Flight, since: Instant): Promise<Found> {
    try {
      const aboard = await this.worlds.board(flight, { ageMs: () => 0, requestMs: this.times.requestMs });
      if ('locked' in aboard) return { kind: 'unknown', detail: aboard.locked };
      const window = { since, taken: await this.outcomes.taken(flight.channelId, since), byOthers: true as const };
      return (await aboard.connector.find?.(partOf(flight), aboard.account, { ...aboard.world, window })) ?? { kind: 'absent' };
    } catch (error) {
      return { kind: 'unknown', detail: `looking for it failed: ${String(error)}` };
    }
  }
}
