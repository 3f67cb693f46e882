import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { TIMES, type Times } from '../../core/times.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import { hasWaiting, isOpen, mayGo } from './open-broadcasts.service.js';
import type { NewsletterReason } from './told.schema.js';

/** Of what people are told. */
export interface ToldBroadcast {
  readonly id: string;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly channelId: string;
  readonly postId: string;
}
export const TOLD_COLUMNS = `b.id, b.workspace_id AS "workspaceId", b.client_id AS "clientId", b.channel_id AS "channelId", b.post_id AS "postId"`;

interface News {
  readonly kind: 'newsletter.waiting' | 'newsletter.ended';
  readonly cause: NewsletterReason;
  /** How many wait, or went without. */
  readonly count: number;
  /** The mail server's words, or what is wrong here. */
  readonly detail?: string;
  readonly params?: Readonly<Record<string, number>>;
}

const waiting = `(SELECT count(*)::int FROM recipients r WHERE r.broadcast_id = b.id AND r.state = 'waiting') AS count`;

/** What people are told of newsletters: that one waits, once, and that one ended without everybody (invariant 5). */
@Injectable()
export class BroadcastNews {
  constructor(
    private readonly database: DataSource,
    private readonly facts: FactWriter,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** All of the client that could go if it were not for this, each once. */
  async waits(manager: EntityManager, clientId: string, { cause, detail }: { readonly cause: 'away' | 'stuck' | 'warm-up'; readonly detail?: string }): Promise<void> {
    const [rows]: [(ToldBroadcast & { readonly count: number })[], number] = await manager.query(
      `UPDATE broadcasts b SET wait_told = true WHERE b.client_id = $1 AND ${isOpen} AND NOT b.wait_told AND ${mayGo} AND ${hasWaiting} RETURNING ${TOLD_COLUMNS}, ${waiting}`, [clientId]);
    for (const { count, ...row } of rows) await this.tell(manager, row, { kind: 'newsletter.waiting', cause, count, ...(detail !== undefined && { detail }) });
  }

  /** Those whose sender was verified when they were taken, and is not any more. @param hasServer the installation has a mail server of its own */
  async waitForSenders(hasServer: boolean): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rows]: [(ToldBroadcast & { readonly count: number })[], number] = await manager.query(
        `UPDATE broadcasts b SET wait_told = true FROM senders s, workspaces w
          WHERE s.client_id = b.client_id AND s.verified_at IS NULL AND w.id = b.workspace_id AND w.kind = 'live' AND ($2 OR s.sealed_smtp_url IS NOT NULL)
            AND ${isOpen} AND NOT b.wait_told AND b.frozen_at < now() - $1 * interval '1 ms' AND ${hasWaiting} RETURNING ${TOLD_COLUMNS}, ${waiting}`, [this.times.untoldMs, hasServer]);
      for (const { count, ...row } of rows) await this.tell(manager, row, { kind: 'newsletter.waiting', cause: 'unverified', count });
    });
  }

  async tell(manager: EntityManager, { id, workspaceId, clientId, channelId, postId }: ToldBroadcast, { kind, cause, count, detail, params }: News): Promise<void> {
    const reason = { code: `newsletter-${cause}`, ...(detail !== undefined && { detail }), ...(params && { params }) };
    await this.facts.write(manager, [{ kind, workspaceId, subjectId: id, payload: { clientId, channelId, postId, reason, count, ...(kind === 'newsletter.ended' && { got: params?.['got'] ?? 0 }) } }]);
  }
}
