import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { Clock } from '../../infra/clock.js';
import { Public } from '../../infra/http/access.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { SANDBOX_POLICY } from '../../infra/http/headers.js';
import { html, sendPage } from '../../infra/http/html.js';
import { planCsv, planIcs } from './plan-forms.js';
import { PlanPages, pictureBounds } from './plan-pages.service.js';
import { type Plan, PlanReads } from './plan-reads.service.js';
import { PlanSettingsService } from './plan-settings.service.js';

const Token = z.string().regex(/^[\w-]{1,100}$/);

/** Its table and its calendar are fetched from it. */
const policy = `${SANDBOX_POLICY} allow-downloads`;

const gone = {
  en: { title: 'This plan is not here', text: 'The link is wrong, or it was replaced by a new one. Ask the agency for the new link.' },
  it: { title: 'Questo piano non è qui', text: 'Il link è sbagliato, oppure è stato sostituito. Chiedi all’agenzia il link nuovo.' },
} as const;

/** A client's plan by private link: whoever has it reads it, nobody finds it. Nothing that nobody approved, nothing of another client. */
@ApiExcludeController()
@Public()
@Controller('public/plan')
export class PublicPlanController {
  constructor(
    private readonly settings: PlanSettingsService,
    private readonly plans: PlanReads,
    private readonly pages: PlanPages,
    private readonly clock: Clock,
  ) {}

  @Get(':token')
  async page(@Param('token', { schema: Token }) token: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const plan = await this.plan(token, request, response);
    if (plan) response.type('html').send(await this.pages.write(plan, pictureBounds.page));
  }

  @Get(':token/plan.ics')
  async ics(@Param('token', { schema: Token }) token: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const plan = await this.plan(token, request, response);
    if (plan) response.type('text/calendar').send(planIcs(plan));
  }

  @Get(':token/plan.csv')
  async csv(@Param('token', { schema: Token }) token: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const plan = await this.plan(token, request, response);
    if (!plan) return;
    response.setHeader('Content-Disposition', 'attachment; filename="plan.csv"');
    response.type('text/csv').send(planCsv(plan));
  }

  /** Answers itself where the link leads nowhere. */
  private async plan(token: string, request: WithContext, response: Response): Promise<Plan | null> {
    response.setHeader('X-Robots-Tag', 'noindex, nofollow, noarchive');
    response.setHeader('Content-Security-Policy', policy);
    const owner = await this.settings.ownerOf(token);
    if (owner) return this.plans.week(owner.workspaceId, owner.client, { now: this.clock.now(), reader: 'client' });
    const language = request.postern?.language ?? 'en';
    sendPage(response, 404, { language, title: gone[language].title, body: html`<h1>${gone[language].title}</h1><p>${gone[language].text}</p>`, policy });
    return null;
  }
}
