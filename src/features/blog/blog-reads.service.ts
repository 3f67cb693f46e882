import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { MediaService } from '../media/media.service.js';
import { ARTICLE_COLUMNS, type ArticleRow, picturesOf, type Section } from './article-row.js';

/** A blog that is on, as everybody may read it. */
export interface PublicBlog {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly slug: string;
  readonly title: string;
  readonly tagline: string;
  readonly language: 'en' | 'it';
  readonly accent: string;
  readonly footer: string;
  readonly showsPlan: boolean;
  readonly createdAt: Date;
  /** Of its client. */
  readonly zone: string;
  /** Of the demo: nobody is to find it by searching. */
  readonly isDemo: boolean;
}

export interface Neighbour {
  readonly slug: string;
  readonly title: string;
}

const PER_PAGE = 10;
/** https://www.sitemaps.org/protocol.html */
const MOST_IN_SITEMAP = 50_000;
const IN_FEED = 30;

const shown = `FROM articles WHERE workspace_id = $1 AND client_id = $2 AND unpublished_at IS NULL`;

/** What everybody may read: articles that went out here, of blogs that are on. Reads no post and nothing that is held. */
@Injectable()
export class BlogReads {
  constructor(
    private readonly database: DataSource,
    private readonly media: MediaService,
  ) {}

  /** By an address it has, or had: then `slug` is the one it has now. Null where nothing is to be read. */
  async blogAt(address: string): Promise<PublicBlog | null> {
    const rows: PublicBlog[] = await this.database.query(
      `SELECT b.workspace_id AS "workspaceId", b.client_id AS "clientId", b.slug, b.title, b.tagline, b.language, b.accent, b.footer,
              b.shows_plan AS "showsPlan", b.created_at AS "createdAt", c.zone, w.kind = 'demo' AS "isDemo"
         FROM blog_addresses a JOIN blogs b ON b.client_id = a.client_id JOIN clients c ON c.id = b.client_id JOIN workspaces w ON w.id = b.workspace_id
        WHERE a.slug = lower($1) AND b.is_on AND b.slug IS NOT NULL AND c.archived_at IS NULL`,
      [address],
    );
    return rows[0] ?? null;
  }

  /** A page of articles, newest first, and whether there are older ones. `page` from 1. */
  async page({ workspaceId, clientId }: PublicBlog, page: number, tag: string | null): Promise<{ readonly articles: readonly ArticleRow[]; readonly hasOlder: boolean }> {
    const rows: ArticleRow[] = await this.database.query(
      `SELECT ${ARTICLE_COLUMNS} ${shown} AND ($3::text IS NULL OR $3 = ANY(tags)) ORDER BY published_at DESC, id DESC LIMIT $4 OFFSET $5`,
      [workspaceId, clientId, tag, PER_PAGE + 1, (page - 1) * PER_PAGE],
    );
    return { articles: rows.slice(0, PER_PAGE), hasOlder: rows.length > PER_PAGE };
  }

  async article({ workspaceId, clientId }: PublicBlog, slug: string): Promise<ArticleRow | null> {
    const rows: ArticleRow[] = await this.database.query(`SELECT ${ARTICLE_COLUMNS} ${shown} AND slug = $3`, [workspaceId, clientId, slug]);
    return rows[0] ?? null;
  }

  async neighbours({ workspaceId, clientId }: PublicBlog, { id }: Pick<ArticleRow, 'id'>): Promise<{ readonly newer: Neighbour | null; readonly older: Neighbour | null }> {
    // Compared in the database: its instants are finer than a Date.
    const beside = (sign: '<' | '>', order: 'ASC' | 'DESC'): Promise<Neighbour[]> =>
      this.database.query(
        `SELECT slug, title ${shown} AND (published_at, id) ${sign} (SELECT published_at, id FROM articles WHERE id = $3) ORDER BY published_at ${order}, id ${order} LIMIT 1`,
        [workspaceId, clientId, id],
      );
    const [[newer], [older]] = await Promise.all([beside('>', 'ASC'), beside('<', 'DESC')]);
    return { newer: newer ?? null, older: older ?? null };
  }

  async latest({ workspaceId, clientId }: PublicBlog): Promise<readonly ArticleRow[]> {
    return this.database.query(`SELECT ${ARTICLE_COLUMNS} ${shown} ORDER BY published_at DESC, id DESC LIMIT ${IN_FEED}`, [workspaceId, clientId]);
  }

  async sitemap({ workspaceId, clientId }: PublicBlog): Promise<readonly { readonly slug: string; readonly at: Date }[]> {
    return this.database.query(`SELECT slug, coalesce(edited_at, published_at) AS at ${shown} ORDER BY published_at DESC, id DESC LIMIT ${MOST_IN_SITEMAP - 1}`, [workspaceId, clientId]);
  }

  /** Which pictures of these articles are still there. */
  async present({ workspaceId }: PublicBlog, articles: readonly { readonly sections: readonly Section[] }[]): Promise<ReadonlySet<string>> {
    const ids = articles.flatMap(({ sections }) => sections.flatMap(picturesOf)).map(({ mediaId }) => mediaId);
    return new Set((await this.media.describe(workspaceId, [...new Set(ids)])).map(({ mediaId }) => mediaId));
  }
}
