import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { UtmRule } from '../../core/utm.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { siteLink } from '../../infra/http/site.js';
import type { Language } from '../../infra/http/problem.js';
import type { BroadcastRow } from './broadcast-row.js';
import { hashOf } from './broadcast-row.js';
import { type Piece, type Rendered, render } from './issue.js';
import type { TemplateFault } from './mjml.js';
import { PostPages } from './post-pages.service.js';
import type { SenderRow } from './sender-row.js';
import { SendersService } from './senders.service.js';
import { TemplatesService } from './templates.service.js';

export type Said = Pick<BroadcastRow, 'id' | 'workspaceId' | 'clientId' | 'channelId' | 'subject' | 'preheader' | 'content' | 'templateId' | 'webToken'> & {
  /** Where its post can be read whole: it leads there, unless its author gave it a link of its own. */
  readonly pageLink?: string | null;
};

export interface Made {
  readonly rendered: Rendered | { readonly faults: readonly TemplateFault[] };
  /** Of what it says and its template as it is now. */
  readonly hash: string;
  readonly sender: SenderRow | null;
  readonly client: { readonly name: string; readonly language: Language };
}

/** Makes a newsletter's mail out of what it says, its template and its sender. */
@Injectable()
export class Issues {
  constructor(
    private readonly senders: SendersService,
    private readonly templates: TemplatesService,
    private readonly pages: PostPages,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** `pieces`: what it says instead of its own words, where one mail carries several posts; each of them has its own page. */
  async make(manager: EntityManager, said: Said, pieces: readonly [Said, ...Said[]] = [said]): Promise<Made> {
    const { workspaceId, clientId } = said;
    const mjml = await this.templates.mjmlOf(manager, said, said.templateId);
    const sender = await this.senders.ofClient(manager, workspaceId, clientId);
    const [client]: { name: string; language: Language; utm: UtmRule | null }[] = await manager.query(
      'SELECT l.name, l.language, c.utm FROM clients l LEFT JOIN channels c ON c.id = $3 AND c.client_id = l.id WHERE l.workspace_id = $1 AND l.id = $2', [workspaceId, clientId, said.channelId]);
    if (!client) throw new Error(`The client of broadcast ${said.id} is gone.`);
    const [first, ...also] = pieces;
    const rendered = await render({
      ...this.piece(first), subject: said.subject, also: also.map((one) => this.piece(one)), language: client.language, brand: client.name, preheader: said.preheader, imprint: sender?.imprint ?? client.name,
      mjml, id: said.id, utm: client.utm, webUrl: this.webUrl(said.webToken),
    });
    return { rendered, hash: hashOf(said, mjml), sender, client };
  }

  /** Of a post that goes to people instead of another outlet; null = it goes out as no page. */
  pageOf(manager: EntityManager, post: { readonly workspaceId: string; readonly postId: string }): Promise<string | null> {
    return this.pages.linkTo(manager, post);
  }

  private piece({ subject, content: written, webToken, pageLink = null }: Said): Piece {
    const content = written.link === null && pageLink !== null ? { ...written, link: { url: pageLink, title: '' } } : written;
    return { subject, content, pictureUrl: (n) => `${this.webUrl(webToken)}/pictures/${n}` };
  }

  webUrl(token: string): string {
    return siteLink(this.config, `/n/${token}`);
  }
}
