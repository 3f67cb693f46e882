import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { PartContent } from '../../core/part.js';
import { storable } from '../../infra/facts/fact-writer.js';
import type { Caller } from '../../infra/http/access.js';
import { MediaService } from '../media/media.service.js';
import { AuditService } from '../workspaces/audit.service.js';
import { fail } from './broadcast-problems.js';
import type { BroadcastRow } from './broadcast-row.js';
import type { Broadcast, DraftIssue, IssueChange, Preview } from './broadcast.schema.js';
import { BroadcastsService } from './broadcasts.service.js';
import { tokens } from './issue.js';
import { draftOf } from './issue-source.js';
import { Issues, type Made } from './issues.service.js';
import { faultParams } from './templates.service.js';

/** What nobody got can be worked on again: to be sent anew, as somebody approves it then. */
const isEditable = `(state IN ('drafted', 'approved') OR state = 'stopped' AND pause_reason = 'nobody')`;
const reopened = `part_key = NULL, pause_reason = NULL, frozen_at = NULL, ended_at = NULL, recipients = NULL, joined_to = NULL, carried = false, deadline_at = 'infinity', html = NULL, plain = NULL, web_html = NULL`;

/** Newsletters while people work on them: drafted out of a post, edited, approved. */
@Injectable()
export class DraftsService {
  constructor(
    private readonly database: DataSource,
    private readonly broadcasts: BroadcastsService,
    private readonly issues: Issues,
    private readonly media: MediaService,
    private readonly audit: AuditService,
  ) {}

  /** The one there is, or a new one out of what the post says there. @throws DomainError post-not-for-list (404) */
  async draft(caller: Caller, { postId, channelId }: DraftIssue): Promise<Broadcast> {
    const { workspaceId } = caller;
    const [source]: { clientId: string; parts: readonly PartContent[] }[] = await this.database.query(
      `SELECT o.client_id AS "clientId", coalesce(v.variant, o.content) -> 'parts' AS parts
         FROM posts o JOIN channels c ON c.workspace_id = o.workspace_id AND c.client_id = o.client_id AND c.id = $3 AND c.connector_id = 'newsletter' AND c.archived_at IS NULL
         LEFT JOIN post_channels v ON v.post_id = o.id AND v.channel_id = c.id
        WHERE o.workspace_id = $1 AND o.id = $2 AND o.cancelled_at IS NULL`, [workspaceId, postId, channelId]);
    if (!source) throw fail('post-not-for-list');
    const drafted = draftOf(source.parts);
    return this.database.transaction(async (manager) => {
      const id = uuid();
      const made: unknown[] = await manager.query(
        `INSERT INTO broadcasts (id, workspace_id, client_id, channel_id, post_id, language, template_id, subject, preheader, content, state, web_token, created_by)
         SELECT $1, $2, c.id, $4, $5, c.language, $6, $7, $8, $9, 'drafted', $10, $11 FROM clients c WHERE c.id = $3
         ON CONFLICT (post_id, channel_id) DO NOTHING RETURNING id`,
        [id, workspaceId, source.clientId, channelId, postId, drafted.templateId, drafted.subject, drafted.preheader, storable(drafted.content), newToken(), JSON.stringify(caller.actor)]);
      if (made.length > 0) await this.note(manager, caller, { action: 'newsletter.drafted', id, details: { postId, channelId } });
      return this.broadcasts.ofPost(workspaceId, { postId, channelId }, manager);
    });
  }

