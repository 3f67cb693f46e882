import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Language } from '../../infra/http/problem.js';
import { Watch } from '../../infra/watch.js';
import { PENDING_DAYS } from './confirmation-letters.service.js';
import { SubscribingService, type SubscriptionState } from './subscribing.service.js';
import { SuppressionRows } from './suppression-rows.service.js';

/** What the page behind a confirmation letter shows. */
export interface ToConfirm {
  readonly subscriberId: string;
  readonly listId: string;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly kind: 'email' | 'phone';
  readonly addressKey: string;
  readonly address: string;
  readonly language: Language;
  readonly state: SubscriptionState;
  readonly list: string;
  readonly brand: string;
  readonly consentText: string;
  readonly textLanguage: Language;
}

const toConfirm = `SELECT p.id AS "subscriberId", l.id AS "listId", p.workspace_id AS "workspaceId", p.client_id AS "clientId", p.kind, p.address_key AS "addressKey", p.address, p.language,
    s.state, l.name AS list, c.name AS brand, t.text AS "consentText", t.language AS "textLanguage"
  FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id JOIN lists l ON l.id = s.list_id JOIN clients c ON c.id = l.client_id
  JOIN consent_texts t ON t.list_id = s.list_id AND t.version = s.consent_version
 WHERE s.confirm_token = $1 AND s.state <> 'unsubscribed' AND l.archived_at IS NULL AND c.archived_at IS NULL`;

/** The second half of signing up: the button on the page that the letter leads to. */
@Injectable()
export class ConfirmationsService implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly suppressions: SuppressionRows,
    private readonly subscribing: SubscribingService,
    private readonly watch: Watch,
  ) {}

  onModuleInit(): void {
    this.watch.hourly('people who never confirmed', () => this.forgetUnanswered());
  }

  /** Changes nothing. null = no such sign-up any more. */
  async peek(token: string): Promise<ToConfirm | null> {
    const [row] = await this.database.query<ToConfirm[]>(toConfirm, [token]);
    return row ?? null;
  }

  /** Pressed twice, it is one confirmation. null as `peek`. */
  async confirm(token: string, ip: string | null): Promise<ToConfirm | null> {
    return this.database.transaction(async (manager) => {
      const [row] = await manager.query<ToConfirm[]>(`${toConfirm} FOR UPDATE OF s`, [token]);
      if (!row) return null;
      if (row.state === 'pending') await this.write(manager, row, ip);
      return row;
    });
  }

  private async write(manager: EntityManager, { subscriberId, listId, ...person }: ToConfirm, ip: string | null): Promise<void> {
    await manager.query(`UPDATE subscriptions SET state = 'confirmed', confirmed_at = now() WHERE subscriber_id = $1 AND list_id = $2`, [subscriberId, listId]);
    await manager.query(
      `INSERT INTO consents (workspace_id, subscriber_id, list_id, deed, consent_version, source, ip, at)
       SELECT workspace_id, subscriber_id, list_id, 'confirmed', consent_version, 'form', $3, now() FROM subscriptions WHERE subscriber_id = $1 AND list_id = $2`,
      [subscriberId, listId, ip],
    );
    await this.suppressions.liftOwn(manager, { ...person, keys: await this.subscribing.keysOf(manager, person, person.addressKey) });
  }

  /** Who did not answer within 30 days was perhaps never here: their address is not ours to keep. */
  async forgetUnanswered(): Promise<void> {
    await this.database.transaction(async (manager) => {
      await manager.query(
        `WITH over AS (DELETE FROM subscriptions WHERE state = 'pending' AND consent_at < now() - make_interval(days => $1) AND (asked_at IS NULL OR asked_at < now() - make_interval(days => $1)) RETURNING subscriber_id),
              alone AS (SELECT DISTINCT o.subscriber_id FROM over o WHERE NOT EXISTS (
                SELECT FROM subscriptions s WHERE s.subscriber_id = o.subscriber_id AND NOT (s.state = 'pending' AND s.consent_at < now() - make_interval(days => $1))))
         DELETE FROM subscribers WHERE id IN (SELECT subscriber_id FROM alone) AND erased_at IS NULL`,
        [PENDING_DAYS],
      );
      await manager.query(`DELETE FROM sign_up_tries WHERE at < now() - interval '1 hour'`);
    });
  }
}
