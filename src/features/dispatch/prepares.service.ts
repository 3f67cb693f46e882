import { Inject, Injectable, Logger } from '@nestjs/common';
import { connectorById } from '../../connectors/registry.js';
import type { Prepared } from '../../connectors/connector.js';
import { afterSetback } from '../../core/retry.js';
import { MINUTE_MS } from '../../core/instant.js';
import type { Times } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { scrub } from '../../infra/scrub.js';
import { ChannelStatesService } from '../channels/channel-states.service.js';
import type { DueDelivery } from '../posts/dues.service.js';
import type { Flight } from '../posts/flight.schema.js';
import { PreparationsService } from '../posts/preparations.service.js';
import { ComponentSlots, PREPARES_PER_COMPONENT } from './component-slots.js';
import { partOf } from './flight.js';
import { TIMES } from '../../core/times.js';
import { WorldsService } from './worlds.service.js';

const MOST_WAITS = 40;
/** Of one upload. A platform that takes longer is asked again with what was kept. */
const UPLOAD_MS = 5 * MINUTE_MS;

/** Everything repeatable and invisible before the visible request: own renewable lease, no intent (DESIGN §5). */
@Injectable()
export class PreparesService {
  private readonly logger = new Logger(PreparesService.name);
  private readonly slots = new ComponentSlots(PREPARES_PER_COMPONENT);
  private readonly stopping = new AbortController();

  constructor(
    private readonly preparations: PreparationsService,
    private readonly worlds: WorldsService,
    private readonly channels: ChannelStatesService,
    private readonly heartbeat: Heartbeat,
    private readonly clock: Clock,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** Lets go of what is on its way at once; the next process makes it again, with what was kept. */
  stop(): void {
    this.stopping.abort();
  }

  /** The early bell: makes ready what can be, says nothing of what cannot; the due bell asks again. */
  async ahead(deliveryId: string): Promise<void> {
    const flight = await this.preparations.take(deliveryId, this.heartbeat.workerId, this.times.leaseMs);
    if (!flight) return;
    if (!this.slots.take(flight.componentId)) return this.preparations.giveBack(flight.id, this.heartbeat.workerId);
    const prepared = await this.prepare(flight).finally(() => this.slots.giveBack(flight.componentId));
    if (prepared.kind !== 'ready') this.logger.debug(`Delivery ${deliveryId} is not ready yet: ${prepared.kind}`);
  }

  /** At the due bell. @returns false = not ready; what happens next is written already. */
  async makeReady(due: DueDelivery): Promise<boolean> {
    const connector = connectorById(due.connectorId);
    if (!connector.prepare || !due.hasMedia) return true;
    const flight = await this.preparations.take(due.id, this.heartbeat.workerId, this.times.leaseMs);
    if (!flight) {
      // The early bell's work is still going on, here or in another process.
      await this.preparations.later(due, this.times.paceMs);
      return false;
    }
    const prepared = await this.prepare(flight);
    if (prepared.kind === 'ready') return true;
    if (prepared.kind === 'wait') {
      await this.preparations.later(due, prepared.at - this.clock.now());
      return false;
    }
    const detail = scrub(prepared.detail).slice(0, 500);
    if (prepared.kind === 'unauthorized') await this.channels.markChecking(due.channelId, detail);
    // Nothing was visible: what would be uncertain of a commit is only unavailable here.
    const setback = prepared.kind === 'uncertain' ? { kind: 'unavailable' as const, detail } : prepared;
    const now = this.clock.now();
    if (setback.kind === 'local') this.logger.warn(`Delivery ${due.id} could not be made ready, and it is us: ${detail}`);
    const next = afterSetback(setback, flight, { now, jitter: Math.random(), times: this.times });
    await this.preparations.setBack(due, { next, now, setback: { ...setback, detail } });
    return false;
  }

  private async prepare(flight: Flight): Promise<Prepared> {
    const age = this.clock.startAge();
    const renewal = setInterval(() => void this.renew(flight.id), this.times.leaseMs / 3);
    try {
      const prepared = await this.ask(flight, age);
      // Cut short by ourselves: that says nothing of platform or account.
      return this.stopping.signal.aborted && prepared.kind !== 'ready' ? { kind: 'wait', at: this.clock.now() } : prepared;
    } finally {
      clearInterval(renewal);
      await this.preparations.giveBack(flight.id, this.heartbeat.workerId);
    }
  }

  private async renew(deliveryId: string): Promise<void> {
    await this.preparations.renew(deliveryId, this.heartbeat.workerId, this.times.leaseMs).catch((error: unknown) => this.logger.warn(`Preparing ${deliveryId}: ${String(error)}`));
  }

  private async ask(flight: Flight, age: () => number): Promise<Prepared> {
    // No intent, so no claim that could grow too old; a film may take its time.
    const aboard = await this.worlds.board(flight, { ageMs: () => 0, requestMs: UPLOAD_MS, signal: this.stopping.signal });
    if ('locked' in aboard) return { kind: 'local', detail: aboard.locked };
    const { connector, account, world } = aboard;
    if (!connector.prepare) return { kind: 'ready' };
    try {
      for (let i = 0; i < MOST_WAITS; i += 1) {
        const prepared = await connector.prepare(partOf(flight), account, world);
        if (prepared.kind !== 'wait' || prepared.at - this.clock.now() > this.times.earlyMs || age() > this.times.claimAgeMs) return prepared;
        await this.clock.sleep(Math.max(50, prepared.at - this.clock.now()), world.signal);
      }
      return { kind: 'wait', at: this.clock.now() + this.times.paceMs };
    } catch (error) {
      return { kind: 'local', detail: `the connector threw: ${String(error)}` };
    }
  }
}
