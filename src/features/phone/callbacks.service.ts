import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { wishOf } from '../../core/stop-words.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { deskUrl } from '../../infra/http/site.js';
import { isSignedBody } from '../../infra/http/signed-body.js';
import { incomingOf, statusOf } from '../../infra/phone/twilio-told.js';
import { isSignedByTwilio } from '../../infra/phone/twilio-signature.js';
import { Seal } from '../../infra/seal.js';
import { Watch } from '../../infra/watch.js';
import { AudienceService } from '../audience/audience.service.js';
import { HttpIncoming, HttpStatus } from './callback.schema.js';
import { accountOf, GATEWAY_COLUMNS, type GatewayRow, place } from './gateway-row.js';
import { PhoneNews, type PhoneTold } from './phone-news.service.js';
import { fail } from './phone-problems.js';

/** A callback as it came. */
export interface Callback {
  readonly token: string;
  /** Path and query, as they were asked for. */
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly signedBody: Buffer | undefined;
  readonly twilioSignature: unknown;
  readonly ownSignature: unknown;
}

interface Incoming {
  readonly remoteId: string;
  readonly from: string;
  readonly text: string;
  readonly wish: 'stop' | 'start' | null;
}

/** Messages of the gateways: what became of what they took, and what people wrote back. */
@Injectable()
export class CallbacksService implements OnModuleInit {
  private readonly logger = new Logger('Phone callbacks');

  constructor(
    private readonly database: DataSource,
    private readonly news: PhoneNews,
    private readonly audience: AudienceService,
    private readonly watch: Watch,
    private readonly seal: Seal,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.watch.hourly('old answers by SMS', () => this.database.query(`DELETE FROM phone_incoming WHERE at < now() - interval '400 days'`));
  }

  /** @throws DomainError callback-unsigned (403); the same for a gateway that is not there: nobody finds out which ones are */
  async status(callback: Callback, ref: string | undefined): Promise<void> {
    const gateway = await this.signedBy(callback);
    const { to, ...told } = gateway.kind === 'twilio' ? twilioTold(callback.fields, ref) : ownTold(callback.fields);
    const { workspaceId } = gateway;
    if (told.state === 'opted-out') {
      // Whom we wrote to we know better than what it makes of the number.
      const number = (await this.writtenTo(workspaceId, told.ref)) ?? this.numberIn(to ?? '', workspaceId);
      await this.once(workspaceId, `status:${told.remoteId ?? told.ref}`, (manager) => this.stop(manager, workspaceId, number, 'The gateway says that this number wants no more.'));
    }
    await this.news.tell({ ...told, workspaceId });
  }

  /** STOP counts for everybody who writes by this gateway, at once; anything else is no affair of ours. @throws DomainError callback-unsigned (403), callback-strange (422): the number cannot be read */
  async incoming(callback: Callback): Promise<void> {
    const { kind, workspaceId } = await this.signedBy(callback);
    const { remoteId, from, text, wish: said } = kind === 'twilio' ? twilioIncoming(callback.fields) : ownIncoming(callback.fields);
    const wish = said ?? wishOf(text);
    if (wish === null) return;
    const number = this.numberIn(from, workspaceId);
    await this.once(workspaceId, remoteId, async (manager) => {
      if (wish === 'stop') await this.stop(manager, workspaceId, number, Array.from(text).slice(0, 100).join(''));
      else await this.audience.liftStop(manager, workspaceId, number);
    });
  }

  /** Told again it counts for nothing: they may have changed their mind since. */
  private async once(workspaceId: string, remoteId: string, act: (manager: EntityManager) => Promise<void>): Promise<void> {
    await this.database.transaction(async (manager) => {
      const isNew = await manager.query<unknown[]>('INSERT INTO phone_incoming (workspace_id, remote_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1', [workspaceId, remoteId]);
      if (isNew.length > 0) await act(manager);
    });
  }

