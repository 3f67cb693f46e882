import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Connector, Look } from '../../connectors/connector.js';
import { connectors } from '../../connectors/registry.js';
import { componentId } from '../../core/component.js';
import { storable } from '../../infra/facts/fact-writer.js';
import type { Caller } from '../../infra/http/access.js';
import type { DomainError } from '../../infra/http/problem.js';
import { checkRules } from '../../infra/http/rule-errors.js';
import { registerSecret } from '../../infra/scrub.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { AccountSeal } from './account-seal.js';
import { ChannelLooksService } from './channel-looks.service.js';
import { CHANNEL_COLUMNS, type ChannelRow, toChannel } from './channel-row.js';
import { ChannelStatesService } from './channel-states.service.js';
import type { Channel, ConnectChannel, EditChannel, ReconnectChannel } from './channel.schema.js';
import { fail } from './channels.problems.js';

type GoodLook = Extract<Look, { kind: 'ok' }>;

interface Tried {
  readonly account: unknown;
  readonly host: string;
  readonly look: GoodLook;
  readonly session: string | null;
}

/** Connects, edits and puts away channels. Credentials are tried out before anything is stored. */
@Injectable()
export class ConnectingService {
  constructor(
    private readonly database: DataSource,
    private readonly accounts: AccountSeal,
    private readonly looks: ChannelLooksService,
    private readonly states: ChannelStatesService,
    private readonly clients: ClientsService,
    private readonly audit: AuditService,
  ) {}

  async connect(caller: Caller, asked: ConnectChannel): Promise<Channel> {
    const client = await this.clients.read(caller.workspaceId, asked.clientId);
    if (client.archivedAt !== null) throw fail('client-archived', { name: client.name });
    const connector = connectorOf(asked.connectorId);
    const tried = await this.#tryOut(connector, asked.account, { ...caller, clientId: asked.clientId });
    const id = uuid();
    const place = { id, workspaceId: caller.workspaceId };
    return this.database.transaction(async (manager) => {
      await this.#refuseTwice(manager, { ...place, connector, tried });
      const rows: ChannelRow[] = await manager.query(
        `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, url, host, component_id, sealed_account, sealed_session,
                session_version, learned, looked_at, healthy_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, now(), now(), $13) RETURNING ${CHANNEL_COLUMNS}`,
        [
          id, caller.workspaceId, asked.clientId, connector.id, asked.name ?? tried.look.accountName.slice(0, 120), tried.look.url, tried.host,
          componentId(connector.id, 'publish', tried.host), this.accounts.sealAccount(place, connector, tried.account),
          tried.session === null ? null : this.accounts.sealSession(place, tried.session), tried.session === null ? 0 : 1,
          ...lookColumns(tried.look),
        ],
      );
      return this.#done(manager, { caller, action: 'channel.connected', fact: true, rows });
    });
  }

  /** New credentials for a channel that is there: its posts, planned or held, stay with it. */
  async reconnect(caller: Caller, id: string, asked: ReconnectChannel): Promise<Channel> {
    const before = await this.#row(caller.workspaceId, id);
    if (before.archived_at) throw fail('channel-archived');
    if (before.version !== asked.version) throw fail('edited-meanwhile');
    const connector = connectorOf(before.connector_id);
    const tried = await this.#tryOut(connector, asked.account, { ...caller, clientId: before.client_id });
    if (tried.host !== before.host) throw fail('other-host', { was: before.host, is: tried.host });
    const isOther = before.url !== null && tried.look.url !== null && before.url !== tried.look.url;
    if (isOther && !asked.otherAccount) throw fail('other-account', { was: before.url ?? before.name, is: tried.look.url ?? tried.look.accountName });
    const place = { id, workspaceId: caller.workspaceId };
    return this.database.transaction(async (manager) => {
      await this.#refuseTwice(manager, { ...place, connector, tried });
      const [rows]: [ChannelRow[], number] = await manager.query(
        `UPDATE channels SET sealed_account = $4, sealed_session = $5, session_version = session_version + 1,
                session_lock_by = NULL, session_lock_until = NULL, url = coalesce($6, url), learned = $7, expires_at = $8,
                state = 'connected', state_detail = NULL, state_at = now(), looked_at = now(), healthy_at = now(), looking_until = NULL,
                expiry_told = NULL, version = version + 1
          WHERE id = $1 AND workspace_id = $2 AND version = $3 AND archived_at IS NULL RETURNING ${CHANNEL_COLUMNS}`,
        [
          id, caller.workspaceId, asked.version, this.accounts.sealAccount(place, connector, tried.account),
          tried.session === null ? null : this.accounts.sealSession(place, tried.session), tried.look.url, ...lookColumns(tried.look),
        ],
      );
      return this.#done(manager, { caller, action: 'channel.reconnected', fact: true, rows });
    });
  }

  /** @throws DomainError channel-not-found (404), edited-meanwhile (409), utm-nowhere (422) */
  async edit(caller: Caller, id: string, asked: EditChannel): Promise<Channel> {
    const before = await this.#row(caller.workspaceId, id);
    const connector = connectors.find((one) => one.id === before.connector_id);
    if (asked.utm && !connector?.marksLinks) throw fail('utm-nowhere', { platform: connector?.name ?? before.connector_id });
    return this.database.transaction(async (manager) => {
      const [rows]: [ChannelRow[], number] = await manager.query(
        `UPDATE channels SET name = coalesce($4, name), utm = CASE WHEN $5 THEN $6::jsonb ELSE utm END, version = version + 1 WHERE id = $1 AND workspace_id = $2 AND version = $3 RETURNING ${CHANNEL_COLUMNS}`,
        [id, caller.workspaceId, asked.version, asked.name ?? null, asked.utm !== undefined, asked.utm ? JSON.stringify(asked.utm) : null],
      );
      return this.#done(manager, { caller, action: 'channel.edited', fact: false, rows });
    });
  }

