import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Connector } from '../../connectors/connector.js';
import { Seal, type SealedRow } from '../../infra/seal.js';

interface ChannelRow {
  readonly id: string;
  readonly workspaceId: string;
}

/** Seals and opens what belongs to a channel: its account and its session, each bound to its own place. */
@Injectable()
export class AccountSeal {
  constructor(private readonly seal: Seal) {}

  sealAccount(channel: ChannelRow, connector: Connector, account: unknown): string {
    return this.seal.seal(JSON.stringify(account), accountPlace(channel, connector));
  }

  /** @throws SealError; ZodError when this version of the connector asks for more than was entered. */
  openAccount(channel: ChannelRow, connector: Connector, sealed: string): unknown {
    return connector.account.parse(JSON.parse(this.seal.open(sealed, accountPlace(channel, connector))));
  }

  /** Fields of the account that may stand in a log. */
  publicFields(connector: Connector): readonly string[] {
    return publicFields(connector);
  }

  sealSession(channel: ChannelRow, session: string): string {
    return this.seal.seal(session, sessionPlace(channel));
  }

  openSession(channel: ChannelRow, sealed: string): string {
    return this.seal.open(sealed, sessionPlace(channel));
  }

  resealAccount(channel: ChannelRow, sealed: string, old: Seal): string {
    return this.seal.reseal(sealed, { workspaceId: channel.workspaceId, rowId: channel.id }, old);
  }

  resealSession(channel: ChannelRow, sealed: string, old: Seal): string {
    return this.seal.reseal(sealed, sessionPlace(channel), old);
  }
}

function accountPlace(channel: ChannelRow, connector: Connector): SealedRow {
  return { workspaceId: channel.workspaceId, rowId: channel.id, publicFields: publicFields(connector) };
}

/** By these names a session says whose it is and where; all else in it is struck out of logs. */
const SESSION_OWNER_FIELDS = ['did', 'handle', 'owner', 'pds', 'service'];

function sessionPlace(channel: ChannelRow): SealedRow {
  return { workspaceId: channel.workspaceId, rowId: `${channel.id}/session`, publicFields: SESSION_OWNER_FIELDS };
}

interface Form {
  readonly properties?: Readonly<Record<string, { readonly secret?: boolean }>>;
}

/** The account's form as JSON schema; what is `secret: true` in it is drawn as a password field. */
export function accountForm(connector: Connector): Record<string, unknown> {
  return z.toJSONSchema(connector.account, { io: 'input', unrepresentable: 'any' });
}

const known = new Map<string, readonly string[]>();

/**
 * Fields that may stand in a log. A connector marks its secrets with `.meta({ secret: true })`, one that has none says so with
 * `secret: false`; one that says nothing gets all of its fields struck out.
 */
function publicFields(connector: Connector): readonly string[] {
  const cached = known.get(connector.id);
  if (cached) return cached;
  const fields = Object.entries((accountForm(connector) as Form).properties ?? {});
  const open = fields.some(([, field]) => field.secret !== undefined) ? fields.filter(([, field]) => field.secret !== true).map(([name]) => name) : [];
  known.set(connector.id, open);
  return open;
}
