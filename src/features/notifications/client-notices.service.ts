import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { isInside, nextOpening } from '../../core/day.js';
import { Clock } from '../../infra/clock.js';
import type { Actor, Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { editedMeanwhile, type Language, problems } from '../../infra/http/problem.js';
import { IncidentsService } from '../incidents/incidents.service.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { arrivals, ClientNoticeLetters } from './client-notice-letters.service.js';
import { ClientNoticeSender } from './client-notice-sender.service.js';
import { ClientNoticeSettingsService } from './client-notice-settings.service.js';
import { ClientNoticeWriter, type WrittenNotice } from './client-notice-writer.service.js';
import type { ClientNotice, ClientNoticeEdit, ClientNoticeQuery } from './client-notice.schema.js';
import { hourIn } from './incident-words.js';

const fail = problems({
  'client-notice-unknown': {
    status: 404,
    en: 'There is no such notice to a client in this workspace. `GET /client-notices` lists them.',
    it: 'In questo workspace non c’è questo avviso a un cliente. `GET /client-notices` li elenca.',
  },
  'client-notice-decided': {
    status: 409,
    en: 'This notice was sent or dropped already, so nothing can be changed in it.',
    it: 'Questo avviso è già stato inviato o scartato, quindi non si può più modificare.',
  },
  'client-notice-over': {
    status: 409,
    en: 'The outage is over, so its beginning is not told any more. Drop this notice.',
    it: 'Il disservizio è finito, quindi non se ne annuncia più l’inizio. Scarta questo avviso.',
  },
  'client-notice-again': {
    status: 409,
    en: 'The platform is down again, so its end is not told now. Send this once the outage is over.',
    it: 'La piattaforma è di nuovo guasta, quindi ora non se ne annuncia la fine. Invia questo avviso quando il disservizio sarà finito.',
  },
  'client-notice-changed': {
    status: 409,
    en: 'Things have changed since this was written, so it was written anew. Read it again, and send it if it fits.',
    it: 'La situazione è cambiata da quando questo avviso è stato scritto, quindi è stato riscritto. Rileggilo, e invialo se va bene.',
  },
  'client-notice-moot': {
    status: 409,
    en: 'Nothing of this client is touched by the outage now. Drop this notice, or write in it what you want to say.',
    it: 'Ora il disservizio non riguarda nulla di questo cliente. Scarta questo avviso, oppure scrivici quello che vuoi dire.',
  },
  'client-notice-nobody': {
    status: 409,
    en: 'This client has no e-mail address to write to. Enter one in its contacts.',
    it: 'Questo cliente non ha un indirizzo e-mail a cui scrivere. Inseriscine uno nei suoi contatti.',
  },
  'client-notice-night': {
    status: 409,
    en: 'It is not this client’s day now, and nobody is written to at night. Send it from {opening} on, or call.',
    it: 'Ora non è la giornata di questo cliente, e di notte non si scrive a nessuno. Invialo da {opening} in poi, oppure telefona.',
  },
  ...editedMeanwhile,
});

const Key = z.tuple([z.iso.datetime({ offset: true }), z.uuid()]);
const columns = `n.id, n.incident_id AS "incidentId", n.client_id AS "clientId", c.name AS "clientName", n.kind, n.state, n.subject, n.text, n.version,
  n.decided_at AS "decidedAt", n.decided_by AS "decidedBy", n.dropped_for AS "droppedFor", ${arrivals} AS addresses, to_json(n.decided_at) #>> '{}' AS key`;

interface Row extends Omit<ClientNotice, 'decidedAt' | 'decidedBy'> {
  readonly decidedAt: Date;
  readonly decidedBy: Actor | null;
  readonly key: string;
}

type Anew = { readonly kind: 'as-it-stands' | 'moot' } | { readonly kind: 'fresh'; readonly notice: WrittenNotice; readonly hasChanged: boolean };

/** What clients were told, and what waits for a manager's yes. */
@Injectable()
export class ClientNoticesService {
  constructor(
    private readonly database: DataSource,
    private readonly incidents: IncidentsService,
    private readonly clients: ClientsService,
    private readonly settings: ClientNoticeSettingsService,
    private readonly sender: ClientNoticeSender,
    private readonly letters: ClientNoticeLetters,
    private readonly writer: ClientNoticeWriter,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  async list(workspaceId: string, { limit, cursor, state, incidentId, clientId }: ClientNoticeQuery): Promise<Page<ClientNotice>> {
    const after = decodeCursor(cursor, Key);
    const rows = await this.database.query<Row[]>(
      `SELECT ${columns} FROM client_notices n JOIN clients c ON c.id = n.client_id
        WHERE n.workspace_id = $1 AND ($2::timestamptz IS NULL OR (n.decided_at, n.id) < ($2, $3::uuid))
          AND ($4::text IS NULL OR n.state = $4) AND ($5::uuid IS NULL OR n.incident_id = $5) AND ($6::uuid IS NULL OR n.client_id = $6)
        ORDER BY n.decided_at DESC, n.id DESC LIMIT $7`,
      [workspaceId, after?.[0] ?? null, after?.[1] ?? null, state ?? null, incidentId ?? null, clientId ?? null, limit + 1],
    );
    const { items, next } = toPage(rows, limit, (row) => [row.key, row.id]);
    return { items: items.map(shape), next };
  }

  /** @throws DomainError client-notice-unknown (404) */
  async read(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<ClientNotice> {
    const rows = await manager.query<Row[]>(`SELECT ${columns} FROM client_notices n JOIN clients c ON c.id = n.client_id WHERE n.workspace_id = $1 AND n.id = $2`, [workspaceId, id]);
    if (!rows[0]) throw fail('client-notice-unknown');
    return shape(rows[0]);
  }

  /** Rewrites one that waits; as it stands it is sent. @throws DomainError client-notice-unknown (404), edited-meanwhile, client-notice-decided (409) */
  async edit(caller: Caller, id: string, { version, subject, text }: ClientNoticeEdit): Promise<ClientNotice> {
    return this.database.transaction(async (manager) => {
      await this.lock(manager, caller.workspaceId, id, version);
      await manager.query('UPDATE client_notices SET subject = coalesce($3, subject), text = coalesce($4, text), is_edited = true, version = version + 1 WHERE workspace_id = $1 AND id = $2', [
        caller.workspaceId, id, subject ?? null, text ?? null,
      ]);
      await this.record(manager, caller, id, 'client-notice.edited');
      return this.read(caller.workspaceId, id, manager);
    });
  }

  /**
   * A manager's yes: to what was read, so what we would write otherwise by now is to be read first. The time of the next word
   * alone is no reason.
   * @throws DomainError client-notice-unknown (404), edited-meanwhile, client-notice-decided, -over, -again, -nobody, -night, -moot, -changed (409): `-changed` with the new `version`, `subject` and `text`
   */
  async send(caller: Caller, id: string, version: number): Promise<ClientNotice> {
    const { workspaceId } = caller;
    const anew = await this.writtenAnew(workspaceId, id);
    const changed = await this.database.transaction(async (manager) => {
      const notice = await this.lock(manager, workspaceId, id, version);
      const client = await this.clients.read(workspaceId, notice.clientId, manager);
      const [now, day] = [this.clock.now(), { zone: client.zone, ...client.day }];
      if (notice.kind === 'opening' && notice.isOver) throw fail('client-notice-over');
      if (notice.kind === 'end' && !notice.isOver) throw fail('client-notice-again');
      if (client.contacts.emails.length === 0) throw fail('client-notice-nobody');
      if (!isInside(day, now)) {
        const opens = new Date(nextOpening(day, now));
        const said = (language: Language): string => `${hourIn(opens, client.zone, language)} (${client.zone})`;
        throw fail('client-notice-night', { opening: { en: said('en'), it: said('it') } });
      }
      const { manager: contact } = await this.settings.read(workspaceId, client.id, manager);
      if (anew.kind === 'moot') throw fail('client-notice-moot');
      if (anew.kind === 'fresh') await this.rewrite(manager, id, anew.notice);
      if (anew.kind === 'fresh' && anew.hasChanged) return { version: version + 1, subject: anew.notice.subject, text: anew.notice.text };
      const { subject, text } = anew.kind === 'fresh' ? anew.notice : notice;
      await this.decide(manager, caller, id, 'sent');
      const sender = await this.sender.of(workspaceId, client.id, { contact, incidentId: notice.incidentId });
      await this.letters.send(manager, { id, workspaceId, client, sender, subject, text, now });
      return null;
    });
    if (changed) throw fail('client-notice-changed', {}, changed);
    return this.read(workspaceId, id);
  }

  /** A manager's no. @throws DomainError client-notice-unknown (404), edited-meanwhile, client-notice-decided (409) */
  async drop(caller: Caller, id: string, version: number): Promise<ClientNotice> {
    return this.database.transaction(async (manager) => {
      await this.lock(manager, caller.workspaceId, id, version);
      await this.decide(manager, caller, id, 'dropped');
      return this.read(caller.workspaceId, id, manager);
    });
  }

  /** What we would write now, unless a person wrote it. */
  private async writtenAnew(workspaceId: string, id: string): Promise<Anew> {
    const [row] = await this.database.query<(Pick<Row, 'incidentId' | 'clientId' | 'kind' | 'subject' | 'text'> & { readonly nextWordAt: Date | null })[]>(
      `SELECT incident_id AS "incidentId", client_id AS "clientId", kind, subject, text, next_word_at AS "nextWordAt" FROM client_notices
        WHERE workspace_id = $1 AND id = $2 AND state = 'shown' AND NOT is_edited`,
      [workspaceId, id],
    );
    const incident = row ? await this.incidents.whole(row.incidentId) : null;
    if (!row || !incident) return { kind: 'as-it-stands' };
    const [client, settings] = [await this.clients.read(workspaceId, row.clientId), await this.settings.read(workspaceId, row.clientId)];
    const to = { workspaceId, client, incident, settings, kind: row.kind, now: this.clock.now() };
    const [notice, asShown] = [await this.writer.write(to), await this.writer.write({ ...to, nextWordAt: row.nextWordAt ?? undefined })];
    if (!notice || !asShown) return { kind: 'moot' };
    return { kind: 'fresh', notice, hasChanged: asShown.subject !== row.subject || asShown.text !== row.text };
  }

  private async rewrite(manager: EntityManager, id: string, { subject, text, componentIds, since, nextWordAt }: WrittenNotice): Promise<void> {
    await manager.query(
      'UPDATE client_notices SET subject = $2, text = $3, component_ids = $4, since = $5, next_word_at = $6, version = version + 1 WHERE id = $1', [id, subject, text, componentIds, since, nextWordAt]);
  }

  private async decide(manager: EntityManager, caller: Caller, id: string, state: 'sent' | 'dropped'): Promise<void> {
    await manager.query(
      'UPDATE client_notices SET state = $3, decided_at = now(), decided_by = $4, version = version + 1 WHERE workspace_id = $1 AND id = $2',
      [caller.workspaceId, id, state, JSON.stringify(caller.actor)],
    );
    await this.record(manager, caller, id, `client-notice.${state}`);
  }

  private async lock(manager: EntityManager, workspaceId: string, id: string, version: number): Promise<Row & { readonly isOver: boolean }> {
    const [row] = await manager.query<(Row & { readonly isOver: boolean })[]>(
      `SELECT ${columns}, i.state = 'closed' AS "isOver" FROM client_notices n JOIN clients c ON c.id = n.client_id JOIN incidents i ON i.id = n.incident_id
        WHERE n.workspace_id = $1 AND n.id = $2 FOR UPDATE OF n`,
      [workspaceId, id],
    );
    if (!row) throw fail('client-notice-unknown');
    if (row.state !== 'shown') throw fail('client-notice-decided');
    if (row.version !== version) throw fail('edited-meanwhile', {}, { version: row.version });
    return row;
  }

  private async record(manager: EntityManager, { workspaceId, actor }: Caller, id: string, action: string): Promise<void> {
    await this.audit.record(manager, { workspaceId, actor, action, subject: 'client-notice', subjectId: id });
  }
}

function shape({ key: _key, decidedAt, decidedBy, ...row }: Row): ClientNotice {
  return { ...row, decidedAt: decidedAt.toISOString(), decidedBy: decidedBy?.name ?? null };
}
