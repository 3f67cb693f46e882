import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { headed } from '../../connectors/article.js';
import type { HouseOutlet, Look } from '../../connectors/connector.js';
import { notTaken } from '../../connectors/house.js';
import { connectors } from '../../connectors/registry.js';
import { findWebAddresses } from '../../connectors/text.js';
import type { Found, Outcome } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { filled } from '../../infra/http/problem.js';
import { scrub } from '../../infra/scrub.js';
import { type HousePlace, HouseOutlets } from '../channels/house-outlets.service.js';
import type { Plan, Section } from './article-row.js';
import { blogLink } from './blog-links.js';
import { freeSlug, wordsOf } from './slugs.js';

const CONNECTOR = 'blog';
/** As far as this room needs to know the connector's own schemas. */
const Account = z.object({ blog: z.string() });
const Options = z.object({ title: z.string().optional(), tags: z.array(z.string()).optional() });

interface BlogRow {
  readonly client_id: string;
  readonly slug: string | null;
  readonly is_on: boolean;
  readonly title: string;
}

interface TakenRow {
  readonly article_id: string;
  readonly section: number;
  readonly slug: string;
}

/** The blog of the channel's own client, if that is what its account names: by the client's id, or by an address it has or had. */
const ownBlog = `
  SELECT b.client_id, b.slug, b.is_on, b.title FROM blogs b JOIN clients c ON c.id = b.client_id
   WHERE b.workspace_id = $1 AND b.client_id = $2 AND c.archived_at IS NULL
     AND (b.client_id::text = lower($3) OR EXISTS (SELECT FROM blog_addresses a WHERE a.client_id = b.client_id AND a.slug = lower($3)))`;

/** Why a blog takes nothing. */
const gone = {
  en: 'This client has no blog “{name}”: choose its address (PUT /clients/:id/blog) and connect this channel with it.',
  it: 'Questo cliente non ha un blog «{name}»: scegli il suo indirizzo (PUT /clients/:id/blog) e collega questo canale.',
} as const;
const off = {
  en: 'The blog “{title}” is switched off: switch it on (PUT /clients/:id/blog), then try again.',
  it: 'Il blog «{title}» è spento: accendilo (PUT /clients/:id/blog), poi riprova.',
} as const;
const articleGone = { en: 'The article that this belongs to is not there any more.', it: 'L’articolo a cui appartiene non c’è più.' } as const;
const noArticle = { en: 'There is no such article on this blog.', it: 'Su questo blog non c’è questo articolo.' } as const;

/** The clients' blogs as outlets of this house: articles are taken here, each part once. */
@Injectable()
export class BlogOutlet implements OnModuleInit {
  private readonly logger = new Logger('blog');

  constructor(
    private readonly database: DataSource,
    private readonly outlets: HouseOutlets,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.outlets.register(CONNECTOR, (place) => this.at(place));
  }

  private at(place: HousePlace): HouseOutlet {
    return {
      take: (part, account) => this.take(place, part, nameIn(account)),
      find: (part, account) => this.find(place, part, nameIn(account)),
      look: (account) => this.look(place, nameIn(account)),
      delete: (remoteId) => this.takeOff(place, remoteId),
    };
  }

  private async take(place: HousePlace, part: Part, name: string): Promise<Outcome> {
    let wrote = false;
    try {
      return await this.database.transaction(async (manager) => {
        // Locked: of two that take the same part, the later finds what the earlier wrote; and addresses are given one by one.
        const [blog] = await manager.query<BlogRow[]>(`${ownBlog} FOR NO KEY UPDATE OF b`, [place.workspaceId, place.clientId, name]);
        if (!blog) return notTaken(filled(gone, { name }));
        const before = await taken(manager, place, part.key);
        if (before) return this.delivered(blog, before);
        if (!blog.is_on || blog.slug === null) return notTaken(filled(off, { title: blog.title }));
        const row = part.root === null ? await this.begin(manager, place, { part, blog }) : await this.goOn(manager, place, part);
        if (row === null) return notTaken(articleGone);
        wrote = true;
        await manager.query(`INSERT INTO article_parts (workspace_id, key, article_id, section) VALUES ($1, $2, $3, $4)`, [place.workspaceId, part.key, row.article_id, row.section]);
        return this.delivered(blog, row);
      });
    } catch (error) {
      const detail = scrub(String(error)).slice(0, 500);
      this.logger.warn(`An article could not be taken: ${detail}`);
      return { kind: wrote ? 'uncertain' : 'local', detail };
    }
  }

  private async begin(manager: EntityManager, { workspaceId, clientId, channelId }: HousePlace, { part, blog }: { readonly part: Part; readonly blog: BlogRow }): Promise<TakenRow> {
    const { content } = part;
    const options = Options.safeParse(content.options).data ?? {};
    const { title, body } = headed(content, options.title);
    const text = findWebAddresses(title).length > 0 ? content.text.trim() : body; // in a title it would be no link
    const words = wordsOf(title);
    const similar: { slug: string }[] = await manager.query(`SELECT slug FROM articles WHERE client_id = $1 AND (slug = $2 OR slug LIKE $2 || '-%')`, [clientId, words]);
    const id = uuid();
    const slug = freeSlug(words, new Set(similar.map((row) => row.slug)));
    await manager.query(
      `INSERT INTO articles (id, workspace_id, client_id, slug, title, tags, language, sections, plan, utm) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, (SELECT utm FROM channels WHERE id = $10 AND client_id = $3))`,
      [id, workspaceId, clientId, slug, title || blog.title, options.tags ?? [], content.language, JSON.stringify([sectionOf(part, text)]), json(await planOf(manager, workspaceId, part.partId)), channelId],
    );
    return { article_id: id, section: 0, slug };
  }

