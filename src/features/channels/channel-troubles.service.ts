import { Injectable } from '@nestjs/common';
import type { Caller } from '../../infra/http/access.js';
import type { Channel, Trouble } from './channel.schema.js';

type Asked = Pick<Caller, 'workspaceId' | 'language'>;
/** Answers by channel id; those it says nothing of are missing. */
type Source = (caller: Asked, channels: readonly Channel[]) => Promise<ReadonlyMap<string, Trouble>>;

/** What is wrong with channels and whose fault it is, from the room that knows. */
@Injectable()
export class ChannelTroublesService {
  #source: Source = async () => new Map();

  /** For a room to the right; call it in `onModuleInit`. */
  register(source: Source): void {
    this.#source = source;
  }

  async told(caller: Asked, channels: readonly Channel[]): Promise<Channel[]> {
    const troubles = channels.length === 0 ? new Map<string, Trouble>() : await this.#source(caller, channels);
    return channels.map((channel) => ({ ...channel, trouble: troubles.get(channel.id) ?? null }));
  }
}
