import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Language } from '../../infra/http/problem.js';
import { LeavingService } from './leaving.service.js';
import { type Person, personByToken } from './person-rows.js';
import { SubscribingService } from './subscribing.service.js';
import { SuppressionRows } from './suppression-rows.service.js';

/** A list somebody may choose. */
export interface Choice {
  readonly listId: string;
  readonly name: string;
  readonly purpose: string;
  readonly consentText: string;
  readonly textLanguage: Language;
  readonly isOn: boolean;
}

export interface Preferences {
  readonly person: Person;
  readonly choices: readonly Choice[];
  /** Only the brand can undo what stands against writing to them. */
  readonly isBarred: boolean;
}

export interface Chosen {
  readonly listIds: readonly string[];
  readonly language: Language;
}

/** What somebody gets, as they choose it themselves: whoever holds the link of their own mails is them. */
@Injectable()
export class PreferencesService {
  constructor(
    private readonly database: DataSource,
    private readonly leaving: LeavingService,
    private readonly subscribing: SubscribingService,
    private readonly suppressions: SuppressionRows,
  ) {}

  /** Changes nothing. null = nobody's link. */
  async read(token: string): Promise<Preferences | null> {
    const person = await personByToken(this.database.manager, token, { lock: false });
    return person && this.of(this.database.manager, person);
  }

  /** Ticked lists come, the others go; with none left, nothing of this brand goes to them any more. */
  async choose(token: string, { listIds, language }: Chosen, ip: string | null): Promise<Preferences | null> {
    return this.database.transaction(async (manager) => {
      const person = await personByToken(manager, token, { lock: true });
      if (!person) return null;
      const { choices } = await this.of(manager, person);
      const wanted = (choice: Choice): boolean => listIds.includes(choice.listId);
      const off = choices.filter((choice) => !wanted(choice));
      await manager.query('UPDATE subscribers SET language = $2 WHERE id = $1', [person.subscriberId, language]);
      await this.leaving.end(manager, { subscriberId: person.subscriberId, listIds: off.map(({ listId }) => listId), source: 'form', ip });
      await this.come(manager, person, { listIds: choices.filter((choice) => wanted(choice) && !choice.isOn).map(({ listId }) => listId), ip });
      const addressed = { ...person, keys: await this.subscribing.keysOf(manager, person, person.addressKey) };
      if (off.length === choices.length) await this.suppressions.add(manager, { ...person, reason: 'unsubscribed' });
      else await this.suppressions.liftOwn(manager, addressed);
      return this.of(manager, { ...person, language });
    });
  }

  /** Their own lists, and those everybody may sign up to; a list for the few is shown to those who were on it. */
  private async of(manager: EntityManager, person: Person): Promise<Preferences> {
    const addressed = { ...person, keys: await this.subscribing.keysOf(manager, person, person.addressKey) };
    const reason = await this.suppressions.reasonFor(manager, addressed);
    const choices = await manager.query<Choice[]>(
      `SELECT l.id AS "listId", l.name, l.purpose, l.consent_text AS "consentText", l.language AS "textLanguage", coalesce(s.state = 'confirmed', false) AND $4 AS "isOn"
         FROM lists l LEFT JOIN subscriptions s ON s.list_id = l.id AND s.subscriber_id = $3
        WHERE l.client_id = $1 AND l.kind = $2 AND l.archived_at IS NULL AND (l.signup_open OR s.subscriber_id IS NOT NULL) ORDER BY lower(l.name), l.id`,
      [person.clientId, person.kind, person.subscriberId, reason === null],
    );
    return { person, choices, isBarred: reason !== null && !reason.isOwnDoing };
  }

  /** The link came by mail, so the mailbox is proved: no second letter. */
  private async come(manager: EntityManager, { subscriberId }: Person, { listIds, ip }: { readonly listIds: readonly string[]; readonly ip: string | null }): Promise<void> {
    await manager.query(
      `WITH come AS (
         INSERT INTO subscriptions AS s (subscriber_id, list_id, workspace_id, state, purpose, consent_version, consent_at, consent_ip, consent_source, confirmed_at)
         SELECT $1, l.id, l.workspace_id, 'confirmed', l.purpose, l.consent_version, now(), $3, 'form', now() FROM lists l WHERE l.id = ANY($2::uuid[])
         ON CONFLICT (subscriber_id, list_id) DO UPDATE SET state = 'confirmed', purpose = excluded.purpose, consent_version = excluded.consent_version, consent_at = now(),
           consent_ip = excluded.consent_ip, consent_source = 'form', confirmed_at = now(), ended_at = NULL
         RETURNING workspace_id, subscriber_id, list_id, consent_version)
       INSERT INTO consents (workspace_id, subscriber_id, list_id, deed, consent_version, source, ip, at)
       SELECT workspace_id, subscriber_id, list_id, 'confirmed', consent_version, 'form', $3, now() FROM come`,
      [subscriberId, listIds, ip],
    );
  }
}