  private async goOn(manager: EntityManager, { workspaceId, clientId }: HousePlace, part: Part): Promise<TakenRow | null> {
    const [rows] = await manager.query<[{ slug: string; section: number }[], number]>(
      `UPDATE articles a SET sections = sections || $4::jsonb, version = version + 1
        WHERE workspace_id = $1 AND client_id = $2 AND id = $3
        RETURNING slug, (SELECT max(section) + 1 FROM article_parts p WHERE p.article_id = a.id) AS section`,
      [workspaceId, clientId, articleOf(part.root?.remoteId ?? ''), JSON.stringify([sectionOf(part, part.content.text)])],
    );
    return rows[0] ? { article_id: articleOf(part.root?.remoteId ?? ''), ...rows[0] } : null;
  }

  private async find(place: HousePlace, part: Part, name: string): Promise<Found> {
    try {
      const { manager } = this.database;
      const [blog] = await manager.query<BlogRow[]>(ownBlog, [place.workspaceId, place.clientId, name]);
      const row = await taken(manager, place, part.key);
      if (!row) return { kind: 'absent' };
      const { remoteId, url } = this.referenceTo(blog?.slug ?? null, row);
      return { kind: 'found', remoteId, url };
    } catch (error) {
      return { kind: 'unknown', detail: scrub(String(error)).slice(0, 500) };
    }
  }

  private async look({ workspaceId, clientId }: HousePlace, name: string): Promise<Look> {
    try {
      const [blog] = await this.database.query<BlogRow[]>(ownBlog, [workspaceId, clientId, name]);
      if (!blog) return { kind: 'unauthorized', detail: filled(gone, { name }).en };
      if (!blog.is_on || blog.slug === null) return { kind: 'unauthorized', detail: filled(off, { title: blog.title }).en };
      return { kind: 'ok', accountName: blog.title, url: blogLink(this.config, blog.slug) };
    } catch (error) {
      return { kind: 'local', detail: scrub(String(error)).slice(0, 500) };
    }
  }

  /** The whole article, whichever of its parts is named: it is one page. */
  private async takeOff({ workspaceId, clientId }: HousePlace, remoteId: string): Promise<Outcome> {
    const [rows] = await this.database.query<[unknown[], number]>(
      `UPDATE articles SET unpublished_at = coalesce(unpublished_at, now()), version = version + 1 WHERE workspace_id = $1 AND client_id = $2 AND id = $3 RETURNING id`,
      [workspaceId, clientId, articleOf(remoteId)],
    );
    return rows.length > 0 ? { kind: 'delivered', remoteId, url: null } : notTaken(noArticle);
  }

  private delivered({ slug }: BlogRow, row: TakenRow): Outcome {
    return { kind: 'delivered', ...this.referenceTo(slug, row) };
  }

  private referenceTo(blogSlug: string | null, { article_id: id, section, slug }: TakenRow): { readonly remoteId: string; readonly url: string | null } {
    const url = blogSlug === null ? null : blogLink(this.config, blogSlug, slug);
    return section === 0 ? { remoteId: id, url } : { remoteId: `${id}/${section}`, url: url && `${url}#part-${section + 1}` };
  }
}

async function taken(manager: EntityManager, { workspaceId, clientId }: HousePlace, key: string): Promise<TakenRow | null> {
  const rows: TakenRow[] = await manager.query(
    `SELECT p.article_id, p.section, a.slug FROM article_parts p JOIN articles a ON a.id = p.article_id AND a.workspace_id = p.workspace_id
      WHERE p.workspace_id = $1 AND p.key = $2 AND a.client_id = $3`,
    [workspaceId, key, clientId],
  );
  return rows[0] ?? null;
}

/** When and where it was planned, if it comes here instead. */
async function planOf(manager: EntityManager, workspaceId: string, partId: string): Promise<Plan | null> {
  const rows: { at: Date | null; platforms: string[] | null }[] = await manager.query(
    `SELECT p.due_at AS at, (SELECT array_agg(DISTINCT r.connector_id ORDER BY r.connector_id) FROM deliveries r WHERE r.post_id = d.post_id AND r.state = 'rerouted') AS platforms
       FROM parts t JOIN deliveries d ON d.id = t.delivery_id JOIN posts p ON p.id = d.post_id
      WHERE t.id = $1 AND t.workspace_id = $2 AND d.origin = 'fallback'`,
    [partId, workspaceId],
  );
  const [row] = rows;
  if (!row?.at || !row.platforms) return null;
  return { at: row.at.toISOString(), platforms: row.platforms.map((id) => connectors.find((one) => one.id === id)?.name ?? id) };
}

function sectionOf({ content }: Part, text: string): Section {
  return { text, media: content.media, link: content.link };
}

function nameIn(account: unknown): string {
  return Account.parse(account).blog;
}

/** Of a remote id: `<article>`, or `<article>/<section>`. What is none of ours names nothing. */
function articleOf(remoteId: string): string {
  return z.uuid().safeParse(remoteId.split('/')[0]).data ?? '00000000-0000-0000-0000-000000000000';
}

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
