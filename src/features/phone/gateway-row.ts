import type { Config } from '../../infra/config.js';
import { deskUrl } from '../../infra/http/site.js';
import type { Seal, SealedRow } from '../../infra/seal.js';
import { GatewayAccount } from './gateway.schema.js';

export interface GatewayRow {
  readonly workspaceId: string;
  readonly kind: 'twilio' | 'http';
  readonly host: string;
  readonly sealedAccount: string;
  readonly fromNumber: string | null;
  readonly callbackToken: string;
  readonly sealedHookSecret: string | null;
  readonly currency: string;
  readonly priceMinor: number;
  readonly prices: Readonly<Record<string, number>>;
  readonly voicePriceMinor: number;
  readonly trouble: string | null;
  readonly troubleAt: Date | null;
  readonly checkedAt: Date | null;
  /** Since when it is this account; nothing before can be asked of it. */
  readonly accountAt: Date;
  readonly version: number;
  readonly createdAt: Date;
}

export const GATEWAY_COLUMNS = `g.workspace_id AS "workspaceId", g.kind, g.host, g.sealed_account AS "sealedAccount", g.from_number AS "fromNumber", g.callback_token AS "callbackToken",
  g.sealed_hook_secret AS "sealedHookSecret", g.currency, g.price_minor::float8 AS "priceMinor", g.prices, g.voice_price_minor::float8 AS "voicePriceMinor", g.trouble,
  g.trouble_at AS "troubleAt", g.checked_at AS "checkedAt", g.account_at AS "accountAt", g.version, g.created_at AS "createdAt"`;

/** Where each secret of a gateway is sealed for. */
export const place = {
  account: (workspaceId: string): SealedRow => ({ workspaceId, rowId: 'phone-gateway/account', publicFields: ['kind', 'accountSid', 'messagingServiceSid'] }),
  hook: (workspaceId: string): SealedRow => ({ workspaceId, rowId: 'phone-gateway/hook' }),
};

/** @throws SealError */
export function accountOf(seal: Seal, { workspaceId, sealedAccount }: Pick<GatewayRow, 'workspaceId' | 'sealedAccount'>): GatewayAccount {
  return GatewayAccount.parse(JSON.parse(seal.open(sealedAccount, place.account(workspaceId))));
}

export const hostOf = (account: GatewayAccount): string => (account.kind === 'twilio' ? 'api.twilio.com' : new URL(account.url).host.toLowerCase());

/** The address of the gateway's own letters to us. */
export function callbackUrl(config: Pick<Config, 'PUBLIC_URL' | 'HOST' | 'PORT'>, token: string, what: 'status' | 'incoming'): string {
  return `${deskUrl(config)}/api/v1/phone/callbacks/${token}/${what}`;
}

/** Nobody outside can tell us anything by another address. */
export const isTold = ({ PUBLIC_URL }: Pick<Config, 'PUBLIC_URL'>): boolean => PUBLIC_URL?.startsWith('https://') ?? false;
