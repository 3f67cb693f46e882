import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../../infra/config.js';
import type { Caller } from '../../infra/http/access.js';
import { allowList } from '../../infra/http/address-guard.js';
import { Outgoing } from '../../infra/http/outgoing.js';
import { Seal } from '../../infra/seal.js';
import { AuditService } from '../workspaces/audit.service.js';
import { accountOf, callbackUrl, GATEWAY_COLUMNS, type GatewayRow, hostOf, isTold, place } from './gateway-row.js';
import type { Gateway, GatewayAccount, PutGateway } from './gateway.schema.js';
import { Gateways } from './gateways.service.js';
import { fail } from './phone-problems.js';

/** By which gateway a workspace reaches telephones, and what that costs. Its secrets go in and never come out again. */
@Injectable()
export class GatewaySettings {
  constructor(
    private readonly database: DataSource,
    private readonly gateways: Gateways,
    private readonly audit: AuditService,
    private readonly outgoing: Outgoing,
    private readonly seal: Seal,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws DomainError gateway-none (404) */
  async read(workspaceId: string): Promise<Gateway> {
    return this.shown(await this.row(workspaceId));
  }

  /** @throws DomainError gateway-none (404) */
  async row(workspaceId: string, manager: EntityManager = this.database.manager): Promise<GatewayRow> {
    const [row] = await manager.query<GatewayRow[]>(`SELECT ${GATEWAY_COLUMNS} FROM phone_gateways g WHERE g.workspace_id = $1`, [workspaceId]);
    if (!row) throw fail('gateway-none');
    return row;
  }

  /** @throws DomainError gateway-demo, edited-meanwhile (409), gateway-account-missing, gateway-no-sender, gateway-plain, gateway-private (422) */
  async put(caller: Caller, { version, account, ...asked }: PutGateway): Promise<Gateway> {
    const { workspaceId } = caller;
    await this.mustBeLive(workspaceId);
    if (account) await this.mustBeOpen(account);
    await this.database.transaction(async (manager) => {
      const [before] = await manager.query<GatewayRow[]>(`SELECT ${GATEWAY_COLUMNS} FROM phone_gateways g WHERE g.workspace_id = $1 FOR UPDATE`, [workspaceId]);
      if ((before?.version ?? null) !== version) throw fail('edited-meanwhile');
      const used = account ?? (before ? accountOf(this.seal, before) : null);
      if (used === null) throw fail('gateway-account-missing');
      this.mustFit(used, asked);
      // What another account's gateway signs with lets nobody in here any more.
      const keepsHook = before?.kind === 'http' && used.kind === 'http' && before.host === hostOf(used);
      const sealedHook = used.kind === 'twilio' ? null : keepsHook ? before.sealedHookSecret : this.seal.seal(newSecret(), place.hook(workspaceId));
      const written = await manager.query<unknown[]>(
        `INSERT INTO phone_gateways AS g (workspace_id, kind, host, sealed_account, from_number, callback_token, sealed_hook_secret, currency, price_minor, prices, voice_price_minor)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (workspace_id) DO UPDATE SET kind = excluded.kind, host = excluded.host, sealed_account = excluded.sealed_account, from_number = excluded.from_number,
           sealed_hook_secret = excluded.sealed_hook_secret, currency = excluded.currency, price_minor = excluded.price_minor, prices = excluded.prices,
           voice_price_minor = excluded.voice_price_minor, trouble = NULL, trouble_at = NULL, checked_at = CASE WHEN $13 THEN NULL ELSE g.checked_at END,
           account_at = CASE WHEN $14 THEN g.account_at ELSE now() END, version = g.version + 1
         WHERE g.version = $12 RETURNING 1`,
        [workspaceId, used.kind, hostOf(used), account ? this.seal.seal(JSON.stringify(account), place.account(workspaceId)) : before?.sealedAccount, asked.fromNumber, await this.address(manager, workspaceId),
          sealedHook, asked.currency, asked.priceMinor, JSON.stringify(asked.prices), asked.voicePriceMinor, version, account !== undefined, before !== undefined && isSame(used, accountOf(this.seal, before))]);
      if (written.length === 0) throw fail('edited-meanwhile');
      await this.note(manager, caller, 'phone-gateway.set', { kind: used.kind, host: hostOf(used), ...asked, account: account ? 'changed' : 'kept' });
    });
    return this.read(workspaceId);
  }

  /** Rounds that want to leave by it are paused, until their deadline; its addresses stay the same for the next one. @throws DomainError gateway-none (404), edited-meanwhile (409) */
  async remove(caller: Caller, version: number): Promise<void> {
    await this.database.transaction(async (manager) => {
      const { host, kind } = await this.row(caller.workspaceId, manager);
      const [, gone] = await manager.query<[unknown, number]>('DELETE FROM phone_gateways WHERE workspace_id = $1 AND version = $2', [caller.workspaceId, version]);
      if (gone === 0) throw fail('edited-meanwhile');
      await this.note(manager, caller, 'phone-gateway.removed', { kind, host });
    });
  }

  /** A new secret for what a gateway of one's own tells; the one before ends at once. @throws DomainError gateway-none (404), edited-meanwhile, gateway-signs-itself (409) */
  async newSecret(caller: Caller, version: number): Promise<{ readonly secret: string; readonly version: number }> {
    const { workspaceId } = caller;
    const secret = newSecret();
    await this.database.transaction(async (manager) => {
      if ((await this.row(workspaceId, manager)).kind === 'twilio') throw fail('gateway-signs-itself');
      const [, changed] = await manager.query<[unknown, number]>(
        'UPDATE phone_gateways SET sealed_hook_secret = $2, version = version + 1 WHERE workspace_id = $1 AND version = $3', [workspaceId, this.seal.seal(secret, place.hook(workspaceId)), version]);
      if (changed === 0) throw fail('edited-meanwhile');
      await this.note(manager, caller, 'phone-gateway.secret-changed', {});
    });
    return { secret, version: version + 1 };
  }

  /** Of what comes back: the same whatever gateway there is, for it stands at the provider. */
  private async address(manager: EntityManager, workspaceId: string): Promise<string> {
    const [row] = await manager.query<{ token: string }[]>(
      `INSERT INTO phone_addresses AS a (workspace_id, callback_token) VALUES ($1, $2) ON CONFLICT (workspace_id) DO UPDATE SET callback_token = a.callback_token RETURNING callback_token AS token`,
      [workspaceId, randomBytes(24).toString('base64url')]);
    if (!row) throw new Error('An upsert answered no row.');
    return row.token;
  }

  /** @throws DomainError gateway-demo (409) */
  async mustBeLive(workspaceId: string): Promise<void> {
    const [row] = await this.database.query<{ kind: string }[]>('SELECT kind FROM workspaces WHERE id = $1', [workspaceId]);
    if (row?.kind === 'demo') throw fail('gateway-demo');
  }

  private mustFit(account: GatewayAccount, { fromNumber }: Pick<PutGateway, 'fromNumber'>): void {
    if (account.kind === 'twilio') {
      if (account.messagingServiceSid === null && fromNumber === null) throw fail('gateway-no-sender');
      return;
    }
    const { protocol, hostname, port, host } = new URL(account.url);
    if (protocol !== 'https:' && !allowList(this.config.ALLOW_HOSTS)(hostname, Number(port) || 80)) throw fail('gateway-plain', { host });
  }

  /** Nothing would ever be sent there. */
  private async mustBeOpen(account: GatewayAccount): Promise<void> {
    if (account.kind === 'twilio') return;
    const { protocol, hostname, port, host } = new URL(account.url);
    const address = await this.outgoing.closedAddressOf(hostname, Number(port) || (protocol === 'https:' ? 443 : 80));
    if (address !== null) throw fail('gateway-private', { host, address });
  }

  private shown(row: GatewayRow): Gateway {
    const account = accountOf(this.seal, row);
    const { kind, host, fromNumber, currency, priceMinor, prices, voicePriceMinor, trouble, version } = row;
    return {
      kind, host, fromNumber, currency, priceMinor, prices, voicePriceMinor, trouble, version,
      accountSid: account.kind === 'twilio' ? account.accountSid : null, messagingServiceSid: account.kind === 'twilio' ? account.messagingServiceSid : null,
      canCall: kind === 'twilio' && fromNumber !== null, state: this.gateways.state(row), isTold: isTold(this.config),
      statusUrl: callbackUrl(this.config, row.callbackToken, 'status'), incomingUrl: callbackUrl(this.config, row.callbackToken, 'incoming'),
      troubleAt: row.troubleAt?.toISOString() ?? null, checkedAt: row.checkedAt?.toISOString() ?? null, createdAt: row.createdAt.toISOString(),
    };
  }

  private async note(manager: EntityManager, { workspaceId, actor }: Caller, action: string, details: Record<string, unknown>): Promise<void> {
    await this.audit.record(manager, { workspaceId, actor, action, subject: 'phone-gateway', subjectId: workspaceId, details });
  }
}

const isSame = (one: GatewayAccount, other: GatewayAccount): boolean =>
  one.kind === 'twilio' ? other.kind === 'twilio' && one.accountSid === other.accountSid : other.kind === 'http' && one.url === other.url;

const newSecret = (): string => randomBytes(32).toString('base64url');
