import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { storable } from '../../infra/facts/fact-writer.js';
import { type BroadcastRow, hasIt, isDrafted, mailOf } from './broadcast-row.js';
import type { Rendered } from './issue.js';
import type { Said } from './issues.service.js';
import type { ToTake } from './takings.service.js';

/** A newsletter taken for good. */
export interface Frozen {
  readonly said: Said;
  readonly channelId: string;
  readonly postId: string;
  /** Under which it was taken. */
  readonly key: string;
  readonly purpose: 'issue' | 'fallback';
  readonly rendered: Rendered;
  readonly hash: string;
  readonly listIds: readonly string[];
  readonly segmentId: string | null;
  readonly language: string;
  readonly author: unknown;
  /** Nobody gets it after this; null = no limit. */
  readonly deadlineAt: Date | null;
  /** The newsletter on whose page it stands, without a mail of its own; null = it is mailed. */
  readonly joinedTo: string | null;
  /** That one's mail says it too. */
  readonly carried: boolean;
}

/** Today, as the brand's clocks show it. */
const brandsDay = (client: string): string => `(SELECT to_char(now() AT TIME ZONE zone, 'YYYY-MM-DD') FROM clients WHERE id = ${client}::uuid)`;

/** Rows of newsletters that are taken, and what one a day says about the others. */
@Injectable()
export class FrozenRows {
  /** As it is, whatever it said before, and to nobody yet. A draft keeps who approved it and when. */
  async write(manager: EntityManager, { said, rendered, ...frozen }: Frozen): Promise<void> {
    await manager.query('DELETE FROM recipients WHERE broadcast_id = $1', [said.id]);
    await manager.query(
      `INSERT INTO broadcasts (id, workspace_id, client_id, channel_id, post_id, part_key, purpose, list_ids, segment_id, language, template_id, subject, preheader, content, state,
              approved_hash, approved_by, approved_at, html, plain, web_html, web_token, deadline_at, frozen_at, created_by, joined_to, carried, ended_at, recipients)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, CASE WHEN $22::uuid IS NULL THEN 'frozen' ELSE 'sent' END, $15, $16, now(), $17, $18, $19, $20, coalesce($21::timestamptz, 'infinity'), now(), $16,
               $22, $23, CASE WHEN $22 IS NOT NULL THEN now() END, CASE WHEN $22 IS NOT NULL THEN 0 END)
       ON CONFLICT (id) DO UPDATE SET part_key = excluded.part_key, purpose = excluded.purpose, list_ids = excluded.list_ids, segment_id = excluded.segment_id, state = excluded.state,
              subject = excluded.subject, preheader = excluded.preheader, content = excluded.content, template_id = excluded.template_id, approved_hash = excluded.approved_hash,
              approved_by = CASE WHEN ${isDrafted('broadcasts')} THEN broadcasts.approved_by ELSE excluded.approved_by END, approved_at = CASE WHEN ${isDrafted('broadcasts')} THEN broadcasts.approved_at ELSE now() END,
              html = excluded.html, plain = excluded.plain, web_html = excluded.web_html, deadline_at = excluded.deadline_at, frozen_at = now(), version = broadcasts.version + 1,
              pause_reason = NULL, pause_detail = NULL, wait_told = false, joined_to = excluded.joined_to, carried = excluded.carried, ended_at = excluded.ended_at, recipients = excluded.recipients`,
      [said.id, said.workspaceId, said.clientId, frozen.channelId, frozen.postId, frozen.key, frozen.purpose, frozen.listIds, frozen.segmentId, frozen.language, said.templateId,
        said.subject, said.preheader, storable(said.content), frozen.hash, JSON.stringify(frozen.author), rendered.html, rendered.plain, rendered.webHtml, said.webToken, frozen.deadlineAt, frozen.joinedTo, frozen.carried]);
  }

  /** Somebody got it, or may have: by its own mail, or the one that carried it. */
  async isHad(manager: EntityManager, row: Pick<BroadcastRow, 'id' | 'joinedTo' | 'carried'>): Promise<boolean> {
    const [one]: unknown[] = await manager.query(`SELECT FROM recipients WHERE broadcast_id = $1 AND ${hasIt} LIMIT 1`, [mailOf(row)]);
    return one !== undefined;
  }

  /** Whom it goes to is frozen too. A fallback that goes to anybody is the brand's mail of the day. */
  async counted(manager: EntityManager, { id, clientId }: Pick<Said, 'id' | 'clientId'>, people: number): Promise<void> {
    await manager.query(
      `UPDATE broadcasts SET recipients = $3, outage_key = CASE WHEN purpose = 'fallback' AND $3 > 0 THEN ${brandsDay('$2')} END WHERE id = $1`, [id, clientId, people]);
  }

  /**
   * A brand's mail of the day is made by one at a time, and nobody waits for that on a connection: a long list takes minutes,
   * and as many as leave together would take every connection there is. First of all locks. @returns false = somebody makes it just now; what is no fallback needs no turn
   */
  async turn(manager: EntityManager, { clientId, part }: Pick<ToTake, 'clientId' | 'part'>): Promise<boolean> {
    const [row]: { mine: boolean }[] = await manager.query(
      `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS mine FROM parts p JOIN deliveries d ON d.id = p.delivery_id WHERE p.id = $2 AND d.origin = 'fallback'`, [`mail of the day ${clientId}`, part.partId]);
    return row?.mine ?? true;
  }

  /** A brand mails one fallback a day (DESIGN §8); what comes later stands on the page that one links to. For whose turn it is. @returns the one of today */
  async mailedToday(manager: EntityManager, { workspaceId, clientId }: Pick<Said, 'workspaceId' | 'clientId'>): Promise<string | null> {
    const [row]: { id: string }[] = await manager.query(`SELECT id FROM broadcasts WHERE workspace_id = $1 AND client_id = $2 AND outage_key = ${brandsDay('$2')}`, [workspaceId, clientId]);
    return row?.id ?? null;
  }

  /** Its mail, and the page everybody may read, say this. */
  async say(manager: EntityManager, { id, subject, preheader }: Pick<Said, 'id' | 'subject' | 'preheader'>, { html, plain, webHtml }: Rendered): Promise<void> {
    await manager.query('UPDATE broadcasts SET subject = $2, preheader = $3, html = $4, plain = $5, web_html = $6 WHERE id = $1', [id, subject, preheader, html, plain, webHtml]);
  }
}
