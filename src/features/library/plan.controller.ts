import { Body, Controller, Get, HttpCode, Param, Post, Put, Res, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { Clock } from '../../infra/clock.js';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { planCsv, planIcs } from './plan-forms.js';
import { PlanPages, pictureBounds } from './plan-pages.service.js';
import { type Plan, PlanReads } from './plan-reads.service.js';
import { PlanSettingsService } from './plan-settings.service.js';
import { ClientPlan, PlanSettings, PlanSettingsChange } from './plan.schema.js';

const id = z.uuid();

/** The next seven days of a client: to be read, printed, put into a calendar; and who gets that unasked. */
@ApiTags('library')
@Controller('clients')
export class PlanController {
  constructor(
    private readonly plans: PlanReads,
    private readonly pages: PlanPages,
    private readonly settings: PlanSettingsService,
    private readonly clients: ClientsService,
    private readonly clock: Clock,
  ) {}

  @Get(':id/plan')
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: ClientPlan })
  @ApiOkResponse({ standardSchema: ClientPlan })
  async read(@By() caller: Caller, @Param('id', { schema: id }) clientId: string): Promise<ClientPlan> {
    const { client, from, to, items, commitments } = await this.plan(caller, clientId);
    return {
      clientId: client.id, zone: client.zone, from: new Date(from).toISOString(), to: new Date(to).toISOString(), commitments: [...commitments],
      items: items.map(({ dueAt, parts, ...item }) => ({ ...item, dueAt: new Date(dueAt).toISOString(), parts: parts.map((part) => ({ ...part, media: part.media.map((one) => ({ ...one })) })) })),
    };
  }

  @Get(':id/plan.ics')
  @Needs('viewer', 'posts:read')
  @ApiOkResponse({ description: 'iCalendar.', content: { 'text/calendar': { schema: { type: 'string' } } } })
  async ics(@By() caller: Caller, @Param('id', { schema: id }) clientId: string, @Res() response: Response): Promise<void> {
    response.type('text/calendar').send(planIcs(await this.plan(caller, clientId)));
  }

  @Get(':id/plan.csv')
  @Needs('viewer', 'posts:read')
  @ApiOkResponse({ description: 'A table, in the client’s language.', content: { 'text/csv': { schema: { type: 'string' } } } })
  async csv(@By() caller: Caller, @Param('id', { schema: id }) clientId: string, @Res() response: Response): Promise<void> {
    const text = planCsv(await this.plan(caller, clientId));
    response.setHeader('Content-Disposition', 'attachment; filename="plan.csv"');
    response.type('text/csv').send(text);
  }

  /** One file with texts and pictures, to be printed or kept. */
  @Get(':id/plan.html')
  @Needs('viewer', 'posts:read')
  @ApiOkResponse({ description: 'A page that needs nothing else.', content: { 'text/html': { schema: { type: 'string' } } } })
  async html(@By() caller: Caller, @Param('id', { schema: id }) clientId: string, @Res() response: Response): Promise<void> {
    response.type('html').send(await this.pages.write(await this.plan(caller, clientId), pictureBounds.page));
  }

  @Get(':id/plan-settings')
  @Needs('manager', 'clients:read')
  @SerializeOptions({ schema: PlanSettings })
  @ApiOkResponse({ standardSchema: PlanSettings })
  readSettings(@By() { workspaceId }: Caller, @Param('id', { schema: id }) clientId: string): Promise<PlanSettings> {
    return this.settings.read(workspaceId, clientId);
  }

  @Put(':id/plan-settings')
  @Needs('manager', 'clients:write')
  @SerializeOptions({ schema: PlanSettings })
  @ApiOkResponse({ standardSchema: PlanSettings })
  changeSettings(@By() caller: Caller, @Param('id', { schema: id }) clientId: string, @Body({ schema: PlanSettingsChange }) body: PlanSettingsChange): Promise<PlanSettings> {
    return this.settings.change(caller, clientId, body);
  }

  /** A new private link, switched on; the earlier ones open nothing any more. */
  @Post(':id/plan-settings/new-link')
  @HttpCode(200)
  @Needs('manager', 'clients:write')
  @SerializeOptions({ schema: PlanSettings })
  @ApiOkResponse({ standardSchema: PlanSettings })
  newLink(@By() caller: Caller, @Param('id', { schema: id }) clientId: string): Promise<PlanSettings> {
    return this.settings.newLink(caller, clientId);
  }

  private async plan({ workspaceId }: Caller, clientId: string): Promise<Plan> {
    return this.plans.week(workspaceId, await this.clients.read(workspaceId, clientId), { now: this.clock.now(), reader: 'team' });
  }
}