  /** @throws DomainError broadcast-unknown (404), edited-meanwhile (409), broadcast-gone (409) */
  async change(caller: Caller, id: string, { version, ...asked }: IssueChange): Promise<Broadcast> {
    const media = asked.content ? await this.media.describe(caller.workspaceId, asked.content.media.map(({ mediaId }) => mediaId)) : [];
    const known = new Map(media.map(({ mediaId, mime }) => [mediaId, mime]));
    // A picture of another workspace, or none at all, is not there.
    const content = asked.content && { ...asked.content, media: asked.content.media.flatMap((one) => (known.get(one.mediaId)?.startsWith('image/') ? [{ ...one, mime: known.get(one.mediaId) }] : [])) };
    return this.database.transaction(async (manager) => {
      const row = await this.open(manager, caller, { id, version });
      const [, changed]: [unknown, number] = await manager.query(
        `UPDATE broadcasts SET subject = coalesce($4, subject), preheader = coalesce($5, preheader), content = coalesce($6, content), template_id = CASE WHEN $7 THEN $8 ELSE template_id END,
                state = 'drafted', approved_hash = NULL, approved_by = NULL, approved_at = NULL, ${reopened}, version = version + 1
          WHERE workspace_id = $1 AND id = $2 AND version = $3 AND ${isEditable}`,
        [caller.workspaceId, id, version, asked.subject ?? null, asked.preheader ?? null, content ? storable(content) : null, asked.templateId !== undefined, asked.templateId ?? null]);
      if (changed === 0) throw fail('edited-meanwhile');
      await this.note(manager, caller, { action: 'newsletter.changed', id, details: { fields: Object.keys(asked), approvalFell: row.approvedHash !== null } });
      return this.broadcasts.read(caller.workspaceId, id, manager);
    });
  }

  /** This version, as it looks now: the smallest change, of the template too, and it is approved no more. @throws DomainError as `change`, template-faulty (422) */
  async approve(caller: Caller, id: string, version: number): Promise<Broadcast> {
    return this.database.transaction(async (manager) => {
      const row = await this.open(manager, caller, { id, version });
      const { hash } = await this.whole(manager, row);
      const [, changed]: [unknown, number] = await manager.query(
        `UPDATE broadcasts SET state = 'approved', approved_hash = $4, approved_by = $5, approved_at = now(), ${reopened}, version = version + 1
          WHERE workspace_id = $1 AND id = $2 AND version = $3 AND ${isEditable}`, [caller.workspaceId, id, version, hash, JSON.stringify(caller.actor)]);
      if (changed === 0) throw fail('edited-meanwhile');
      await this.note(manager, caller, { action: 'newsletter.approved', id, details: { hash } });
      return this.broadcasts.read(caller.workspaceId, id, manager);
    });
  }

  /** As a recipient sees it; their own links lead nowhere. @throws DomainError broadcast-unknown (404), template-faulty (422) */
  async preview(workspaceId: string, id: string): Promise<Preview> {
    const { rendered } = await this.whole(this.database.manager, await this.broadcasts.row(workspaceId, id));
    const without = (text: string): string => Object.values(tokens).reduce((told, token) => told.replaceAll(token, token === tokens.list ? '…' : '#'), text);
    return { html: without(rendered.html), text: without(rendered.plain) };
  }

  private async whole(manager: EntityManager, row: BroadcastRow): Promise<Made & { readonly rendered: { readonly html: string; readonly plain: string } }> {
    const made = await this.issues.make(manager, row);
    const { rendered } = made;
    if ('faults' in rendered) throw fail('template-faulty', faultParams(rendered.faults), { faults: rendered.faults });
    return { ...made, rendered };
  }

  private async open(manager: EntityManager, { workspaceId }: Caller, { id, version }: { readonly id: string; readonly version: number }): Promise<BroadcastRow> {
    const row = await this.broadcasts.row(workspaceId, id, manager);
    if (row.state !== 'drafted' && row.state !== 'approved' && row.pauseReason !== 'nobody') throw fail('broadcast-gone', { state: row.state });
    if (row.version !== version) throw fail('edited-meanwhile');
    return row;
  }

  private async note(manager: EntityManager, { workspaceId, actor }: Caller, { action, id, details }: { action: string; id: string; details: Record<string, unknown> }): Promise<void> {
    await this.audit.record(manager, { workspaceId, actor, action, subject: 'newsletter', subjectId: id, details });
  }
}

/** Of the page where everybody with the link reads it. */
export const newToken = (): string => randomBytes(18).toString('base64url');
