import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ReadinessService } from '../library/readiness.service.js';
import { SendersService } from './senders.service.js';

/** What this room knows of how ready a client is: whether its sender may write to people, and whether mail servers know it. */
@Injectable()
export class SenderReadiness implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly senders: SendersService,
    private readonly readiness: ReadinessService,
  ) {}

  onModuleInit(): void {
    this.readiness.register('sender', async (workspaceId, clientId) => {
      const sender = await this.senders.ofClient(this.database.manager, workspaceId, clientId);
      const state = sender === null ? 'none' : sender.verifiedAt === null ? 'unverified' : sender.pausedAt === null ? 'verified' : 'paused';
      return { kind: 'sender', state };
    });
    this.readiness.register('warm', async (workspaceId, clientId) => {
      const [row]: { days: number | null }[] = await this.database.query(
        `SELECT floor(extract(epoch FROM now() - max(ended_at)) / 86400)::int AS days FROM broadcasts WHERE workspace_id = $1 AND client_id = $2 AND purpose = 'issue' AND state = 'sent' AND recipients > 0`,
        [workspaceId, clientId],
      );
      return { kind: 'warm', daysSince: row?.days ?? null };
    });
  }
}
