import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { connectorById } from '../../connectors/registry.js';
import { CONFIG, type Config } from '../../infra/config.js';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { MediaService } from '../media/media.service.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ARTICLE_COLUMNS, type ArticleRow, type Section } from './article-row.js';
import type { Article, ArticleChange, ArticleQuery } from './article.schema.js';
import { blogLink } from './blog-links.js';
import { fail } from './blog-problems.js';

const Key = z.tuple([z.iso.datetime({ offset: true }), z.uuid()]);

type Row = ArticleRow & { readonly blog_slug: string | null; readonly is_on: boolean };

const withBlog = `(SELECT b.slug FROM blogs b WHERE b.client_id = a.client_id) AS blog_slug, (SELECT b.is_on FROM blogs b WHERE b.client_id = a.client_id) AS is_on`;

/** Articles as their workspace sees them: also those that were taken off. */
@Injectable()
export class ArticlesService {
  constructor(
    private readonly database: DataSource,
    private readonly media: MediaService,
    private readonly audit: AuditService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Newest first. */
  async list(workspaceId: string, { limit, cursor, clientId }: ArticleQuery): Promise<Page<Article>> {
    const after = decodeCursor(cursor, Key);
    const rows: (Row & { readonly key: string })[] = await this.database.query(
      `SELECT ${ARTICLE_COLUMNS}, ${withBlog}, to_json(published_at) #>> '{}' AS key FROM articles a
        WHERE workspace_id = $1 AND ($2::uuid IS NULL OR client_id = $2) AND ($3::timestamptz IS NULL OR (published_at, id) < ($3, $4::uuid))
        ORDER BY published_at DESC, id DESC LIMIT $5`,
      [workspaceId, clientId ?? null, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    );
    const { items, next } = toPage(rows, limit, (row) => [row.key, row.id]);
    return { items: items.map((row) => this.shape(row)), next };
  }

  /** @throws DomainError article-unknown (404) */
  async read(workspaceId: string, id: string): Promise<Article> {
    return this.shape(await this.row(this.database.manager, workspaceId, id));
  }

  /** @throws DomainError article-unknown (404), edited-meanwhile (409), article-empty, article-picture (400) */
  async change({ workspaceId, actor }: Caller, id: string, { version, title, tags, sections, published }: ArticleChange): Promise<Article> {
    const before = await this.read(workspaceId, id);
    const written = sections && (await this.sectionsOf(workspaceId, sections));
    return this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[Row[], number]>(
        `UPDATE articles a SET title = coalesce($4, title), tags = coalesce($5, tags), sections = coalesce($6, sections),
                edited_at = CASE WHEN $4::text IS NULL AND $5::text[] IS NULL AND $6::jsonb IS NULL THEN edited_at ELSE now() END,
                unpublished_at = CASE WHEN $7::boolean THEN NULL WHEN NOT $7 THEN coalesce(unpublished_at, now()) ELSE unpublished_at END,
                version = version + 1
          WHERE workspace_id = $1 AND id = $2 AND version = $3 RETURNING ${ARTICLE_COLUMNS}, ${withBlog}`,
        [workspaceId, id, version, title ?? null, tags ?? null, written ? JSON.stringify(written) : null, published ?? null],
      );
      if (!rows[0]) throw fail('edited-meanwhile');
      const action = published === undefined || published === before.published ? 'article.changed' : published ? 'article.published' : 'article.unpublished';
      await this.audit.record(manager, {
        workspaceId, actor, action, subject: 'article', subjectId: id,
        details: { title: rows[0].title, ...(sections && { before: before.sections.map(({ text }) => text) }), ...(title !== undefined && { titleBefore: before.title }) },
      });
      return this.shape(rows[0]);
    });
  }

  private async sectionsOf(workspaceId: string, asked: NonNullable<ArticleChange['sections']>): Promise<readonly Section[]> {
    const { mediaTypes } = connectorById('blog').limits();
    const known = await this.media.describe(workspaceId, asked.flatMap(({ media }) => media.map(({ mediaId }) => mediaId)));
    return asked.map(({ text, media, link }, i) => {
      if (text.trim() === '' && media.length === 0 && link === null) throw fail('article-empty', { section: i + 1 });
      const pictures = media.map(({ mediaId, alt }) => {
        const found = known.find((one) => one.mediaId === mediaId.toLowerCase());
        if (!found || !(found.mime in mediaTypes)) throw fail('article-picture', { mediaId });
        return { ...found, alt };
      });
      return { text, media: pictures, link: link && { ...link, thumb: null } };
    });
  }

  private async row(manager: EntityManager, workspaceId: string, id: string): Promise<Row> {
    const rows: Row[] = await manager.query(`SELECT ${ARTICLE_COLUMNS}, ${withBlog} FROM articles a WHERE workspace_id = $1 AND id = $2`, [workspaceId, id]);
    if (!rows[0]) throw fail('article-unknown');
    return rows[0];
  }

  private shape(row: Row): Article {
    const isShown = row.unpublished_at === null && row.is_on && row.blog_slug !== null;
    return {
      id: row.id, clientId: row.client_id, title: row.title, tags: [...row.tags], language: row.language,
      sections: row.sections.map(({ text, media, link }) => ({
        text,
        media: media.map(({ mediaId, alt, mime }) => ({ mediaId, alt, mime })),
        link: link && { url: link.url, title: link.title, description: link.description },
      })),
      published: row.unpublished_at === null, publishedAt: row.published_at.toISOString(), editedAt: row.edited_at?.toISOString() ?? null,
      link: isShown && row.blog_slug !== null ? blogLink(this.config, row.blog_slug, row.slug) : null, version: row.version,
    };
  }
}
