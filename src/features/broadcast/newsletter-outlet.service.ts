import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { HouseOutlet, Look } from '../../connectors/connector.js';
import { notTaken } from '../../connectors/house.js';
import type { Found, Outcome } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import { Clock } from '../../infra/clock.js';
import { againAfterDeadlock } from '../../infra/database/deadlock.js';
import { filled } from '../../infra/http/problem.js';
import { type HousePlace, HouseOutlets } from '../channels/house-outlets.service.js';
import { isOut, obstacles } from './broadcast-problems.js';
import { BroadcastsService } from './broadcasts.service.js';
import { Freezing } from './freezing.service.js';
import { Issues } from './issues.service.js';
import { Lists } from './lists.service.js';

interface Taken {
  readonly id: string;
  readonly webToken: string;
}

/** Until somebody who found the mail of the day being made asks again, at first: by then it mostly is. */
const AGAIN_MS = 3_000;

/** What the connector `newsletter` asks this room: to take a post for good, and whether it was taken. */
@Injectable()
export class NewsletterOutlet implements OnModuleInit {
  private readonly logger = new Logger('newsletter');

  constructor(
    private readonly outlets: HouseOutlets,
    private readonly database: DataSource,
    private readonly freezing: Freezing,
    private readonly issues: Issues,
    private readonly lists: Lists,
    private readonly broadcasts: BroadcastsService,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.outlets.register('newsletter', (place) => this.at(place));
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
      const taken = await againAfterDeadlock(() => this.database.transaction((manager) => this.freezing.take(manager, { workspaceId, clientId, channelId, part, account })));
      if (taken === 'busy') return { kind: 'throttled', until: this.clock.now() + AGAIN_MS * (1 + Math.random()), scope: 'house', detail: 'the mail of the day is just being put together' };
      if ('obstacle' in taken) return notTaken(filled(obstacles[taken.obstacle], taken.params));
      return { kind: 'delivered', remoteId: taken.id, url: this.issues.webUrl(taken.webToken) };
    } catch (error) {
      this.logger.warn(`A newsletter could not be taken: ${String(error)}`);
      const known = await this.taken(this.database.manager, place, part).catch(() => null);
      return known ? { kind: 'delivered', remoteId: known.id, url: this.issues.webUrl(known.webToken) } : { kind: 'unavailable', detail: String(error).slice(0, 500) };
    }
  }

  /** What is sent stays sent; nobody else gets it. */
  private async takeBack({ workspaceId }: HousePlace, remoteId: string): Promise<Outcome> {
    try {
      const isStopped = await this.database.transaction(async (manager) => {
        const [, stopped]: [unknown, number] = await manager.query(
          `UPDATE broadcasts SET state = 'stopped', version = version + 1 WHERE workspace_id = $1 AND id = $2 AND state IN ('frozen', 'sending', 'paused')`, [workspaceId, remoteId]);
        if (stopped > 0) await this.broadcasts.stopIn(manager, remoteId, 'taken back');
        return stopped > 0;
      });
      return isStopped ? { kind: 'delivered', remoteId, url: null } : notTaken(isOut);
    } catch (error) {
      return { kind: 'unavailable', detail: String(error).slice(0, 500) };
    }
  }

  private async find(place: HousePlace, part: Part): Promise<Found> {
    try {
      const known = await this.taken(this.database.manager, place, part);
      return known ? { kind: 'found', remoteId: known.id, url: this.issues.webUrl(known.webToken) } : { kind: 'absent' };
    } catch (error) {
      return { kind: 'unknown', detail: String(error).slice(0, 500) };
    }
  }

  private async look(place: HousePlace, account: unknown): Promise<Look> {
    const lists = await this.lists.of(this.database.manager, 'email', { ...place, account });
    if ('obstacle' in lists) return { kind: 'unauthorized', detail: filled(obstacles[lists.obstacle], lists.params).en }; // of a channel, which keeps no other language
    return { kind: 'ok', accountName: lists.lists.map(({ name }) => name).join(', ').slice(0, 120), url: null };
  }

  private async taken(manager: EntityManager, { workspaceId }: HousePlace, part: Part): Promise<Taken | null> {
    const [row]: Taken[] = await manager.query('SELECT id, web_token AS "webToken" FROM broadcasts WHERE workspace_id = $1 AND part_key = $2', [workspaceId, part.key]);
    return row ?? null;
  }
}
