import { Injectable } from '@nestjs/common';
import type { HouseOutlet } from '../../connectors/connector.js';

/** Where an outlet of this house stands. */
export interface HousePlace {
  readonly workspaceId: string;
  /** A channel is one client's: what it names must be this client's too. */
  readonly clientId: string;
  /** null = it is being connected, and has no row yet. */
  readonly channelId: string | null;
}

/** Outlets of this house, by connector. For rooms to the right: what goes out there lies in their tables. */
@Injectable()
export class HouseOutlets {
  private readonly makers = new Map<string, (place: HousePlace) => HouseOutlet>();

  /** Call it in `onModuleInit`. */
  register(connectorId: string, make: (place: HousePlace) => HouseOutlet): void {
    this.makers.set(connectorId, make);
  }

  /** null = this connector speaks to a server. */
  at(connectorId: string, place: HousePlace): HouseOutlet | null {
    return this.makers.get(connectorId)?.(place) ?? null;
  }
}
