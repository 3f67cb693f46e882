import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Found } from '../../core/outcome.js';
import type { Times } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import { OutcomesService } from '../posts/outcomes.service.js';
import { type Sampled, VerificationsService } from '../posts/verifications.service.js';
import { EvidenceService } from './evidence.service.js';
import { partOf } from './flight.js';
import { TIMES } from '../../core/times.js';
import { WorldsService } from './worlds.service.js';

const LOOKS_AT_ONCE = 10;
/** Looks in a row that saw nothing before it counts as gone; looks that told nothing count as well, and end it unseen. */
const LOOKS_NEEDED = 2;
const LOOKS_AT_MOST = 5;
const WINDOW_BEFORE_MS = 120_000;

/** Reads back a sample of what was published: "accepted but nowhere to be seen" is an outage too (DESIGN §6.7). */
@Injectable()
export class VerifierService {
  private readonly logger = new Logger(VerifierService.name);

  constructor(
    private readonly verifications: VerificationsService,
    private readonly worlds: WorldsService,
    private readonly outcomes: OutcomesService,
    private readonly evidence: EvidenceService,
    private readonly clock: Clock,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** @returns how many were looked at. */
  async round(): Promise<number> {
    const due = await this.verifications.claim(LOOKS_AT_ONCE, this.times.leaseMs);
    await Promise.all(due.map((sampled) => this.look(sampled).catch((error: unknown) => this.logger.warn(`Reading back ${sampled.id}: ${String(error)}`))));
    return due.length;
  }

  private async look(sampled: Sampled): Promise<void> {
    const aboard = await this.worlds.board(sampled, { ageMs: this.clock.startAge(), requestMs: this.times.requestMs });
    if ('locked' in aboard || !aboard.connector.find) return this.verifications.close(sampled.id, null);
    const since = sampled.intentAt - WINDOW_BEFORE_MS;
    const others = new Set([...(await this.outcomes.taken(sampled.channelId, since))].filter((id) => id !== sampled.remoteId));
    const found = await aboard.connector
      .find(partOf(sampled), aboard.account, { ...aboard.world, window: { since, taken: others } })
      .catch((error: unknown): Found => ({ kind: 'unknown', detail: String(error) }));
    if (found.kind !== 'unknown') this.evidence.readBack(sampled, { ok: found.kind === 'found', app: aboard.connector.app?.(aboard.account) ?? null });
    switch (found.kind) {
      case 'found':
        return this.verifications.close(sampled.id, true);
      case 'absent':
        return sampled.looks + 1 >= LOOKS_NEEDED ? this.verifications.vanished(sampled) : this.verifications.again(sampled.id, this.times.absencesApartMs);
      case 'unknown':
        return sampled.looks >= LOOKS_AT_MOST ? this.verifications.close(sampled.id, null) : this.verifications.again(sampled.id, this.times.absencesApartMs * 5);
    }
  }
}
