import { Inject, Injectable } from '@nestjs/common';
import type { Connector, World } from '../../connectors/connector.js';
import { TransportError } from '../../core/transport.js';
import type { Times } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import { Gather } from '../../infra/database/gather.js';
import { type OpenChannel, OpenChannelsService } from '../channels/open-channels.service.js';
import { WorldMaker } from '../channels/world.service.js';
import type { Flight } from '../posts/flight.schema.js';
import { TIMES } from '../../core/times.js';

/** A connector with its account and its world, ready for one part. */
export interface Aboard {
  readonly connector: Connector;
  readonly account: unknown;
  readonly learned: unknown;
  readonly world: World;
  /** Something that could have been seen was written to the platform. */
  readonly wrote: () => boolean;
  /** When the first byte of the last request left, wall time in ms; null = none did. */
  readonly firstByteAt: () => number | null;
}

interface Passage {
  /** Age of the claim, started before its UPDATE was sent. */
  readonly ageMs: () => number;
  readonly requestMs: number;
  /** Ends it sooner. */
  readonly signal?: AbortSignal;
}

export type Boarding = Aboard | { readonly locked: string };

/** Opens the channel of a flight and makes its world; many at once ask for their channels together. */
@Injectable()
export class WorldsService {
  private readonly channels = new Gather<string, OpenChannel | null>(
    async (ids) => {
      const open = await this.openChannels.open(ids);
      return ids.map((id) => open.get(id) ?? null);
    },
    { most: 200, parallel: 2 },
  );

  constructor(
    private readonly openChannels: OpenChannelsService,
    private readonly worlds: WorldMaker,
    private readonly clock: Clock,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  async board(flight: Pick<Flight, 'channelId' | 'partId' | 'kept'>, { ageMs, requestMs, signal: sooner }: Passage): Promise<Boarding> {
    const channel = await this.channels.add(flight.channelId);
    if (!channel) return { locked: 'its channel is gone' };
    if (channel.kind === 'locked') return { locked: channel.detail };
    let firstByteAt: number | null = null;
    let wrote = false;
    const signal = AbortSignal.any([AbortSignal.timeout(requestMs), ...(sooner ? [sooner] : [])]);
    const world = this.worlds.worldFor({
      channel,
      partId: flight.partId,
      kept: new Map(Object.entries(flight.kept ?? {})),
      // Asked when the connection is open, right before the first byte.
      ageMs: () => {
        firstByteAt = this.clock.now();
        return ageMs();
      },
      maxAgeMs: this.times.claimAgeMs,
      timeoutMs: requestMs,
      signal,
    });
    const watched: World = {
      ...world,
      fetch: async (url, init) => {
        const writes = !['GET', 'HEAD'].includes((init?.method ?? 'GET').toUpperCase());
        try {
          const answer = await world.fetch(url, init);
          wrote ||= writes;
          return answer;
        } catch (error) {
          if (writes && (!(error instanceof TransportError) || error.sent)) wrote = true;
          throw error;
        }
      },
    };
    return { connector: channel.connector, account: channel.account, learned: channel.learned, world: watched, wrote: () => wrote, firstByteAt: () => firstByteAt };
  }
}
