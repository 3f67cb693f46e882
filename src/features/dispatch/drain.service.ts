import { Inject, Injectable } from '@nestjs/common';
import { defaultLatePace, lateGate } from '../../core/drain.js';
import type { Times } from '../../core/times.js';
import { ClaimsService } from '../posts/claims.service.js';
import type { DueDelivery } from '../posts/dues.service.js';
import { LatesService } from '../posts/lates.service.js';
import { TIMES } from '../../core/times.js';

/** Lets what is late out one after the other (DESIGN §6.8, §8). Who may not go yet is held for its pace. */
@Injectable()
export class DrainService {
  constructor(
    private readonly lates: LatesService,
    private readonly claims: ClaimsService,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** @returns true = the channel's turn is this delivery's. */
  async mayGo(due: DueDelivery): Promise<boolean> {
    const { pace, plannedAt } = await this.lates.surroundings(due);
    const gate = lateGate(
      { dueAt: due.dueAt, released: due.released, pace: { ...defaultLatePace, ...pace }, plannedAt, day: { zone: due.zone, from: due.dayFrom, to: due.dayTo } },
      due.readAt,
      this.times,
    );
    const waitMs = gate.kind === 'go' ? await this.lates.takeTurn(due.channelId, due.id, gate.gapMs) : gate.until - due.readAt;
    if (waitMs <= 0) return true;
    await this.claims.hold({ ...due, hold: 'pace', until: due.readAt + waitMs, reason: { code: 'pace' } });
    return false;
  }
}
