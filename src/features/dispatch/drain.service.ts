import { Injectable } from '@nestjs/common';
import type { DueDelivery } from '../posts/dues.service.js';
import { DrainsService } from '../posts/drains.service.js';

/** Lets what is late out in its turn (DESIGN §6.8, §8). Whose turn it is the leader says: drain-rounds.service.ts. */
@Injectable()
export class DrainService {
  constructor(private readonly drains: DrainsService) {}

  /** @returns true = it is this delivery's turn; else it waits for it, with no bell and no slot. */
  async mayGo(due: Pick<DueDelivery, 'id' | 'version' | 'begun'>): Promise<boolean> {
    if (due.begun) return true; // a part is out: it only goes forward
    if (await this.drains.hasTurn(due.id)) return true;
    await this.drains.join(due);
    return false;
  }
}
