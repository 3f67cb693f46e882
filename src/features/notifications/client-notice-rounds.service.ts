import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { isInside } from '../../core/day.js';
import type { Instant } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Loop } from '../../infra/loop.js';
import { IncidentsService } from '../incidents/incidents.service.js';
import type { Client } from '../workspaces/client.schema.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { ClientNoticeLetters, lettersOf } from './client-notice-letters.service.js';
import { ClientNoticeSettingsService } from './client-notice-settings.service.js';
import { ClientNoticeWriter, type ToWrite, type WrittenNotice } from './client-notice-writer.service.js';
import type { ClientNoticeKind, ClientNoticeSettings, DroppedFor } from './client-notice.schema.js';
import { NoticesService } from './notices.service.js';

const everyMs = 10_000;
/** After that the end is no news. */
const NEWS = `interval '3 days'`;
/** Written side by side. */
const atOnce = 4;

/** An opening none of whose letters came to anybody, and not because their addresses were refused: it is told anew. */
const isLapsed = (n: string): string => `(${n}.kind = 'opening' AND ${n}.state = 'sent' AND
  (SELECT bool_and(l.state IN ('dropped', 'failed')) AND bool_or(l.state = 'dropped' OR l.refusals = '{}') FROM letters l
    WHERE l.workspace_id = ${n}.workspace_id AND l.created_at >= ${n}.decided_at AND starts_with(l.once, 'client-notice:' || ${n}.id || ':')) IS TRUE)`;

interface Candidate {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly incidentId: string;
  readonly kind: ClientNoticeKind;
  /** No letter of its beginning left, and none will: the end needs no writing to, nor the client's day. */
  readonly isLost: boolean;
}

