import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { HouseOutlet, Look } from '../../connectors/connector.js';
import { notTaken } from '../../connectors/house.js';
import type { Found, Outcome } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import { Lists } from '../broadcast/lists.service.js';
import { type HousePlace, HouseOutlets } from '../channels/house-outlets.service.js';
import { Gateways } from './gateways.service.js';
import { SmsFreezing } from './sms-freezing.service.js';
import { refusalSaid } from './sms-obstacles.js';
import { isOut, obstacles } from './sms-problems.js';
import { SmsRounds } from './sms-rounds.service.js';

/** What the connector `sms` asks this room: to take a post for good, and whether it was taken. */
@Injectable()
export class SmsOutlet implements OnModuleInit {
  private readonly logger = new Logger('SMS');

  constructor(
    private readonly outlets: HouseOutlets,
    private readonly database: DataSource,
    private readonly freezing: SmsFreezing,
    private readonly gateways: Gateways,
    private readonly lists: Lists,
    private readonly rounds: SmsRounds,
  ) {}

  onModuleInit(): void {
    this.outlets.register('sms', (place) => this.at(place));
  }

  private at(place: HousePlace): HouseOutlet {
    return {
      take: (part, account) => this.take(place, part, account),
      find: (part) => this.find(place, part),
      look: (account) => this.look(place, account),
      delete: (remoteId) => this.takeBack(place, remoteId),
    };
  }

  /** Never throws. */
  private async take(place: HousePlace, part: Part, account: unknown): Promise<Outcome> {
    if (place.channelId === null) return { kind: 'local', detail: 'there is no channel yet' };
    const { workspaceId, clientId, channelId } = place;
    try {
      const open = await this.gateways.open(workspaceId);
      const taken = await this.database.transaction((manager) => this.freezing.take(manager, { workspaceId, clientId, channelId, part, account }, open));
      if ('obstacle' in taken) return notTaken(refusalSaid(taken));
      return { kind: 'delivered', remoteId: taken.id, url: null };
    } catch (error) {
      this.logger.warn(`A round of SMS could not be taken: ${String(error)}`);
      const known = await this.taken(place, part).catch(() => null);
      return known === null ? { kind: 'unavailable', detail: String(error).slice(0, 500) } : { kind: 'delivered', remoteId: known, url: null };
    }
  }

  /** What is sent stays sent; nobody else gets it. */
  private async takeBack({ workspaceId }: HousePlace, remoteId: string): Promise<Outcome> {
    try {
      const isStopped = await this.rounds.takeBack(workspaceId, remoteId);
      return isStopped ? { kind: 'delivered', remoteId, url: null } : notTaken(isOut);
    } catch (error) {
      return { kind: 'unavailable', detail: String(error).slice(0, 500) };
    }
  }

  private async find(place: HousePlace, part: Part): Promise<Found> {
    try {
      const known = await this.taken(place, part);
      return known === null ? { kind: 'absent' } : { kind: 'found', remoteId: known, url: null };
    } catch (error) {
      return { kind: 'unknown', detail: String(error).slice(0, 500) };
    }
  }

  private async look(place: HousePlace, account: unknown): Promise<Look> {
    const lists = await this.lists.of(this.database.manager, 'phone', { ...place, account });
    if ('obstacle' in lists) return { kind: 'unauthorized', detail: obstacles[lists.obstacle].en };
    return { kind: 'ok', accountName: lists.lists.map(({ name }) => name).join(', ').slice(0, 120), url: null };
  }

  private async taken({ workspaceId }: HousePlace, part: Part): Promise<string | null> {
    const [row]: { id: string }[] = await this.database.query('SELECT id FROM sms_rounds WHERE workspace_id = $1 AND part_key = $2', [workspaceId, part.key]);
    return row?.id ?? null;
  }
}
