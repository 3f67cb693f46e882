import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { Public } from '../../infra/http/access.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { type Html, html } from '../../infra/http/html.js';
import { type Leaver, LeavingService } from './leaving.service.js';
import { PublicToken, WantedLanguage } from './public-page.schema.js';
import { sendGone, sendPublic } from './public-page.js';
import { type Say, sayIn } from './public-words.js';

const ListId = z.uuid();

/** Where “unsubscribe” leads: a page with a button, or (RFC 8058) a POST of the mail program itself, which acts at once. */
@ApiExcludeController()
@Controller('public/u')
export class LeavePageController {
  constructor(private readonly leaving: LeavingService) {}

  /** Changes nothing. */
  @Public()
  @Get([':token', ':token/:listId'])
  async page(
    @Param('token', { schema: PublicToken }) token: string, @Param('listId', { schema: ListId.optional() }) listId: string | undefined,
    @Query({ schema: WantedLanguage }) wanted: WantedLanguage, @Req() request: WithContext, @Res() response: Response,
  ): Promise<void> {
    const leaver = await this.leaving.peek(token, listId ?? null);
    if (!leaver) return sendGone(response, wanted.language ?? request.postern?.language ?? 'en', 'personGone');
    const language = wanted.language ?? leaver.person.language;
    const say = sayIn(language);
    const path = `/public/u/${token}${listId === undefined ? '' : `/${listId}`}`;
    const body = html`<p>${say('leaveAsk')}</p><p>${whatOf(leaver, say)}</p>
<form method="post" action="${path}?language=${language}"><button>${say('leaveButton')}</button></form>${choose(token, language, say)}`;
    sendPublic(response, { language, title: say('leaveTitle'), body, path });
  }

  /** Whatever its body says: by standard `List-Unsubscribe=One-Click`. https://www.rfc-editor.org/rfc/rfc8058#section-3.2 */
  @Public({ fromAnywhere: true })
  @Post([':token', ':token/:listId'])
  async leave(
    @Param('token', { schema: PublicToken }) token: string, @Param('listId', { schema: ListId.optional() }) listId: string | undefined,
    @Query({ schema: WantedLanguage }) wanted: WantedLanguage, @Req() request: WithContext, @Res() response: Response,
  ): Promise<void> {
    const leaver = await this.leaving.leave(token, listId ?? null, request.ip ?? null);
    if (!leaver) return sendGone(response, wanted.language ?? request.postern?.language ?? 'en', 'personGone');
    const language = wanted.language ?? leaver.person.language;
    const say = sayIn(language);
    sendPublic(response, { language, title: say('left'), body: html`<p class="note" role="status">${whatOf(leaver, say)}</p>${choose(token, language, say)}` });
  }
}

function whatOf({ person: { address, brand }, list }: Leaver, say: Say): string {
  return list ? say('leaveList', { address, brand, list: list.name }) : say('leaveAll', { address, brand });
}

const choose = (token: string, language: 'en' | 'it', say: Say): Html => html`<nav><a href="/public/p/${token}?language=${language}">${say('preferences')}</a></nav>`;
