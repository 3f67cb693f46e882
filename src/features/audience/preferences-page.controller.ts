import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { Public } from '../../infra/http/access.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { html } from '../../infra/http/html.js';
import { ErasureService } from './erasure.service.js';
import { preferencesForm } from './preferences-form.js';
import { type Preferences, PreferencesService } from './preferences.service.js';
import { PublicToken, WantedLanguage } from './public-page.schema.js';
import { sendGone, sendPublic } from './public-page.js';
import { sayIn } from './public-words.js';

/** A browser sends one tick as a text, several as a list, none as nothing. */
const Chosen = z.object({
  lists: z.union([z.array(z.uuid()), z.uuid().transform((one) => [one])]).default([]),
  language: z.enum(['en', 'it']),
});

/** What somebody gets, chosen by themselves; and the way out of everything. */
@ApiExcludeController()
@Controller('public/p')
export class PreferencesPageController {
  constructor(
    private readonly preferences: PreferencesService,
    private readonly erasure: ErasureService,
  ) {}

  @Public()
  @Get(':token')
  async page(@Param('token', { schema: PublicToken }) token: string, @Query({ schema: WantedLanguage }) wanted: WantedLanguage, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const found = await this.preferences.read(token);
    if (!found) return gone(request, response, wanted);
    show(response, { found, token, language: wanted.language ?? found.person.language, isSaved: false });
  }

  @Public({ fromAnywhere: true })
  @Post(':token')
  async choose(@Param('token', { schema: PublicToken }) token: string, @Body({ schema: Chosen }) { lists, language }: z.output<typeof Chosen>, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const found = await this.preferences.choose(token, { listIds: lists, language }, request.ip ?? null);
    if (!found) return gone(request, response, { language });
    show(response, { found, token, language, isSaved: true });
  }

  /** Asks once more; changes nothing. */
  @Public()
  @Get(':token/erase')
  async ask(@Param('token', { schema: PublicToken }) token: string, @Query({ schema: WantedLanguage }) wanted: WantedLanguage, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const found = await this.preferences.read(token);
    if (!found) return gone(request, response, wanted);
    const language = wanted.language ?? found.person.language;
    const say = sayIn(language);
    const path = `/public/p/${token}/erase`;
    const body = html`<p>${say('eraseText', { address: found.person.address, brand: found.person.brand })}</p><form method="post" action="${path}?language=${language}"><button>${say('eraseButton')}</button></form>`;
    sendPublic(response, { language, title: say('eraseTitle'), body, path });
  }

  @Public({ fromAnywhere: true })
  @Post(':token/erase')
  async erase(@Param('token', { schema: PublicToken }) token: string, @Query({ schema: WantedLanguage }) wanted: WantedLanguage, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const person = await this.erasure.byToken(token);
    if (!person) return gone(request, response, wanted);
    const language = wanted.language ?? person.language;
    const say = sayIn(language);
    sendPublic(response, { language, title: say('erased'), body: html`<p class="note" role="status">${say('erasedText', { brand: person.brand })}</p>` });
  }
}

interface Shown {
  readonly found: Preferences;
  readonly token: string;
  readonly language: 'en' | 'it';
  readonly isSaved: boolean;
}

function show(response: Response, { found, token, language, isSaved }: Shown): void {
  const say = sayIn(language);
  const path = `/public/p/${token}`;
  const said = isSaved ? html`<p class="note" role="status">${say('saved')}</p>` : null;
  sendPublic(response, { language, title: say('preferences'), body: html`${said}${preferencesForm(found, { path, language })}`, path });
}

function gone(request: WithContext, response: Response, wanted: WantedLanguage): void {
  sendGone(response, wanted.language ?? request.postern?.language ?? 'en', 'personGone');
}
