import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type Person, personByToken } from './person-rows.js';
import type { ConsentSource } from './subscribing.service.js';
import { SuppressionRows } from './suppression-rows.service.js';

/** What the unsubscribe page shows. */
export interface Leaver {
  readonly person: Person;
  /** The list they leave; null = all of this brand's. */
  readonly list: { readonly id: string; readonly name: string } | null;
}

interface Ended {
  readonly subscriberId: string;
  /** null = all. */
  readonly listIds: readonly string[] | null;
  readonly source: ConsentSource;
  readonly ip: string | null;
}

/** How people leave: at once, by one press or one POST, without a question. */
@Injectable()
export class LeavingService {
  constructor(
    private readonly database: DataSource,
    private readonly suppressions: SuppressionRows,
  ) {}

  /** Changes nothing. null = nobody's link. */
  async peek(token: string, listId: string | null): Promise<Leaver | null> {
    const person = await personByToken(this.database.manager, token, { lock: false });
    return person && this.leaver(this.database.manager, person, listId);
  }

  /** Off this list; without one, off every list of this brand, and onto its suppression list. Twice is once. */
  async leave(token: string, listId: string | null, ip: string | null): Promise<Leaver | null> {
    return this.database.transaction(async (manager) => {
      const person = await personByToken(manager, token, { lock: true });
      const leaver = person && (await this.leaver(manager, person, listId));
      if (!leaver) return null;
      await this.end(manager, { subscriberId: leaver.person.subscriberId, listIds: leaver.list && [leaver.list.id], source: 'form', ip });
      if (!leaver.list) await this.suppressions.add(manager, { ...leaver.person, reason: 'unsubscribed' });
      return leaver;
    });
  }

  /** Ends subscriptions, each with its line of proof. The person is locked. Answers how many there were. */
  async end(manager: EntityManager, { subscriberId, listIds, source, ip }: Ended): Promise<number> {
    const rows = await manager.query<unknown[]>(
      `WITH ended AS (
         UPDATE subscriptions SET state = 'unsubscribed', ended_at = now()
          WHERE subscriber_id = $1 AND ($2::uuid[] IS NULL OR list_id = ANY($2)) AND state <> 'unsubscribed' RETURNING workspace_id, subscriber_id, list_id, consent_version)
       INSERT INTO consents (workspace_id, subscriber_id, list_id, deed, consent_version, source, ip, at)
       SELECT workspace_id, subscriber_id, list_id, 'unsubscribed', consent_version, $3, $4, now() FROM ended RETURNING id`,
      [subscriberId, listIds, source, ip],
    );
    return rows.length;
  }

  /** A list of another brand is none. */
  private async leaver(manager: EntityManager, person: Person, listId: string | null): Promise<Leaver | null> {
    if (listId === null) return { person, list: null };
    const [list] = await manager.query<{ id: string; name: string }[]>('SELECT id, name FROM lists WHERE client_id = $1 AND id = $2', [person.clientId, listId]);
    return list ? { person, list } : null;
  }
}
