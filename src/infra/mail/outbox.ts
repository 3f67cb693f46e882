import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { storable } from '../facts/fact-writer.js';
import type { Letter } from './letter.js';
import type { Road } from './road.js';
import { ROADS } from './roads.js';

export interface Logo {
  readonly content: Buffer;
  readonly mime: string;
}
type ReadLogo = (workspaceId: string, mediaId: string) => Promise<Logo | null>;

/** Hours, where a letter says nothing itself. */
const freshFor = 10;

/** Where letters are written; the postman takes them from there. What rooms above know of roads and logos is told here. */
@Injectable()
export class Outbox {
  private readLogo: ReadLogo = async () => null;
  private isJudgedDown: (road: Road) => boolean = () => false;
  private onSeen: (road: Road, ok: boolean, at: number) => void = () => undefined;

  constructor(@Inject(ROADS) readonly roads: readonly Road[]) {}

  /** Writes letters in the transaction of what they tell. One that was written before (`once`) stays as it is. */
  async write(manager: EntityManager, letters: readonly Letter[]): Promise<void> {
    if (letters.length === 0) return;
    const rows = letters.map(({ to, ...letter }) => ({ ...letter, id: uuid(), toName: to.name, toAddress: to.address }));
    // In one order, or two that write the same letters wait for each other.
    await manager.query(
      `INSERT INTO letters (id, workspace_id, once, about, to_name, to_address, user_id, mail, until)
       SELECT id, "workspaceId", once, about, "toName", "toAddress", "userId", mail, coalesce(until, now() + make_interval(hours => $2))
         FROM jsonb_to_recordset($1::jsonb) AS l (id uuid, "workspaceId" uuid, once text, about text, "toName" text, "toAddress" text, "userId" uuid, mail jsonb, until timestamptz)
        ORDER BY once
       ON CONFLICT (once) DO NOTHING`,
      [storable(rows), freshFor],
    );
  }

  /** Takes back what has not gone yet, e.g. an opening when the end is told. @returns how many were stopped; one being sent just now goes. */
  async withdraw(manager: EntityManager, onces: readonly string[]): Promise<number> {
    const [, count]: [unknown, number] = await manager.query(
      `UPDATE letters SET state = 'dropped', detail = 'taken back' WHERE once = ANY($1) AND state = 'waiting'`,
      [onces],
    );
    return count;
  }

  /** Who can read the logos that letters carry. */
  logos(read: ReadLogo): void {
    this.readLogo = read;
  }

  /** Who knows whether a road is down: it is passed over while another is not. */
  judge(isDown: (road: Road) => boolean): void {
    this.isJudgedDown = isDown;
  }

  /** Who wants to know how the roads do: told after each try that says something of the road; `at` = when it began, ms. */
  report(on: (road: Road, ok: boolean, at: number) => void): void {
    this.onSeen = on;
  }

  isDown(place: Road['place']): boolean {
    const road = this.roads.find((known) => known.place === place);
    return road !== undefined && this.isJudgedDown(road);
  }

  seen(road: Road, ok: boolean, at: number): void {
    this.onSeen(road, ok, at);
  }

  /** null when it cannot be had: the letter goes without it. */
  async logo(workspaceId: string | null, mediaId: string): Promise<Logo | null> {
    return workspaceId === null ? null : this.readLogo(workspaceId, mediaId).catch(() => null);
  }
}
