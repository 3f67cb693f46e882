import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DAY_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { ReadinessService } from '../library/readiness.service.js';
import { SendersService } from './senders.service.js';
import { Warmth } from './warmth.service.js';

/** What this room knows of how ready a client is: whether its sender may write to people, and whether mail servers know it. */
@Injectable()
export class SenderReadiness implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly senders: SendersService,
    private readonly readiness: ReadinessService,
    private readonly warmth: Warmth,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.readiness.register('sender', async (workspaceId, clientId) => {
      const sender = await this.senders.ofClient(this.database.manager, workspaceId, clientId);
      const state = sender === null ? 'none' : sender.verifiedAt === null ? 'unverified' : sender.pausedAt === null ? 'verified' : 'paused';
      return { kind: 'sender', state };
    });
    this.readiness.register('warm', async (workspaceId, clientId) => {
      const lastAt = await this.warmth.lastToCovering(this.database.manager, { workspaceId, clientId });
      return { kind: 'warm', daysSince: lastAt === null ? null : Math.floor((this.clock.now() - lastAt) / DAY_MS) };
    });
  }
}
