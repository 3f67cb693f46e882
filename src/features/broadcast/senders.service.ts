import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import type { Caller } from '../../infra/http/access.js';
import { deskUrl } from '../../infra/http/site.js';
import { Seal } from '../../infra/seal.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { fail } from './broadcast-problems.js';
import { domainOf, place, SENDER_COLUMNS, type SenderRow, toSender } from './sender-row.js';
import { SenderDns } from './sender-dns.service.js';
import type { NewSender, Sender, SenderChange } from './sender.schema.js';

const makeKeys = promisify(generateKeyPair);

/** In whose name a brand's newsletters go. Its secrets go in and never come out again. */
@Injectable()
export class SendersService {
  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly dns: SenderDns,
    private readonly audit: AuditService,
    private readonly seal: Seal,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async list(workspaceId: string, clientId: string | null): Promise<readonly Sender[]> {
    const rows: SenderRow[] = await this.database.query(
      `SELECT ${SENDER_COLUMNS} FROM senders s WHERE s.workspace_id = $1 AND ($2::uuid IS NULL OR s.client_id = $2) ORDER BY s.created_at, s.id`, [workspaceId, clientId]);
    return rows.map((row) => this.shown(row));
  }

  /** @throws DomainError sender-unknown (404) */
  async read(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<Sender> {
    return this.shown(await this.row(workspaceId, id, manager));
  }

  /** @throws DomainError sender-unknown (404) */
  async row(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<SenderRow> {
    const rows: SenderRow[] = await manager.query(`SELECT ${SENDER_COLUMNS} FROM senders s WHERE s.workspace_id = $1 AND s.id = $2`, [workspaceId, id]);
    if (!rows[0]) throw fail('sender-unknown');
    return rows[0];
  }

  /** null = the client has none. */
  async ofClient(manager: EntityManager, workspaceId: string, clientId: string): Promise<SenderRow | null> {
    const [row]: SenderRow[] = await manager.query(`SELECT ${SENDER_COLUMNS} FROM senders s WHERE s.workspace_id = $1 AND s.client_id = $2`, [workspaceId, clientId]);
    return row ?? null;
  }

  /** With a DKIM key of its own. @throws DomainError client-unknown (404), sender-there (409) */
  async create(caller: Caller, asked: NewSender): Promise<Sender> {
    const { workspaceId } = caller;
    await this.clients.read(workspaceId, asked.clientId);
    const { publicKey, privateKey } = await makeKeys('rsa', {
      modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const owner = { id: uuid(), workspaceId };
    return this.database.transaction(async (manager) => {
      const made: unknown[] = await manager.query(
        `INSERT INTO senders (id, workspace_id, client_id, from_name, from_address, reply_to, imprint, bounce_address, rate_per_second, connections, is_warm,
                sealed_smtp_url, sealed_imap_url, sealed_hook_secret, dkim_selector, sealed_dkim_key, dkim_public)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (client_id) DO NOTHING RETURNING id`,
        [owner.id, workspaceId, asked.clientId, asked.fromName, asked.fromAddress, asked.replyTo, asked.imprint, asked.bounceAddress, asked.ratePerSecond, asked.connections,
          asked.isWarm, this.sealed(asked.smtpUrl, place.smtp(owner)), this.sealed(asked.imapUrl, place.imap(owner)),
          this.seal.seal(newSecret(), place.hook(owner)), `postern${randomBytes(3).toString('hex')}`, this.seal.seal(privateKey, place.dkim(owner)), publicKey.toString('base64')],
      );
      if (made.length === 0) throw fail('sender-there');
      await this.note(manager, caller, { action: 'sender.made', id: owner.id, details: { fromAddress: asked.fromAddress } });
      return this.read(workspaceId, owner.id, manager);
    });
  }

  /** Another From domain is not verified. @throws DomainError sender-unknown (404), edited-meanwhile (409) */
  async change(caller: Caller, id: string, { version, ...asked }: SenderChange): Promise<Sender> {
    return this.database.transaction(async (manager) => {
      const before = await this.row(caller.workspaceId, id, manager);
      const has = (name: keyof typeof asked): boolean => asked[name] !== undefined;
      const isOtherDomain = asked.fromAddress !== undefined && domainOf(asked.fromAddress) !== domainOf(before.fromAddress);
      const [, changed]: [unknown, number] = await manager.query(
        `UPDATE senders SET from_name = coalesce($4, from_name), from_address = coalesce($5, from_address), imprint = coalesce($6, imprint), connections = coalesce($7, connections), is_warm = coalesce($8, is_warm),
                reply_to = CASE WHEN $9 THEN $10 ELSE reply_to END, bounce_address = CASE WHEN $11 THEN $12 ELSE bounce_address END, rate_per_second = CASE WHEN $13 THEN $14::float8 ELSE rate_per_second END,
                sealed_smtp_url = CASE WHEN $15 THEN $16 ELSE sealed_smtp_url END,
                sealed_imap_url = CASE WHEN $17 THEN $18 ELSE sealed_imap_url END, rest_until = '-infinity', troubles = 0,
                verified_at = CASE WHEN $19 THEN NULL ELSE verified_at END, checks = CASE WHEN $19 THEN '[]' ELSE checks END, version = version + 1
          WHERE workspace_id = $1 AND id = $2 AND version = $3`,
        [caller.workspaceId, id, version, asked.fromName ?? null, asked.fromAddress ?? null, asked.imprint ?? null, asked.connections ?? null, asked.isWarm ?? null,
          has('replyTo'), asked.replyTo ?? null, has('bounceAddress'), asked.bounceAddress ?? null, has('ratePerSecond'), asked.ratePerSecond ?? null,
          has('smtpUrl'), this.sealed(asked.smtpUrl ?? null, place.smtp(before)), has('imapUrl'), this.sealed(asked.imapUrl ?? null, place.imap(before)), isOtherDomain],
      );
      if (changed === 0) throw fail('edited-meanwhile');
      const { smtpUrl, imapUrl, ...open } = asked; // the URLs hold passwords
      await this.note(manager, caller, { action: 'sender.changed', id, details: { ...open, ...(smtpUrl !== undefined && { smtpUrl: 'changed' }), ...(imapUrl !== undefined && { imapUrl: 'changed' }) } });
      return this.read(caller.workspaceId, id, manager);
    });
  }

  /** Asks the DNS. What was in order once and cannot be asked now stays verified; what is wrong now does not. */
  async check(caller: Caller, id: string): Promise<Sender> {
    const checks = await this.dns.check(await this.row(caller.workspaceId, id));
    const isGood = checks.every(({ state }) => state === 'ok');
    const isBad = checks.some(({ state }) => state === 'missing' || state === 'wrong');
    return this.database.transaction(async (manager) => {
      await manager.query(
        `UPDATE senders SET checks = $3, checked_at = now(), verified_at = CASE WHEN $4 THEN coalesce(verified_at, now()) WHEN $5 THEN NULL ELSE verified_at END WHERE workspace_id = $1 AND id = $2`,
        [caller.workspaceId, id, JSON.stringify(checks), isGood, isBad],
      );
      await this.note(manager, caller, { action: 'sender.checked', id, details: { verified: isGood } });
      return this.read(caller.workspaceId, id, manager);
    });
  }

  /** A new secret for what a provider tells; the one before ends at once. */
  async newHookSecret(caller: Caller, id: string): Promise<{ secret: string }> {
    const sender = await this.row(caller.workspaceId, id);
    const secret = newSecret();
    await this.database.transaction(async (manager) => {
      await manager.query('UPDATE senders SET sealed_hook_secret = $3, version = version + 1 WHERE workspace_id = $1 AND id = $2', [caller.workspaceId, id, this.seal.seal(secret, place.hook(sender))]);
      await this.note(manager, caller, { action: 'sender.hook-secret-changed', id });
    });
    return { secret };
  }

  private shown(row: SenderRow): Sender {
    return toSender(row, { seal: this.seal, now: this.clock.now(), hookUrl: `${deskUrl(this.config)}/api/v1/senders/${row.id}/bounces` });
  }

  private sealed(text: string | null, where: Parameters<Seal['seal']>[1]): string | null {
    return text === null ? null : this.seal.seal(text, where);
  }

  private async note(manager: EntityManager, { workspaceId, actor }: Caller, { action, id, details = {} }: { action: string; id: string; details?: Record<string, unknown> }): Promise<void> {
    await this.audit.record(manager, { workspaceId, actor, action, subject: 'sender', subjectId: id, details });
  }
}

const newSecret = (): string => randomBytes(32).toString('base64url');
