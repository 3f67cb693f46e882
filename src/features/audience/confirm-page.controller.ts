import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from '../../infra/http/access.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { html } from '../../infra/http/html.js';
import { ConfirmationsService, type ToConfirm } from './confirmations.service.js';
import { PublicToken, WantedLanguage } from './public-page.schema.js';
import { sendGone, sendPublic } from './public-page.js';
import { sayIn } from './public-words.js';

/** Where a confirmation letter leads. Opening it changes nothing: mail scanners open every link. */
@ApiExcludeController()
@Controller('public/confirm')
export class ConfirmPageController {
  constructor(private readonly confirmations: ConfirmationsService) {}

  @Public()
  @Get(':token')
  async page(@Param('token', { schema: PublicToken }) token: string, @Query({ schema: WantedLanguage }) wanted: WantedLanguage, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const found = await this.confirmations.peek(token);
    if (!found) return sendGone(response, wanted.language ?? request.postern?.language ?? 'en', 'confirmGone');
    const language = wanted.language ?? found.language;
    const say = sayIn(language);
    const path = `/public/confirm/${token}`;
    if (found.state === 'confirmed') return showConfirmed(response, found, language);
    const { brand, address, list } = found;
    const body = html`<p>${say('from', { brand })}</p><p>${say('confirmText', { address })}</p>
<form method="post" action="${path}?language=${language}"><button>${say('confirmButton')}</button></form>
<h2>${say('agreed')}</h2><p class="consent" lang="${found.textLanguage}">${found.consentText}</p>`;
    sendPublic(response, { language, title: say('confirmTitle', { list }), body, path });
  }

  /** The secret in the address speaks for the caller; the page it comes from has no origin of its own. */
  @Public({ fromAnywhere: true })
  @Post(':token')
  async confirm(@Param('token', { schema: PublicToken }) token: string, @Query({ schema: WantedLanguage }) wanted: WantedLanguage, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const found = await this.confirmations.confirm(token, request.ip ?? null);
    if (!found) return sendGone(response, wanted.language ?? request.postern?.language ?? 'en', 'confirmGone');
    showConfirmed(response, found, wanted.language ?? found.language);
  }
}

function showConfirmed(response: Response, { list, brand }: ToConfirm, language: 'en' | 'it'): void {
  const say = sayIn(language);
  sendPublic(response, { language, title: say('confirmed'), body: html`<p class="note" role="status">${say('confirmedText', { list, brand })}</p>` });
}
