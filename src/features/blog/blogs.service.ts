import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../../infra/config.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import type { Client } from '../workspaces/client.schema.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { blogLink } from './blog-links.js';
import { fail } from './blog-problems.js';
import type { Blog, BlogChange } from './blog.schema.js';
import { contrast, LEAST_CONTRAST, LIGHT, readableOn } from './colour.js';

const columns = 'slug, is_on, title, tagline, language, accent, footer, shows_plan, version';
const ACCENT = '#0b57d0';

/** The settings of clients' blogs. */
@Injectable()
export class BlogsService {
  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly audit: AuditService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws DomainError client-unknown (404) */
  async read(workspaceId: string, clientId: string): Promise<Blog> {
    const client = await this.clients.read(workspaceId, clientId);
    const rows: BlogRow[] = await this.database.query(`SELECT ${columns} FROM blogs WHERE workspace_id = $1 AND client_id = $2`, [workspaceId, clientId]);
    return this.shape(clientId, rows[0] ?? unwritten(client));
  }

  /** @throws DomainError client-unknown (404), edited-meanwhile, blog-slug-taken (409), blog-incomplete, accent-pale (400) */
  async change({ workspaceId, actor }: Caller, clientId: string, { version, ...wanted }: BlogChange): Promise<Blog> {
    const { slug, on, title, tagline, language, accent, footer, showsPlan } = wanted;
    return this.database.transaction(async (manager) => {
      const client = await this.clients.read(workspaceId, clientId, manager);
      if (on && slug === null) throw fail('blog-incomplete');
      const ratio = contrast(accent, LIGHT);
      if (ratio < LEAST_CONTRAST) throw fail('accent-pale', { accent, contrast: ratio.toFixed(1), better: readableOn(LIGHT, accent) });
      await manager.query(
        `INSERT INTO blogs (client_id, workspace_id, title, language, accent) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (client_id) DO NOTHING`,
        [clientId, workspaceId, client.name, client.language, ACCENT],
      );
      if (slug !== null) await this.take(manager, clientId, slug);
      const [rows] = await manager.query<[BlogRow[], number]>(
        `UPDATE blogs SET slug = $4, is_on = $5, title = $6, tagline = $7, language = $8, accent = $9, footer = $10, shows_plan = $11, version = version + 1
          WHERE workspace_id = $1 AND client_id = $2 AND version = $3 RETURNING ${columns}`,
        [workspaceId, clientId, version, slug, on, title, tagline, language, accent, footer, showsPlan],
      );
      if (!rows[0]) throw fail('edited-meanwhile');
      await this.audit.record(manager, { workspaceId, actor, action: 'client.blog-changed', subject: 'client', subjectId: clientId, details: wanted });
      return this.shape(clientId, rows[0]);
    });
  }

  /** An address belongs for ever to the blog that first had it: links to it are out in the world. */
  private async take(manager: EntityManager, clientId: string, slug: string): Promise<void> {
    await manager.query(`INSERT INTO blog_addresses (slug, client_id) VALUES ($1, $2) ON CONFLICT (slug) DO NOTHING`, [slug, clientId]);
    const rows: unknown[] = await manager.query(`SELECT 1 FROM blog_addresses WHERE slug = $1 AND client_id = $2`, [slug, clientId]);
    if (rows.length === 0) throw fail('blog-slug-taken');
  }

  private shape(clientId: string, row: BlogRow): Blog {
    const { slug, is_on: on, title, tagline, language, accent, footer, shows_plan: showsPlan, version } = row;
    return { clientId, slug, on, title, tagline, language, accent, footer, showsPlan, link: on && slug !== null ? blogLink(this.config, slug) : null, version };
  }
}

interface BlogRow {
  readonly slug: string | null;
  readonly is_on: boolean;
  readonly title: string;
  readonly tagline: string;
  readonly language: 'en' | 'it';
  readonly accent: string;
  readonly footer: string;
  readonly shows_plan: boolean;
  readonly version: number;
}

/** What counts before anybody chose anything; the same as a new row. */
function unwritten({ name, language }: Client): BlogRow {
  return { slug: null, is_on: false, title: name.slice(0, 120), tagline: '', language, accent: ACCENT, footer: '', shows_plan: false, version: 1 };
}