/** Tells clients, twice in all: that something of theirs is touched, and what became of it. In their day, and only those who were touched. */
@Injectable()
export class ClientNoticeRounds implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ClientNoticeRounds.name);
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly incidents: IncidentsService,
    private readonly clients: ClientsService,
    private readonly settings: ClientNoticeSettingsService,
    private readonly writer: ClientNoticeWriter,
    private readonly letters: ClientNoticeLetters,
    private readonly notices: NoticesService,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.loop = new Loop('Notices to clients', everyMs, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Answers how many notices were written, sent or shown. */
  async round(): Promise<number> {
    const now = this.clock.now();
    if (await this.isCopy()) return 0;
    await this.dropMoot(now);
    const candidates = [...(await this.openings()), ...(await this.ends(now))];
    let count = 0;
    for (let from = 0; from < candidates.length; from += atOnce) {
      const done = await Promise.all(candidates.slice(from, from + atOnce).map((candidate) => this.tell(candidate, now).catch((error: unknown) => {
        this.logger.warn(`The notice to client ${candidate.clientId} could not be written; tried again in ${everyMs / 1_000} s: ${String(error)}`);
        return false;
      })));
      count += done.filter(Boolean).length;
    }
    return count;
  }

  /** Until somebody confirms a restored or copied installation, the other one may be the one that speaks to clients. */
  private async isCopy(): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(`SELECT 1 FROM installation WHERE paused_at IS NOT NULL AND pause_reason <> 'operator'`);
    return rows.length > 0;
  }

  private async openings(): Promise<readonly Candidate[]> {
    const found: Candidate[] = [];
    for (const { id: incidentId, state } of await this.incidents.open()) {
      if (state !== 'open') continue;
      const touched = await this.incidents.touched(incidentId);
      const tellable = await this.untold(incidentId, touched.map(({ clientId }) => clientId));
      found.push(...touched.filter(({ clientId }) => tellable.has(clientId)).map(({ workspaceId, clientId }) => ({ workspaceId, clientId, incidentId, kind: 'opening' as const, isLost: false })));
    }
    return found;
  }

  /** Those who were not told of this incident yet, and are to be: the others are not looked at again and again. */
  private async untold(incidentId: string, clientIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.database.query<{ id: string }[]>(
      `SELECT c.id FROM clients c LEFT JOIN client_notice_settings s ON s.client_id = c.id
        WHERE c.id = ANY($2::uuid[]) AND c.archived_at IS NULL AND s.mode IS DISTINCT FROM 'off' AND jsonb_array_length(c.contacts -> 'emails') > 0
          AND NOT EXISTS (SELECT 1 FROM client_notices n WHERE n.incident_id = $1 AND n.client_id = c.id AND n.kind = 'opening' AND NOT ${isLapsed('n')})`,
      [incidentId, clientIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Of those who were told the beginning, whatever became of their posts and channels since. */
  private async ends(now: Instant): Promise<readonly Candidate[]> {
    const rows = await this.database.query<Omit<Candidate, 'kind'>[]>(
      `SELECT n.workspace_id AS "workspaceId", n.client_id AS "clientId", n.incident_id AS "incidentId",
              NOT EXISTS (SELECT 1 FROM letters l WHERE ${lettersOf('n')} AND (l.state IN ('sent', 'waiting') OR l.sending_until IS NOT NULL)) AS "isLost"
         FROM client_notices n JOIN incidents i ON i.id = n.incident_id AND i.state = 'closed' AND i.closed_at > to_timestamp($1 / 1000.0) - ${NEWS}
        WHERE n.kind = 'opening' AND n.state = 'sent'
          AND NOT EXISTS (SELECT 1 FROM client_notices e WHERE e.incident_id = n.incident_id AND e.client_id = n.client_id AND e.kind = 'end')
        ORDER BY n.decided_at, n.id LIMIT 2000`,
      [now],
    );
    return rows.map((row) => ({ ...row, kind: 'end' as const }));
  }

  /** Nobody said yes in time: of what is over a client who knows of nothing is told nothing, and after three days it is no news. */
  private async dropMoot(now: Instant): Promise<void> {
    await this.database.query(
      `UPDATE client_notices n SET state = 'dropped', dropped_for = 'nobody-decided', version = n.version + 1, decided_at = now() FROM incidents i
        WHERE i.id = n.incident_id AND i.state = 'closed' AND n.state = 'shown' AND (n.kind = 'opening' OR i.closed_at <= to_timestamp($1 / 1000.0) - ${NEWS})`,
      [now],
    );
  }

  private async tell({ workspaceId, clientId, incidentId, kind, isLost }: Candidate, now: Instant): Promise<boolean> {
    const client = await this.clients.read(workspaceId, clientId);
    const settings = await this.settings.read(workspaceId, clientId);
    const silence = silenceOf(client, settings);
    if (kind === 'opening' && silence !== null) return false;
    if (silence === null && !isLost && !isInside({ zone: client.zone, ...client.day }, now)) return false;
    const incident = await this.incidents.whole(incidentId);
    if (incident?.state !== (kind === 'opening' ? 'open' : 'closed')) return false; // it has moved since
    const to: ToWrite = { workspaceId, client, incident, settings, kind, now };
    const notice = await this.writer.write(to);
    return notice !== null && this.database.transaction((manager) => this.keep(manager, to, notice));
  }

  /** @returns false when another process was first, or when it is an end that is told to nobody: that stands there as dropped, and is not looked at again */
  private async keep(manager: EntityManager, { workspaceId, client, incident, settings, kind, now }: ToWrite, notice: WrittenNotice): Promise<boolean> {
    const isShown = settings.mode === 'show-first';
    const id = uuid();
    const rows = await manager.query<unknown[]>(
      `INSERT INTO client_notices (id, incident_id, client_id, workspace_id, kind, state, subject, text, component_ids, since, next_word_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       ON CONFLICT (incident_id, client_id, kind) DO UPDATE SET id = excluded.id, state = excluded.state, subject = excluded.subject, text = excluded.text,
           component_ids = excluded.component_ids, since = excluded.since, next_word_at = excluded.next_word_at, is_edited = false, version = 1, decided_at = now(), decided_by = NULL
         WHERE ${isLapsed('client_notices')}
       RETURNING 1`,
      [id, incident.id, client.id, workspaceId, kind, isShown ? 'shown' : 'sent', notice.subject, notice.text, notice.componentIds, notice.since, notice.nextWordAt],
    );
    if (rows.length === 0) return false;
    // It was over once before anything went out: now there is an end to tell again.
    if (kind === 'opening') await manager.query(`DELETE FROM client_notices WHERE incident_id = $1 AND client_id = $2 AND kind = 'end' AND state = 'dropped' AND decided_by IS NULL`, [incident.id, client.id]);
    if (kind === 'end') {
      const wasNeverSent = await this.letters.wasNeverSent(manager, incident.id, client);
      const droppedFor = silenceOf(client, settings) ?? (wasNeverSent ? 'beginning-not-told' : null);
      if (droppedFor !== null) {
        await manager.query(`UPDATE client_notices SET state = 'dropped', dropped_for = $2 WHERE id = $1`, [id, droppedFor]);
        return false;
      }
    }
    if (isShown) {
      await this.notices.tell(manager, [
        { workspaceId, kind: 'client-notice', matter: `client-notice:${id}`, fold: 'never', params: { count: 1, clientId: client.id, client: client.name, platforms: notice.platforms, isMaintenance: incident.kind === 'maintenance', incidentId: incident.id } },
      ]);
    } else {
      await this.letters.send(manager, { id, workspaceId, client, sender: notice.sender, subject: notice.subject, text: notice.text, now });
    }
    return true;
  }
}

/** Why a client is told nothing; null = it is told. */
function silenceOf({ contacts, archivedAt }: Client, { mode }: ClientNoticeSettings): DroppedFor | null {
  if (archivedAt !== null) return 'archived';
  if (mode === 'off') return 'switched-off';
  return contacts.emails.length === 0 ? 'no-address' : null;
}