  /** Puts it away: its history stays, its credentials are thrown away. Refused while anything is still to go out here. */
  async archive(caller: Caller, id: string): Promise<Channel> {
    const before = await this.#row(caller.workspaceId, id);
    if (before.archived_at) return toChannel(before);
    return this.database.transaction(async (manager) => {
      // FOR UPDATE waits for posts being planned here: their foreign key holds the row.
      await manager.query(`SELECT 1 FROM channels WHERE id = $1 AND workspace_id = $2 FOR UPDATE`, [id, caller.workspaceId]);
      const [open]: { readonly count: string }[] = await manager.query(
        `SELECT count(*) FROM deliveries d WHERE channel_id = $1 AND workspace_id = $2
            AND (state IN ('scheduled', 'held', 'sending', 'unconfirmed')
                 OR state = 'rerouted' AND EXISTS (SELECT 1 FROM reroutes r WHERE r.delivery_id = d.id AND r.settled_at IS NULL)) -- it may come back`,
        [id, caller.workspaceId],
      );
      if (open && open.count !== '0') throw fail('channel-in-use', { count: open.count });
      const [rows]: [ChannelRow[], number] = await manager.query(
        `UPDATE channels SET archived_at = now(), state = 'off', state_detail = NULL, state_at = now(), sealed_account = '', sealed_session = NULL,
                session_version = session_version + 1, version = version + 1
          WHERE id = $1 AND workspace_id = $2 RETURNING ${CHANNEL_COLUMNS}`,
        [id, caller.workspaceId],
      );
      return this.#done(manager, { caller, action: 'channel.archived', fact: false, rows });
    });
  }

  async #done(
    manager: EntityManager,
    { caller, action, fact, rows }: { caller: Caller; action: string; fact: boolean; rows: readonly ChannelRow[] },
  ): Promise<Channel> {
    const row = rows[0];
    if (!row) throw fail('edited-meanwhile');
    if (fact) await this.states.tell(manager, 'channel.connected', rows);
    await this.audit.record(manager, {
      workspaceId: caller.workspaceId, actor: caller.actor, action, subject: 'channel', subjectId: row.id,
      details: { name: row.name, connectorId: row.connector_id, host: row.host },
    });
    return toChannel(row);
  }

  async #row(workspaceId: string, id: string): Promise<ChannelRow> {
    const rows: ChannelRow[] = await this.database.query(`SELECT ${CHANNEL_COLUMNS} FROM channels WHERE workspace_id = $1 AND id = $2`, [workspaceId, id]);
    if (!rows[0]) throw fail('channel-not-found');
    return rows[0];
  }

  /** @throws DomainError telling what the form, or the platform, has against these credentials. */
  async #tryOut(connector: Connector, entered: unknown, { workspaceId, clientId, language }: Caller & { readonly clientId: string }): Promise<Tried> {
    const checked = await checkRules(connector.account, entered, language);
    if ('errors' in checked) {
      const fields = checked.errors.map(({ path, message }) => ({ field: path.join('.'), message }));
      throw fail('account-invalid', { what: fields.map(({ field, message }) => `${field}: ${message}`).join('; ').slice(0, 500) }, { fields });
    }
    const account = checked.data;
    registerSecret(JSON.stringify(account), this.accounts.publicFields(connector));
    const host = connector.host(account);
    const { look, session } = await this.looks.tryOut(connector, account, { workspaceId, clientId });
    if (look.kind !== 'ok') throw problemOf(look, connector.name, host);
    return { account, host, look, session };
  }

  /** Two channels on one account would say everything twice. Serialised by a lock on the account's address. */
  async #refuseTwice(manager: EntityManager, { id, workspaceId, connector, tried }: { id: string; workspaceId: string; connector: Connector; tried: Tried }): Promise<void> {
    const { url } = tried.look;
    if (url === null) return;
    await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`${workspaceId} ${connector.id} ${url}`]);
    const rows: ChannelRow[] = await manager.query(
      `SELECT ${CHANNEL_COLUMNS} FROM channels WHERE workspace_id = $1 AND connector_id = $2 AND url = $3 AND id <> $4 AND archived_at IS NULL LIMIT 1`,
      [workspaceId, connector.id, url, id],
    );
    if (rows[0]) throw fail('channel-twice', { name: rows[0].name }, { channelId: rows[0].id });
  }
}

function lookColumns(look: GoodLook): readonly [string | null, Date | null] {
  return [look.learned === undefined ? null : storable(look.learned), typeof look.expiresAt === 'number' ? new Date(look.expiresAt) : null];
}

function connectorOf(id: string): Connector {
  const connector = connectors.find((one) => one.id === id);
  if (!connector) throw fail('connector-unknown', { connector: id });
  return connector;
}

function problemOf(look: Exclude<Look, GoodLook>, platform: string, host: string): DomainError {
  switch (look.kind) {
    case 'unauthorized':
    case 'refused':
      return fail('account-refused', { platform, detail: look.detail });
    case 'throttled':
      return fail('platform-busy', { platform });
    case 'unavailable':
    case 'uncertain':
      return fail('platform-unreachable', { platform, host, detail: look.detail });
    case 'local':
      return fail('own-network', { host, detail: look.detail });
  }
}
