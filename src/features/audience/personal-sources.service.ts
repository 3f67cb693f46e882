import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AddressKind } from './suppression-rows.service.js';

/** Somebody a brand knows, while it does. */
export interface KnownPerson {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly subscriberId: string;
  readonly kind: AddressKind;
  /** As written. */
  readonly address: string;
  readonly addressKey: string;
}

/** What another room knows of people. */
export interface PersonalSource {
  /** Its place in the exported JSON, e.g. `newsletters`. */
  readonly name: string;
  /** Plain JSON. */
  know(manager: EntityManager, person: KnownPerson): Promise<unknown>;
  /** Takes the person out of its rows; the rows may stay, without address and name. */
  erase(manager: EntityManager, person: KnownPerson): Promise<void>;
}

/** For rooms to the right: what they know of somebody is handed out, and erased, with what is known here. */
@Injectable()
export class PersonalSources {
  private readonly sources: PersonalSource[] = [];

  /** Call it in `onModuleInit`. */
  register(source: PersonalSource): void {
    this.sources.push(source);
  }

  async knownOf(manager: EntityManager, person: KnownPerson): Promise<Record<string, unknown>> {
    const known: Record<string, unknown> = {};
    for (const source of this.sources) known[source.name] = await source.know(manager, person);
    return known;
  }

  async erase(manager: EntityManager, person: KnownPerson): Promise<void> {
    for (const source of this.sources) await source.erase(manager, person);
  }
}
