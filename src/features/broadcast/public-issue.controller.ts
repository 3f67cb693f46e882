import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Public } from '../../infra/http/access.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { SANDBOX_POLICY } from '../../infra/http/headers.js';
import { type Html, html, sendPage } from '../../infra/http/html.js';
import type { Language, Sentence } from '../../infra/http/problem.js';
import { MediaService } from '../media/media.service.js';
import type { IssueContent } from './broadcast.schema.js';

const Token = z.string().regex(/^[\w-]{20,60}$/);
const Picture = z.string().regex(/^[\w-]{1,40}$/);
const unknown = {
  en: { title: 'There is no such newsletter', text: 'Check the address, or ask whoever gave it to you.' },
  it: { title: 'Questa newsletter non esiste', text: 'Controlla l’indirizzo, o chiedi a chi te l’ha dato.' },
} as const;
const since: Sentence = { en: 'Since then', it: 'Da allora' };
/** Links lead out of the sandbox; pictures that a template names may lie anywhere. */
const policy = `${SANDBOX_POLICY.replace("img-src 'self' data:", "img-src 'self' data: https:")} allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation`;

interface Issue {
  readonly id: string;
  readonly language: Language;
  readonly workspaceId: string;
  readonly html: string;
  readonly content: IssueContent;
}

/** A newsletter as everybody may read it who has its link, and the pictures its mails show. Nothing of any recipient is in it, and opening it changes nothing. */
@ApiExcludeController()
@Public()
@Controller('public/n')
export class PublicIssueController {
  constructor(
    private readonly database: DataSource,
    private readonly media: MediaService,
  ) {}

  @Get(':token')
  async page(@Param('token', { schema: Token }) token: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const issue = await this.issue(token);
    if (!issue) return refuse(request, response);
    response.setHeader('X-Robots-Tag', 'noindex');
    response.setHeader('Cache-Control', 'public, max-age=300');
    response.setHeader('Content-Security-Policy', policy);
    const { text: later } = await this.later(issue);
    response.type('html').send(issue.html.replace(/<\/body>/i, (end) => `${later}${end}`));
  }

  @Get(':token/pictures/:n')
  async picture(@Param('token', { schema: Token }) token: string, @Param('n', { schema: Picture }) n: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const issue = await this.issue(token);
    const picture = issue?.content.media[Number(n)];
    if (!issue || !picture?.mime.startsWith('image/')) return refuse(request, response);
    const blob = await this.media.open(issue.workspaceId, picture.mediaId).catch(() => null);
    if (!blob) return refuse(request, response);
    response.setHeader('Cache-Control', 'public, max-age=86400, immutable');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin'); // mail programs on the web show it in their own pages
    response.type(picture.mime).setHeader('Content-Length', blob.size);
    Readable.fromWeb(blob.stream() as ReadableStream).on('error', (error) => response.destroy(error)).pipe(response);
  }

  /** What the brand had to say later that day: no mail of its own, it stands here. */
  private async later({ id, language }: Issue): Promise<Html> {
    const joined: { subject: string; token: string }[] = await this.database.query('SELECT subject, web_token AS token FROM broadcasts WHERE joined_to = $1 AND NOT carried ORDER BY frozen_at', [id]);
    if (joined.length === 0) return html``;
    return html`<section style="max-width:600px;margin:1.5em auto;padding:0 1em;font-family:sans-serif"><h2>${since[language]}</h2><ul>${joined.map(({ subject, token }) => html`<li><a href="${`../n/${token}`}">${subject}</a></li>`)}</ul></section>`;
  }

  /** Once its audience is frozen: a draft is nobody's but the team's. */
  private async issue(token: string): Promise<Issue | null> {
    const [row]: Issue[] = await this.database.query('SELECT id, language, workspace_id AS "workspaceId", web_html AS html, content FROM broadcasts WHERE web_token = $1 AND web_html IS NOT NULL', [token]);
    return row ?? null;
  }
}

function refuse(request: WithContext, response: Response): void {
  const language = request.postern?.language ?? 'en';
  const { title, text } = unknown[language];
  sendPage(response, 404, { language, title, body: html`<h1>${title}</h1><p>${text}</p>`, policy: SANDBOX_POLICY });
}
