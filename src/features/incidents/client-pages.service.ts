import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../../infra/config.js';
import type { Caller } from '../../infra/http/access.js';
import { editedMeanwhile, problems } from '../../infra/http/problem.js';
import { siteLink } from '../../infra/http/site.js';
import { claimedClient, isLinkToken, linkToken } from '../../infra/link-token.js';
import { Seal } from '../../infra/seal.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import type { Client } from '../workspaces/client.schema.js';
import { type BrandContacts, type ClientPages, type ClientPagesChange, noContacts } from './client-pages.schema.js';

const fail = problems({
  'brand-page-incomplete': {
    status: 400,
    en: 'Before the page is switched on, choose the last word of its address and fill in at least one way to find the brand: e-mail, phone, newsletter, blog or shop.',
    it: 'Prima di attivare la pagina scegli l’ultima parola del suo indirizzo e indica almeno un modo per trovare il marchio: e-mail, telefono, newsletter, blog o negozio.',
  },
  'slug-taken': { status: 409, en: 'Another page has this address already. Choose another word.', it: 'Un’altra pagina ha già questo indirizzo. Scegli un’altra parola.' },
  ...editedMeanwhile,
});

/** Whose page a visitor opened. */
export interface PageOwner {
  readonly workspaceId: string;
  readonly client: Client;
}

export interface BrandOwner extends PageOwner {
  readonly slug: string;
  readonly contacts: BrandContacts;
}

const page = 'client page';
const columns = 'slug, brand_on, contacts, link_version, version';

/** The pages of a client that others than its agency read: the brand's, for everybody, and its own, by private link. */
@Injectable()
export class ClientPagesService {
  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly audit: AuditService,
    private readonly seal: Seal,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The address of the client's own page; whoever has it reads there. @throws DomainError client-unknown (404) */
  async link(workspaceId: string, clientId: string): Promise<string> {
    return (await this.read(workspaceId, clientId)).privateLink;
  }

  /** @throws DomainError client-unknown (404) */
  async read(workspaceId: string, clientId: string): Promise<ClientPages> {
    await this.clients.read(workspaceId, clientId);
    const rows: PagesRow[] = await this.database.query(`SELECT ${columns} FROM client_pages WHERE workspace_id = $1 AND client_id = $2`, [workspaceId, clientId]);
    return this.shape(clientId, rows[0] ?? unwritten);
  }

  /** @throws DomainError client-unknown (404), edited-meanwhile (409), slug-taken (409), brand-page-incomplete (400) */
  async change({ workspaceId, actor }: Caller, clientId: string, { version, slug, brandOn, contacts }: ClientPagesChange): Promise<ClientPages> {
    return this.database.transaction(async (manager) => {
      await this.makeRow(manager, workspaceId, clientId);
      if (brandOn && (slug === null || Object.values(contacts).every((contact) => contact === null))) throw fail('brand-page-incomplete');
      const [rows] = await manager
        .query<[PagesRow[], number]>(
          `UPDATE client_pages SET slug = $4, brand_on = $5, contacts = $6, version = version + 1
            WHERE workspace_id = $1 AND client_id = $2 AND version = $3 RETURNING ${columns}`,
          [workspaceId, clientId, version, slug, brandOn, JSON.stringify(contacts)],
        )
        .catch((error: { code?: string }) => {
          throw error.code === '23505' ? fail('slug-taken') : error;
        });
      if (!rows[0]) throw fail('edited-meanwhile');
      await this.audit.record(manager, { workspaceId, actor, action: 'client.pages-changed', subject: 'client', subjectId: clientId, details: { slug, brandOn, contacts } });
      return this.shape(clientId, rows[0]);
    });
  }

  /** Makes every earlier private link of this client worthless. @throws DomainError client-unknown (404) */
  async newLink({ workspaceId, actor }: Caller, clientId: string): Promise<ClientPages> {
    return this.database.transaction(async (manager) => {
      await this.makeRow(manager, workspaceId, clientId);
      const [rows] = await manager.query<[PagesRow[], number]>(
        `UPDATE client_pages SET link_version = link_version + 1, version = version + 1 WHERE workspace_id = $1 AND client_id = $2 RETURNING ${columns}`,
        [workspaceId, clientId],
      );
      await this.audit.record(manager, { workspaceId, actor, action: 'client.private-link-renewed', subject: 'client', subjectId: clientId });
      return this.shape(clientId, rows[0] ?? unwritten);
    });
  }

  /** Whose private link it is; null for one that was never given, was revoked, or is of a client put away. */
  async ownerOf(token: string): Promise<PageOwner | null> {
    const clientId = claimedClient(token);
    if (clientId === null) return null;
    const rows: { workspace_id: string; link_version: number }[] = await this.database.query(
      `SELECT c.workspace_id, coalesce(p.link_version, $2) AS link_version
         FROM clients c LEFT JOIN client_pages p ON p.client_id = c.id AND p.workspace_id = c.workspace_id WHERE c.id = $1 AND c.archived_at IS NULL`,
      [clientId, unwritten.link_version],
    );
    const [row] = rows;
    if (!row || !isLinkToken(this.seal, token, { page, clientId, linkVersion: row.link_version })) return null;
    return { workspaceId: row.workspace_id, client: await this.clients.read(row.workspace_id, clientId) };
  }

  /** The brand with this address, if its page is on. */
  async brandOf(slug: string): Promise<BrandOwner | null> {
    const rows: { workspace_id: string; client_id: string; slug: string; contacts: Partial<BrandContacts> }[] = await this.database.query(
      `SELECT p.workspace_id, p.client_id, p.slug, p.contacts
         FROM client_pages p JOIN clients c ON c.id = p.client_id WHERE lower(p.slug) = lower($1) AND p.brand_on AND c.archived_at IS NULL`,
      [slug],
    );
    const [row] = rows;
    if (!row) return null;
    const { workspace_id: workspaceId, client_id: clientId } = row;
    return { workspaceId, client: await this.clients.read(workspaceId, clientId), slug: row.slug, contacts: { ...noContacts, ...row.contacts } };
  }

  private async makeRow(manager: EntityManager, workspaceId: string, clientId: string): Promise<void> {
    await this.clients.read(workspaceId, clientId, manager);
    await manager.query(`INSERT INTO client_pages (workspace_id, client_id) VALUES ($1, $2) ON CONFLICT (client_id) DO NOTHING`, [workspaceId, clientId]);
  }

  private shape(clientId: string, row: PagesRow): ClientPages {
    const brandLink = row.brand_on && row.slug !== null ? siteLink(this.config, `/b/${row.slug}`) : null;
    return {
      clientId, slug: row.slug, brandOn: row.brand_on, contacts: { ...noContacts, ...row.contacts },
      privateLink: siteLink(this.config, `/c/${linkToken(this.seal, { page, clientId, linkVersion: row.link_version })}`),
      brandLink, feedLink: brandLink && `${brandLink}/feed.xml`, version: row.version,
    };
  }
}

interface PagesRow {
  readonly slug: string | null;
  readonly brand_on: boolean;
  readonly contacts: Partial<BrandContacts>;
  readonly link_version: number;
  readonly version: number;
}

/** What counts before anybody chose anything; the same as the columns' defaults. */
const unwritten: PagesRow = { slug: null, brand_on: false, contacts: {}, link_version: 1, version: 1 };
