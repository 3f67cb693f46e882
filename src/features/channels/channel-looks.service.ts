import { Injectable } from '@nestjs/common';
import type { Connector, Look, SessionStore } from '../../connectors/connector.js';
import { setbackOfError } from '../../connectors/http.js';
import { scrub, scrubDeep } from '../../infra/scrub.js';
import { ChannelStatesService } from './channel-states.service.js';
import { type OpenChannel, OpenChannelsService } from './open-channels.service.js';
import { ChannelSessionsService } from './channel-sessions.service.js';
import { WorldMaker } from './world.service.js';

/** Of a whole look, several requests included. */
const LOOK_TIMEOUT_MS = 25_000;

/** A session of an account that has no row yet. */
export interface LooseSession extends SessionStore {
  /** What the look left in it. */
  taken(): string | null;
}

/** Asks platforms about accounts: the cheapest identity read there is. */
@Injectable()
export class ChannelLooksService {
  constructor(
    private readonly opened: OpenChannelsService,
    private readonly states: ChannelStatesService,
    private readonly sessions: ChannelSessionsService,
    private readonly worlds: WorldMaker,
  ) {}

  /** Looks at channels that are there, and writes down what it saw. Ids that cannot be opened are missing in the answer. */
  async lookAt(channelIds: readonly string[], signal?: AbortSignal): Promise<Map<string, Look>> {
    const channels = [...(await this.opened.open(channelIds)).values()];
    const looks = await Promise.all(channels.map(async (channel) => [channel.id, await this.#lookAt(channel, signal)] as const));
    return new Map(looks);
  }

  /** Looks at an account that is only being connected; nothing is written down. */
  async tryOut(connector: Connector, account: unknown, { workspaceId, clientId }: { readonly workspaceId: string; readonly clientId: string }): Promise<{ look: Look; session: string | null }> {
    const session = looseSession();
    const signal = AbortSignal.timeout(LOOK_TIMEOUT_MS);
    const look = await asked(connector, account, this.worlds.worldToLook({ connectorId: connector.id, workspaceId, clientId, session, signal }));
    return { look, session: session.taken() };
  }

  async #lookAt(channel: OpenChannel, signal?: AbortSignal): Promise<Look> {
    const limit = AbortSignal.timeout(LOOK_TIMEOUT_MS);
    const both = signal ? AbortSignal.any([signal, limit]) : limit;
    const look: Look =
      channel.kind === 'locked'
        ? { kind: 'local', detail: channel.detail }
        : await asked(channel.connector, channel.account, this.worlds.worldToLook({
            connectorId: channel.connectorId,
            workspaceId: channel.workspaceId,
            clientId: channel.clientId,
            session: this.sessions.storeFor(channel, both),
            signal: both,
          }));
    await this.states.recordLook(channel, look);
    return look;
  }
}

/** A connector answers and never throws; one that does all the same has told nothing. */
async function asked(connector: Connector, account: unknown, world: Parameters<Connector['look']>[1]): Promise<Look> {
  try {
    const look = await connector.look(account, world);
    if (look.kind !== 'ok') return { ...look, detail: scrub(look.detail) };
    // Name, address and limits are the platform's own words too, and shown to every member.
    return { ...look, accountName: scrub(look.accountName), url: look.url === null ? null : scrub(look.url), ...(look.learned !== undefined && { learned: scrubDeep(look.learned) }) };
  } catch (error) {
    const setback = setbackOfError(error);
    return { ...setback, detail: scrub(setback.detail) };
  }
}

function looseSession(): LooseSession {
  let current: string | null = null;
  return {
    read: async () => current,
    renew: async (make) => (current = await make(current)),
    taken: () => current,
  };
}
