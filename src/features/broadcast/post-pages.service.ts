import { randomInt } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { pageConnectors } from '../../connectors/registry.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { siteLink } from '../../infra/http/site.js';
import type { Language } from '../../infra/http/problem.js';

/** Nothing that is mistaken for something else when it is read out or typed. */
const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
const LENGTH = 9;

export interface PostPage {
  readonly language: Language;
  readonly brand: string;
  /** Where it can be read: on the blog, or else, where no page is to come any more, in the newsletter that said it. null = not yet, or nowhere. */
  readonly url: string | null;
  /** It goes out as a page, and that one is not there yet. */
  readonly isComing: boolean;
}

/** Delivery `d` is a page by itself within the hour: nobody has to approve, let go or decide anything first. */
const isComing = `(d.approved AND d.due_at < now() + interval '1 hour'
  AND (d.state IN ('scheduled', 'sending', 'unconfirmed') OR d.state = 'held' AND d.hold_reason IN ('outage', 'suspect', 'pace')))`;

/**
 * Where a post that goes to people can be read whole: on the brand's blog, if it goes out there too. By a short address of ours, which
 * is known before the blog has answered, costs an SMS little, and leads there from the moment on that the page is there.
 */
@Injectable()
export class PostPages {
  constructor(
    private readonly database: DataSource,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Of what goes to people now. null = it is no page, nor is it one within the hour. */
  async linkTo(manager: EntityManager, { workspaceId, postId }: { readonly workspaceId: string; readonly postId: string }): Promise<string | null> {
    const [leading]: unknown[] = await manager.query(
      `SELECT FROM deliveries d WHERE d.workspace_id = $1 AND d.post_id = $2 AND d.connector_id = ANY($3::text[]) AND (d.state = 'published' OR ${isComing}) LIMIT 1`, [workspaceId, postId, pageConnectors]);
    if (leading === undefined) return null;
    const [row]: { token: string }[] = await manager.query(
      `INSERT INTO page_links (token, workspace_id, post_id) VALUES ($1, $2, $3) ON CONFLICT (post_id) DO UPDATE SET token = page_links.token RETURNING token`, [newToken(), workspaceId, postId]);
    return row ? this.linkOf(row.token) : null;
  }

  /** It goes out as a page, whenever that is, or is one already. */
  async hasPage({ workspaceId, postId }: { readonly workspaceId: string; readonly postId: string }): Promise<boolean> {
    const [leading]: unknown[] = await this.database.query(
      `SELECT FROM deliveries d WHERE d.workspace_id = $1 AND d.post_id = $2 AND d.connector_id = ANY($3::text[]) AND d.state NOT IN ('failed', 'missed', 'skipped', 'cancelled', 'rerouted') LIMIT 1`,
      [workspaceId, postId, pageConnectors]);
    return leading !== undefined;
  }

  /** As long as those that `linkTo` gives. */
  sampleLink(): string {
    return this.linkOf('a'.repeat(LENGTH));
  }

  async read(token: string): Promise<PostPage | null> {
    const [row]: (PostPage & { readonly issue: string | null })[] = await this.database.query(
      `SELECT c.language, c.name AS brand, (
          SELECT p.url FROM deliveries d JOIN parts p ON p.delivery_id = d.id AND p.position = 0
           WHERE d.post_id = l.post_id AND d.connector_id = ANY($2::text[]) AND p.published_at IS NOT NULL AND p.url IS NOT NULL ORDER BY p.published_at, p.id LIMIT 1) AS url,
          EXISTS (SELECT FROM deliveries d WHERE d.post_id = l.post_id AND d.connector_id = ANY($2::text[]) AND ${isComing}) AS "isComing",
          (SELECT b.web_token FROM broadcasts b WHERE b.post_id = l.post_id AND b.frozen_at IS NOT NULL AND b.web_html IS NOT NULL ORDER BY b.frozen_at DESC, b.id LIMIT 1) AS issue
         FROM page_links l JOIN posts o ON o.id = l.post_id JOIN clients c ON c.id = o.client_id WHERE l.token = $1`, [token, pageConnectors]);
    if (!row) return null;
    const { issue, ...page } = row;
    return { ...page, url: page.url ?? (page.isComing || issue === null ? null : siteLink(this.config, `/n/${issue}`)) };
  }

  private linkOf(token: string): string {
    return siteLink(this.config, `/s/${token}`);
  }
}

const newToken = (): string => Array.from({ length: LENGTH }, () => letters.charAt(randomInt(letters.length))).join('');
