import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Language } from '../../infra/http/problem.js';
import { ErasedAddresses } from './erased-addresses.service.js';
import type { ListRow } from './list-rows.js';
import { SuppressionRows } from './suppression-rows.service.js';
import type { SuppressionReason } from './suppression.schema.js';
import { linkToken } from './tokens.js';

export type ConsentSource = 'form' | 'import' | 'person' | 'api';
export type SubscriptionState = 'pending' | 'confirmed' | 'unsubscribed';

/** Somebody who comes onto a list. */
export interface Joiner {
  /** As written. */
  readonly address: string;
  readonly addressKey: string;
  readonly name: string;
  readonly language: Language;
  readonly tags: readonly string[];
  readonly source: ConsentSource;
  readonly ip: string | null;
  /** When and where they agreed, if a person says so: then nobody asks them again. */
  readonly stated: { readonly at: Date; readonly detail: string } | null;
}

export interface Joined {
  readonly subscriberId: string;
  readonly before: SubscriptionState | null;
  readonly state: SubscriptionState;
  /** Nothing may be written there, not even the question; null = nothing stands against it. */
  readonly barred: SuppressionReason | null;
}

/** How people come onto a list, one at a time. Whoever is on it stays as they are; whoever left comes back only by agreeing anew. */
@Injectable()
export class SubscribingService {
  constructor(
    private readonly suppressions: SuppressionRows,
    private readonly erased: ErasedAddresses,
  ) {}

  async join(manager: EntityManager, list: ListRow, joiner: Joiner): Promise<Joined> {
    const bar = await this.barOf(manager, list, joiner.addressKey);
    const subscriberId = await this.known(manager, list, joiner);
    const before = await this.stateOf(manager, list.id, subscriberId);
    const barred = bar !== null && (!bar.isOwnDoing || joiner.stated !== null) ? bar.reason : null;
    if (barred !== null || before === 'confirmed') return { subscriberId, before, state: before ?? 'unsubscribed', barred };
    // Without a letter nobody proved that it is theirs: who is suppressed has to.
    const state = joiner.stated !== null || (!list.doubleOptIn && bar === null) ? 'confirmed' : 'pending';
    await this.write(manager, list, { joiner, subscriberId, state });
    return { subscriberId, before, state, barred: null };
  }

  /** Every key under which something may stand against this address. */
  async keysOf(manager: EntityManager, { workspaceId, kind }: Pick<ListRow, 'workspaceId' | 'kind'>, addressKey: string): Promise<readonly string[]> {
    const mark = await this.erased.mark(manager, workspaceId);
    return mark ? [addressKey, mark(kind, addressKey)] : [addressKey];
  }

  private async barOf(manager: EntityManager, list: ListRow, addressKey: string): ReturnType<SuppressionRows['reasonFor']> {
    return this.suppressions.reasonFor(manager, { ...list, keys: await this.keysOf(manager, list, addressKey) });
  }

  /** A form can be filled in by anybody, so what is known of somebody stays; only what is missing is added. */
  private async known(manager: EntityManager, { workspaceId, clientId, kind }: ListRow, { address, addressKey, name, language }: Joiner): Promise<string> {
    const [row] = await manager.query<{ id: string }[]>(
      `INSERT INTO subscribers AS p (id, workspace_id, client_id, kind, address, address_key, name, language, token) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (client_id, kind, address_key) DO UPDATE SET name = CASE WHEN p.name = '' THEN excluded.name ELSE p.name END RETURNING id`,
      [uuid(), workspaceId, clientId, kind, address, addressKey, name, language, linkToken()],
    );
    if (!row) throw new Error('An upsert answered no row.');
    return row.id;
  }

  /** Locked by the upsert before it: two sign-ups of one person come one after the other. */
  private async stateOf(manager: EntityManager, listId: string, subscriberId: string): Promise<SubscriptionState | null> {
    const [row] = await manager.query<{ state: SubscriptionState }[]>('SELECT state FROM subscriptions WHERE subscriber_id = $1 AND list_id = $2', [subscriberId, listId]);
    return row?.state ?? null;
  }

  private async write(manager: EntityManager, list: ListRow, { joiner, subscriberId, state }: { readonly joiner: Joiner; readonly subscriberId: string; readonly state: SubscriptionState }): Promise<void> {
    const { stated, ip, source, tags } = joiner;
    await manager.query(
      `INSERT INTO subscriptions AS s (subscriber_id, list_id, workspace_id, state, purpose, consent_version, consent_at, consent_ip, consent_source, confirmed_at, tags, confirm_token)
       VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, now()), $8, $9, CASE WHEN $4 = 'confirmed' THEN now() END, $10, $11)
       ON CONFLICT (subscriber_id, list_id) DO UPDATE SET
         state = excluded.state, purpose = excluded.purpose, consent_version = excluded.consent_version, consent_at = excluded.consent_at, consent_ip = excluded.consent_ip,
         consent_source = excluded.consent_source, confirmed_at = excluded.confirmed_at, ended_at = NULL,
         tags = ARRAY(SELECT DISTINCT unnest(s.tags || excluded.tags) ORDER BY 1), confirm_token = coalesce(s.confirm_token, excluded.confirm_token),
         asked_at = CASE WHEN s.state = 'unsubscribed' AND s.asked_at < now() - interval '15 minutes' THEN NULL ELSE s.asked_at END`,
      [subscriberId, list.id, list.workspaceId, state, list.purpose, list.consentVersion, stated?.at ?? null, ip, source, tags, state === 'pending' ? linkToken() : null],
    );
    await manager.query(
      `INSERT INTO consents (workspace_id, subscriber_id, list_id, deed, consent_version, source, ip, at, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, now()), $9)`,
      [list.workspaceId, subscriberId, list.id, stated ? 'stated' : state === 'confirmed' ? 'confirmed' : 'asked', list.consentVersion, source, ip, stated?.at ?? null, stated?.detail ?? null],
    );
  }
}
