import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { PossibleOutlet } from './outlets.service.js';

/** A delivery whose own way was shut, and that a better way out could not be taken for. */
export interface PassedOver {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly postId: string;
  readonly deliveryId: string;
  readonly outlet: Pick<PossibleOutlet, 'channelId' | 'connectorId' | 'name'>;
  /** Names of those it left by; empty = no other way was open to it. */
  readonly instead: readonly string[];
  /** No other way was open to it, and its hour has passed: it does not go out. */
  readonly isMissed: boolean;
}

/** Tells it to whom it concerns, in the transaction in which it happens. */
export type PassedOverTeller = (manager: EntityManager, passed: PassedOver) => Promise<void>;

/** Outlets that were passed over because their limit is used up: rooms to the right tell people. */
@Injectable()
export class PassedOverOutlets {
  private readonly tellers = new Map<string, PassedOverTeller>();

  constructor(private readonly dataSource: DataSource) {}

  /** Call it in `onModuleInit`. */
  register(connectorId: string, teller: PassedOverTeller): void {
    this.tellers.set(connectorId, teller);
  }

  /** Within the transaction of the step; without one, in one of its own. */
  async tell(passed: readonly PassedOver[], manager?: EntityManager): Promise<void> {
    if (passed.length === 0) return;
    if (!manager) return this.dataSource.transaction((own) => this.tell(passed, own));
    for (const one of passed) await this.tellers.get(one.outlet.connectorId)?.(manager, one);
  }
}
