import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { problems } from '../../infra/http/problem.js';
import { OutletsService } from './outlets.service.js';

const fail = problems({
  'component-unknown': {
    status: 404,
    en: 'No channel of this installation uses this component. GET /api/v1/components lists those in use.',
    it: 'Nessun canale di questa installazione usa questo componente. GET /api/v1/components elenca quelli in uso.',
  },
});

/** Which components there are to speak of. */
@Injectable()
export class ComponentUses {
  constructor(private readonly outlets: OutletsService) {}

  /** @throws DomainError component-unknown (404): no channel of any workspace and no outlet is on it */
  async assertUsed(manager: EntityManager, componentId: string): Promise<void> {
    if (this.outlets.has(componentId)) return;
    const [used] = await manager.query<unknown[]>('SELECT 1 FROM channels WHERE component_id = $1 AND archived_at IS NULL LIMIT 1', [componentId]);
    if (used === undefined) throw fail('component-unknown');
  }
}
