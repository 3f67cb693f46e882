import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { Public } from '../../infra/http/access.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { html } from '../../infra/http/html.js';
import { DomainError, type Language } from '../../infra/http/problem.js';
import { PublicToken, WantedLanguage } from './public-page.schema.js';
import { sendPublic } from './public-page.js';
import { sayIn, sentenceOf } from './public-words.js';
import { signUpForm } from './sign-up-form.js';
import { SignUpBody } from './sign-up.schema.js';
import { type OpenList, SignUpsService } from './sign-ups.service.js';

/** Where people sign up: a page of ours, or a form on any other page that posts here. No cookie, no script. */
@ApiExcludeController()
@Controller('public/join')
export class SignUpPageController {
  constructor(private readonly signUps: SignUpsService) {}

  @Public()
  @Get(':token')
  async page(@Param('token', { schema: PublicToken }) token: string, @Query({ schema: WantedLanguage }) wanted: WantedLanguage, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const list = await this.listOf(token, request, response);
    if (list) showForm(response, { list, path: `/public/join/${token}`, language: wanted.language ?? list.language });
  }

  /** The same answer whoever it is: a page, or JSON if that is asked for. */
  @Public({ fromAnywhere: true })
  @Post(':token')
  @HttpCode(200)
  async signUp(@Param('token', { schema: PublicToken }) token: string, @Body() body: unknown, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    response.setHeader('Access-Control-Allow-Origin', '*'); // another site's script may read the answer: nothing in it is anybody's
    const list = await this.listOf(token, request, response);
    if (!list) return;
    const entered = SignUpBody.parse(z.record(z.string(), z.unknown()).catch({}).parse(body));
    const language = entered.language ?? list.language;
    try {
      await this.signUps.signUp(list, entered, { ip: request.ip ?? null, language });
    } catch (error) {
      if (!(error instanceof DomainError) || wantsJson(request)) throw error;
      showForm(response, { list, path: `/public/join/${token}`, language, refusal: error, entered });
      return;
    }
    const [title, text] = list.doubleOptIn ? (['almost', 'almostText'] as const) : (['done', 'doneText'] as const);
    if (wantsJson(request)) response.json({ accepted: true, title: sentenceOf(title), message: sentenceOf(text) });
    else sendPublic(response, { language, title: sayIn(language)(title), body: html`<p class="note" role="status">${sayIn(language)(text)}</p>` });
  }

  private async listOf(token: string, request: WithContext, response: Response): Promise<OpenList | null> {
    try {
      return await this.signUps.open(token);
    } catch (error) {
      if (!(error instanceof DomainError) || wantsJson(request)) throw error;
      const language = request.postern?.language ?? 'en';
      sendPublic(response, { status: error.status, language, title: sayIn(language)('gone'), body: html`<p>${error.sentence[language]}</p>` });
      return null;
    }
  }
}

interface Shown {
  readonly list: OpenList;
  readonly path: string;
  readonly language: Language;
  readonly refusal?: DomainError;
  readonly entered?: { readonly address: string; readonly name: string };
}

function showForm(response: Response, { list, path, language, refusal, entered }: Shown): void {
  const say = sayIn(language);
  const trouble = refusal ? html`<p class="error" role="alert">${refusal.sentence[language]}</p>` : null;
  const form = signUpForm(list, { action: path, language, ...(entered && { entered }) });
  const body = html`<p>${say('from', { brand: list.brand })}</p><p lang="${list.language}">${list.purpose}</p>${trouble}${form}`;
  sendPublic(response, { status: refusal?.status ?? 200, language, title: say('signUpTitle', { list: list.name }), body, path });
}

/** A browser asks for a page; only who names JSON before it gets that. */
const wantsJson = (request: WithContext): boolean => request.accepts(['html', 'json']) === 'json';
