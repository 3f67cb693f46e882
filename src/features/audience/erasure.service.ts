import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Actor, Caller } from '../../infra/http/access.js';
import { Outbox } from '../../infra/mail/outbox.js';
import { AuditService } from '../workspaces/audit.service.js';
import { fail } from './audience-problems.js';
import { ErasedAddresses } from './erased-addresses.service.js';
import { type Person, personById, personByToken } from './person-rows.js';
import { PersonalSources } from './personal-sources.service.js';
import { isOwnDoing, SuppressionRows } from './suppression-rows.service.js';
import type { SuppressionReason } from './suppression.schema.js';
import { linkToken } from './tokens.js';

const themselves: Actor = { kind: 'system', id: 'own-link', name: 'The person, by the link in their mail' };

/** Erasing one person: what names them goes, here and in every room; a keyed hash stays, so that nobody imports them again. */
@Injectable()
export class ErasureService {
  constructor(
    private readonly database: DataSource,
    private readonly sources: PersonalSources,
    private readonly suppressions: SuppressionRows,
    private readonly erased: ErasedAddresses,
    private readonly outbox: Outbox,
    private readonly audit: AuditService,
  ) {}

  /** By their own link. null = nobody's. */
  async byToken(token: string): Promise<Person | null> {
    return this.database.transaction(async (manager) => {
      const person = await personByToken(manager, token, { lock: true });
      if (person) await this.erase(manager, person, themselves);
      return person;
    });
  }

  /** @throws DomainError subscriber-unknown (404) */
  async byId({ workspaceId, actor }: Caller, id: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const person = await personById(manager, workspaceId, id);
      if (!person) throw fail('subscriber-unknown');
      await this.erase(manager, person, actor);
    });
  }

  private async erase(manager: EntityManager, person: Person, actor: Actor): Promise<void> {
    const { workspaceId, clientId, subscriberId, kind, address } = person;
    await this.sources.erase(manager, person);
    await this.outbox.forget(manager, { workspaceId, address, about: 'sign-up' });
    await this.hide(manager, person);
    await manager.query(
      `UPDATE subscriptions SET state = 'unsubscribed', ended_at = coalesce(ended_at, now()), consent_ip = NULL, confirm_token = NULL, tags = '{}' WHERE subscriber_id = $1`,
      [subscriberId],
    );
    await manager.query('UPDATE consents SET ip = NULL, detail = NULL WHERE subscriber_id = $1', [subscriberId]);
    await manager.query(
      `UPDATE subscribers SET address = '', address_key = 'erased:' || id, name = '', token = $2, erased_at = now() WHERE id = $1`,
      [subscriberId, linkToken()],
    );
    // Neither the address nor its hash: the audit log is for everybody of the workspace.
    await this.audit.record(manager, { workspaceId, actor, action: 'subscriber.erased', subject: 'subscriber', subjectId: subscriberId, details: { clientId, kind } });
  }

  /** What stood against the address stands against its hash now, with its reason; the workspace's own entries are another matter and stay. */
  private async hide(manager: EntityManager, { workspaceId, clientId, kind, addressKey }: Person): Promise<void> {
    const mark = (await this.erased.makeMark(manager, workspaceId))(kind, addressKey);
    const [[former]] = await manager.query<[{ reason: SuppressionReason }[], number]>(
      'DELETE FROM suppressions WHERE workspace_id = $1 AND client_id = $2 AND kind = $3 AND address_key = $4 RETURNING reason',
      [workspaceId, clientId, kind, addressKey],
    );
    await this.suppressions.add(manager, { workspaceId, clientId, kind, addressKey: mark, reason: 'erased' });
    if (former && !isOwnDoing(former.reason)) await this.suppressions.add(manager, { workspaceId, clientId, kind, addressKey: mark, reason: former.reason });
  }
}
