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
  /** Where it can be read; null = not yet, or nowhere any more. */
  readonly url: string | null;
}

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

  /** null = it goes out as no page. */
  async linkTo(manager: EntityManager, { workspaceId, postId }: { readonly workspaceId: string; readonly postId: string }): Promise<string | null> {
    if (!(await this.hasPage({ workspaceId, postId }, manager))) return null;
    const [row]: { token: string }[] = await manager.query(
      `INSERT INTO page_links (token, workspace_id, post_id) VALUES ($1, $2, $3) ON CONFLICT (post_id) DO UPDATE SET token = page_links.token RETURNING token`, [newToken(), workspaceId, postId]);
    return row ? this.linkOf(row.token) : null;
  }

  /** It goes out as a page, or is one already. */
  async hasPage({ workspaceId, postId }: { readonly workspaceId: string; readonly postId: string }, manager: EntityManager = this.database.manager): Promise<boolean> {
    const [leading]: unknown[] = await manager.query(
      `SELECT FROM deliveries d WHERE d.workspace_id = $1 AND d.post_id = $2 AND d.connector_id = ANY($3::text[]) AND d.state NOT IN ('failed', 'missed', 'skipped', 'cancelled', 'rerouted') LIMIT 1`,
      [workspaceId, postId, pageConnectors]);
    return leading !== undefined;
  }

  /** As long as those that `linkTo` gives. */
  sampleLink(): string {
    return this.linkOf('a'.repeat(LENGTH));
  }

  async read(token: string): Promise<PostPage | null> {
    const [row]: PostPage[] = await this.database.query(
      `SELECT c.language, c.name AS brand, (
          SELECT p.url FROM deliveries d JOIN parts p ON p.delivery_id = d.id AND p.position = 0
           WHERE d.post_id = l.post_id AND d.connector_id = ANY($2::text[]) AND p.published_at IS NOT NULL AND p.url IS NOT NULL ORDER BY p.published_at, p.id LIMIT 1) AS url
         FROM page_links l JOIN posts o ON o.id = l.post_id JOIN clients c ON c.id = o.client_id WHERE l.token = $1`, [token, pageConnectors]);
    return row ?? null;
  }

  private linkOf(token: string): string {
    return siteLink(this.config, `/s/${token}`);
  }
}

const newToken = (): string => Array.from({ length: LENGTH }, () => letters.charAt(randomInt(letters.length))).join('');
