import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { storable } from '../facts/fact-writer.js';
import type { Address, Letter, LetterMail } from './letter.js';
import type { Road } from './road.js';
import { ROADS } from './roads.js';

export interface Logo {
  readonly content: Buffer;
  readonly mime: string;
}
/** A letter that reached nobody, and never will. */
export interface LostLetter {
  readonly workspaceId: string | null;
  readonly once: string;
  readonly about: Letter['about'];
  readonly to: Address;
  /** What the roads said. */
  readonly detail: string;
}
type OnLost = (manager: EntityManager, letter: LostLetter) => Promise<void>;
export interface Attachment {
  readonly content: Buffer;
  readonly mime: string;
  readonly name: string;
}
type ReadAttachment = (workspaceId: string, wanted: NonNullable<LetterMail['attachment']>) => Promise<Attachment>;
type ReadLogo = (workspaceId: string, mediaId: string) => Promise<Logo | null>;

/** Hours, where a letter says nothing itself. */
const freshFor = 10;

/** Where letters are written; the postman takes them from there. What rooms above know of roads and logos is told here. */
@Injectable()
export class Outbox {
  private readLogo: ReadLogo = async () => null;
  private readAttachment: ReadAttachment | null = null;
  private isJudgedDown: (road: Road) => boolean = () => false;
  private onLost: OnLost = async () => undefined;
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

  /**
   * Takes back what has not gone yet, e.g. an opening when the end is told; one being sent just now goes, but is not tried again.
   * @param about how their `once` begins, to every address
   * @returns whether one of them went, or may have gone
   */
  async withdraw(manager: EntityManager, about: string): Promise<boolean> {
    const rows: { mayHaveGone: boolean }[] = await manager.query(
      `SELECT state = 'sent' OR sending_until IS NOT NULL AS "mayHaveGone" FROM letters WHERE starts_with(once, $1) ORDER BY once FOR UPDATE`,
      [about],
    );
    await manager.query(
      `UPDATE letters SET state = CASE WHEN sending_until > now() THEN state ELSE 'dropped' END, until = least(until, now()), detail = 'taken back'
        WHERE starts_with(once, $1) AND state = 'waiting'`,
      [about],
    );
    return rows.some(({ mayHaveGone }) => mayHaveGone);
  }

  /** How many letters of this kind have not gone yet. */
  async waiting(manager: EntityManager, about: Letter['about']): Promise<number> {
    const [row] = await manager.query<{ count: number }[]>(`SELECT count(*)::int AS count FROM letters WHERE state = 'waiting' AND about = $1`, [about]);
    return row?.count ?? 0;
  }

  /** What was written to this address about this is gone, on its way or sent or caught: the person is forgotten. */
  async forget(manager: EntityManager, { workspaceId, address, about }: { readonly workspaceId: string; readonly address: string; readonly about: Letter['about'] }): Promise<void> {
    await manager.query('DELETE FROM letters WHERE workspace_id = $1 AND about = $3 AND lower(to_address) = lower($2)', [workspaceId, address, about]);
    await manager.query(`DELETE FROM caught_mails WHERE workspace_id = $1 AND mail->>'about' = $3 AND lower(to_address) = lower($2)`, [workspaceId, address, about]);
  }

  /** Who tells people that a letter is lost, in the transaction in which it is given up. */
  losses(on: OnLost): void {
    this.onLost = on;
  }

  lost(manager: EntityManager, letter: LostLetter): Promise<void> {
    return this.onLost(manager, letter);
  }

  /** Who can read the logos that letters carry. */
  logos(read: ReadLogo): void {
    this.readLogo = read;
  }

  /** Who can make what letters carry. */
  attachments(read: ReadAttachment): void {
    this.readAttachment = read;
  }

  /** null when it cannot be had: the letter goes without it. */
  async attachment(workspaceId: string | null, wanted: NonNullable<LetterMail['attachment']>): Promise<Attachment | null> {
    return workspaceId === null || this.readAttachment === null ? null : this.readAttachment(workspaceId, wanted).catch(() => null);
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
