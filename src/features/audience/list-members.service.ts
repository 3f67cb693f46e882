import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Caller } from '../../infra/http/access.js';
import { problems } from '../../infra/http/problem.js';
import { AuditService } from '../workspaces/audit.service.js';
import { keyOf, tidy } from './address.js';
import { fail as unknown } from './audience-problems.js';
import { ConfirmationLetters } from './confirmation-letters.service.js';
import { LeavingService } from './leaving.service.js';
import { ListsService } from './lists.service.js';
import { personById } from './person-rows.js';
import type { NewSubscriber, Subscriber, TagChange } from './subscriber.schema.js';
import { SubscribersService } from './subscribers.service.js';
import { type ConsentSource, SubscribingService } from './subscribing.service.js';
import { MOST_TAGS } from './tag.schema.js';

const fail = problems({
  'subscriber-suppressed': {
    status: 409,
    en: 'This address gets nothing here ({reason}). If they ask for it again, let them sign up themselves; or lift the entry in the suppression list, with a reason.',
    it: 'A questo indirizzo qui non si invia nulla ({reason}). Se lo chiede di nuovo, si iscriva da sé; oppure togli la voce dalla lista di esclusione, con un motivo.',
  },
  'consent-needed': {
    status: 422,
    en: 'A phone number cannot be asked by letter: say in `consent` where their consent comes from and when they gave it.',
    it: 'A un numero di telefono non si può chiedere per lettera: indica in `consent` da dove viene il consenso e quando è stato dato.',
  },
  'letters-not-yet': {
    status: 409,
    en: 'No letter goes to people outside before PUBLIC_URL is an https address. Ask the operator, or say in `consent` where their consent comes from.',
    it: 'Nessuna lettera parte verso l’esterno finché PUBLIC_URL non è un indirizzo https. Chiedi al gestore, oppure indica in `consent` da dove viene il consenso.',
  },
  'tags-too-many': { status: 422, en: `A subscriber carries at most ${MOST_TAGS} tags. Remove some first.`, it: `Un iscritto ha al massimo ${MOST_TAGS} etichette. Togline prima qualcuna.` },
});

const sourceOf = ({ actor }: Caller): ConsentSource => (actor.kind === 'key' ? 'api' : 'person');

/** Who is on a list, changed by the agency's people and programs. */
@Injectable()
export class ListMembersService {
  constructor(
    private readonly database: DataSource,
    private readonly lists: ListsService,
    private readonly subscribing: SubscribingService,
    private readonly letters: ConfirmationLetters,
    private readonly leaving: LeavingService,
    private readonly subscribers: SubscribersService,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError list-unknown (404), list-archived, subscriber-suppressed, letters-not-yet (409), email-invalid, phone-invalid, consent-needed (422) */
  async add(caller: Caller, listId: string, { address, name, language, tags, ip, consent }: NewSubscriber): Promise<Subscriber> {
    const { workspaceId, actor } = caller;
    return this.database.transaction(async (manager) => {
      const list = await this.lists.openRow(manager, workspaceId, listId);
      const addressKey = keyOf({ kind: list.kind, text: address, country: list.country });
      if (addressKey === null) throw unknown(list.kind === 'email' ? 'email-invalid' : 'phone-invalid', { value: address.slice(0, 80) });
      if (consent === null && list.kind === 'phone') throw fail('consent-needed');
      if (consent === null && !(await this.letters.mayAsk(manager, workspaceId))) throw fail('letters-not-yet');
      const stated = consent && { at: new Date(consent.at), detail: consent.source };
      // Nobody's own doing: whoever the agency adds without a stated consent is asked, whatever the list's form does.
      const { subscriberId, state, before, barred } = await this.subscribing.join(manager, { ...list, doubleOptIn: true }, {
        address: tidy(address), addressKey, name, language: language ?? list.language, tags, source: sourceOf(caller), ip, stated,
      });
      if (barred !== null) throw fail('subscriber-suppressed', { reason: barred });
      if (state === 'pending') await this.letters.ask(manager, subscriberId, listId);
      if (before !== 'confirmed') await this.audit.record(manager, { workspaceId, actor, action: 'subscriber.added', subject: 'subscriber', subjectId: subscriberId, details: { listId, state, consent: consent && { at: consent.at } } });
      return this.subscribers.read(workspaceId, subscriberId, manager);
    });
  }

  /** @throws DomainError list-unknown, subscriber-unknown (404), tags-too-many (422) */
  async tag({ workspaceId }: Caller, listId: string, { subscriberId, change }: { readonly subscriberId: string; readonly change: TagChange }): Promise<Subscriber> {
    return this.database.transaction(async (manager) => {
      await this.known(manager, workspaceId, { listId, subscriberId });
      const [[row]] = await manager.query<[{ count: number }[], number]>(
        `UPDATE subscriptions SET tags = ARRAY(SELECT DISTINCT tag FROM unnest(tags || $4::text[]) AS tag WHERE tag <> ALL ($5::text[]) ORDER BY tag)
          WHERE workspace_id = $1 AND list_id = $2 AND subscriber_id = $3 RETURNING cardinality(tags) AS count`,
        [workspaceId, listId, subscriberId, change.add, change.remove],
      );
      if (!row) throw unknown('subscriber-unknown');
      if (row.count > MOST_TAGS) throw fail('tags-too-many');
      return this.subscribers.read(workspaceId, subscriberId, manager);
    });
  }

  /** At somebody's wish that reached the agency another way. @throws DomainError list-unknown, subscriber-unknown (404) */
  async unsubscribe(caller: Caller, listId: string, subscriberId: string): Promise<Subscriber> {
    const { workspaceId, actor } = caller;
    return this.database.transaction(async (manager) => {
      await this.known(manager, workspaceId, { listId, subscriberId });
      const ended = await this.leaving.end(manager, { subscriberId, listIds: [listId], source: sourceOf(caller), ip: null });
      if (ended > 0) await this.audit.record(manager, { workspaceId, actor, action: 'subscriber.unsubscribed', subject: 'subscriber', subjectId: subscriberId, details: { listId } });
      return this.subscribers.read(workspaceId, subscriberId, manager);
    });
  }

  /** The letter once more, to somebody who has not answered; as rarely as by the form. @throws DomainError list-unknown, subscriber-unknown (404), letters-not-yet (409) */
  async askAgain({ workspaceId }: Caller, listId: string, subscriberId: string): Promise<Subscriber> {
    return this.database.transaction(async (manager) => {
      await this.known(manager, workspaceId, { listId, subscriberId });
      if (!(await this.letters.mayAsk(manager, workspaceId))) throw fail('letters-not-yet');
      const subscriber = await this.subscribers.read(workspaceId, subscriberId, manager);
      const isPending = subscriber.subscriptions.some((one) => one.listId === listId && one.state === 'pending');
      if (isPending) await this.letters.ask(manager, subscriberId, listId);
      return subscriber;
    });
  }

  /** Locks the person. */
  private async known(manager: EntityManager, workspaceId: string, { listId, subscriberId }: { readonly listId: string; readonly subscriberId: string }): Promise<void> {
    await this.lists.row(manager, workspaceId, listId);
    const person = await personById(manager, workspaceId, subscriberId);
    const rows = await manager.query<unknown[]>('SELECT 1 FROM subscriptions WHERE workspace_id = $1 AND list_id = $2 AND subscriber_id = $3', [workspaceId, listId, subscriberId]);
    if (!person || rows.length === 0) throw unknown('subscriber-unknown');
  }
}