  private async stop(manager: EntityManager, workspaceId: string, addressKey: string, detail: string): Promise<void> {
    await this.audience.suppress(manager, { workspaceId, clientId: null, kind: 'phone', addressKey, reason: 'stop', detail });
  }

  /** @throws DomainError callback-strange (422): nobody's STOP is passed over in silence */
  private numberIn(text: string, workspaceId: string): string {
    const number = numberOf(text);
    if (number !== null) return number;
    this.logger.error(`A wish to get no more, or to get more again, came with a number that cannot be read, so it was refused: the gateway of workspace ${workspaceId} must send it as +393331234567.`);
    throw fail('callback-strange', { field: 'from' });
  }

  private async writtenTo(workspaceId: string, ref: string): Promise<string | null> {
    if (!z.uuid().safeParse(ref).success) return null;
    const [row] = await this.database.query<{ number: string }[]>(
      `SELECT r.address_key AS number FROM sms_recipients r JOIN sms_rounds b ON b.id = r.round_id WHERE r.ref = $2::uuid AND b.workspace_id = $1
       UNION ALL SELECT to_number FROM phone_calls WHERE id = $2::uuid AND workspace_id = $1`, [workspaceId, ref]);
    return row?.number ?? null;
  }

  private async signedBy({ token, path, fields, signedBody, twilioSignature, ownSignature }: Callback): Promise<GatewayRow> {
    const [row] = await this.database.query<GatewayRow[]>(`SELECT ${GATEWAY_COLUMNS} FROM phone_gateways g WHERE g.callback_token = $1`, [token]);
    if (!row) throw fail('callback-unsigned');
    const account = accountOf(this.seal, row);
    const isSigned = account.kind === 'twilio'
      ? isSignedByTwilio(account.authToken, { url: `${deskUrl(this.config)}${path}`, fields: textsOf(fields) }, twilioSignature)
      : row.sealedHookSecret !== null
        && isSignedBody(this.seal.open(row.sealedHookSecret, place.hook(row.workspaceId)), { header: ownSignature, body: signedBody, now: this.clock.now() });
    if (!isSigned) throw fail('callback-unsigned');
    return row;
  }
}

/** E.164 of 393331234567, 0039 333 1234567, +39…; null = it has no country, or is none. */
function numberOf(text: string): string | null {
  const written = text.replace(/[\s().\-/]/g, '');
  if (/^\+[1-9]\d{6,14}$/.test(written)) return written;
  const digits = written.replace(/^00/, '');
  const read = /^[1-9]\d{6,14}$/.test(digits) ? parsePhoneNumberFromString(`+${digits}`) : undefined;
  return read?.isValid() === true ? read.number : null;
}

type Told = Omit<PhoneTold, 'workspaceId'> & { readonly to: string | null };

function twilioTold(fields: Callback['fields'], ref: string | undefined): Told {
  const told = statusOf(fields);
  if (told === null || ref === undefined) throw fail('callback-strange', { field: 'MessageStatus' });
  return { ...told, ref };
}

const states = { sent: 'taken', delivered: 'arrived', failed: 'failed', 'opted-out': 'opted-out' } as const;

function ownTold(fields: Callback['fields']): Told {
  const { data } = HttpStatus.safeParse(fields);
  if (!data) throw fail('callback-strange', { field: 'status' });
  return { ref: data.ref, state: states[data.status], remoteId: data.id ?? null, detail: data.detail ?? null, to: data.to ?? null };
}

function twilioIncoming(fields: Callback['fields']): Incoming {
  const incoming = incomingOf(fields);
  if (incoming === null) throw fail('callback-strange', { field: 'MessageSid' });
  return incoming;
}

function ownIncoming(fields: Callback['fields']): Incoming {
  const { data } = HttpIncoming.safeParse(fields);
  if (!data) throw fail('callback-strange', { field: 'from' });
  return { remoteId: data.id, from: data.from, text: data.text, wish: null };
}

function textsOf(fields: Callback['fields']): Readonly<Record<string, string | readonly string[]>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]));
}
