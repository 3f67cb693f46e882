import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ReadinessService } from '../library/readiness.service.js';
import { DutiesService } from './duties.service.js';

/** What this room knows of how ready a client is: whether somebody is set on duty for it. */
@Injectable()
export class DutyReadiness implements OnModuleInit {
  constructor(
    private readonly duties: DutiesService,
    private readonly readiness: ReadinessService,
  ) {}

  onModuleInit(): void {
    this.readiness.register('duty', async (workspaceId, clientId) => ({ kind: 'duty', people: (await this.duties.read(workspaceId, clientId)).userIds.length }));
  }
}
