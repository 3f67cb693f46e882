import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { UsedComponent } from '../channels/channel-components.service.js';
import { MaintenancesService } from './maintenances.service.js';
import { OfficialService } from './official.service.js';

/** Takes over what the platforms' pages announce; the leader's work. */
@Injectable()
export class AnnouncementsService {
  /** By component, as last written. */
  private readonly written = new Map<string, string>();

  constructor(
    private readonly official: OfficialService,
    private readonly maintenances: MaintenancesService,
    private readonly database: DataSource,
  ) {}

  /** @param guard throws where another leads by now */
  async round(used: readonly UsedComponent[], guard: (manager: EntityManager) => Promise<void>): Promise<void> {
    for (const { id } of used) {
      const announced = this.official.announced(id);
      const said = JSON.stringify(announced);
      if (this.written.get(id) === said || (announced.list.length === 0 && !announced.isWhole)) continue;
      await this.database.transaction(async (manager) => {
        await guard(manager);
        await this.maintenances.announced(manager, id, announced);
      });
      this.written.set(id, said);
    }
  }

  /** Another may have written meanwhile. */
  forget(): void {
    this.written.clear();
  }
}
