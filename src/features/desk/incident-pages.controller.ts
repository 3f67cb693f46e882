import { Body, Controller, Get, Param, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { type Caller, SignedIn } from '../../infra/http/access.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { Doorkeeper, type UserVisitor } from '../../infra/http/doorkeeper.js';
import { sendPage } from '../../infra/http/html.js';
import { DomainError } from '../../infra/http/problem.js';
import { readSessionCookie } from '../../infra/http/session-cookie.js';
import { IncidentAct, IncidentPageQuery } from './incident-act.schema.js';
import { IncidentDesk } from './incident-desk.service.js';
import { incidentListPage } from './incident-list-page.js';
import { type IncidentView, incidentPage, incidentRules, titleOf } from './incident-page.js';
import { IncidentPageFilter } from './incident-page.filter.js';
import { deskIn, doneText } from './incident-words.js';

const Id = z.uuid();
const home = '/desk/incidents';
const refreshSeconds = 15;

interface Shown {
  readonly status: number;
  readonly query: Pick<IncidentPageQuery, 'still' | 'change'>;
  readonly message: IncidentView['message'];
}

/** The team's pages of incidents: plain HTML whose forms come back here, until the desk is built. */
@ApiExcludeController()
@SignedIn()
@UseFilters(IncidentPageFilter)
@Controller('desk/incidents')
export class IncidentPagesController {
  constructor(
    private readonly desk: IncidentDesk,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  @Get()
  async list(@Query({ schema: IncidentPageQuery }) { workspaceId, still }: IncidentPageQuery, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const visitor = await this.visitor(request);
    const caller = await this.desk.enter(visitor, workspaceId, null);
    const { incidents, zone } = await this.desk.list(caller);
    const { language, memberships } = visitor;
    const isStill = still !== undefined;
    const body = incidentListPage({ language, workspaceId: caller.workspaceId, memberships, incidents, zone, isStill });
    sendPage(response, 200, { language, title: `Postern · ${deskIn(language)('incidents')}`, body, rules: incidentRules, ...(isStill ? {} : { refreshSeconds }) });
  }

  @Get(':id')
  async read(@Param('id', { schema: Id }) id: string, @Query({ schema: IncidentPageQuery }) query: IncidentPageQuery, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const visitor = await this.visitor(request);
    const caller = await this.desk.enter(visitor, query.workspaceId, id);
    const done = doneText(query.done, visitor.language);
    await this.show(response, { visitor, caller, id }, { status: 200, query, message: done === null ? null : { kind: 'done', text: done } });
  }

  @Get(':id/deliveries.csv')
  async table(@Param('id', { schema: Id }) id: string, @Query({ schema: IncidentPageQuery }) { workspaceId }: IncidentPageQuery, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const caller = await this.desk.enter(await this.visitor(request), workspaceId, id);
    const text = await this.desk.table(caller, id);
    response.setHeader('Content-Disposition', 'attachment; filename="incident.csv"');
    response.type('text/csv').send(text);
  }

  /** A refusal is shown above the page as it is now: what the person saw may be old. */
  @Post(':id')
  async act(@Param('id', { schema: Id }) id: string, @Body({ schema: IncidentAct }) act: IncidentAct, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const visitor = await this.visitor(request);
    const caller = this.desk.callerIn(visitor, act.workspaceId);
    try {
      await this.desk.act(caller, id, act);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const query = { still: '1', ...(act.act === 'move' || act.act === 'by-hand' ? { change: act.deliveryId } : {}), ...(act.act === 'notice-edit' ? { change: act.noticeId } : {}) };
      await this.show(response, { visitor, caller, id }, { status: error.status, query, message: { kind: 'error', text: error.sentence[visitor.language] } });
      return;
    }
    response.redirect(303, `${home}/${id}?workspaceId=${caller.workspaceId}&done=${act.act}`);
  }

  private async show(response: Response, { visitor, caller, id }: { readonly visitor: UserVisitor; readonly caller: Caller; readonly id: string }, { status, query, message }: Shown): Promise<void> {
    const { language, memberships } = visitor;
    const { workspaceId } = caller;
    const here = `${home}/${id}`;
    const isStill = query.still !== undefined || query.change !== undefined;
    const shown = await this.desk.read(caller, id);
    const body = incidentPage({ ...shown, language, workspaceId, memberships, here, message, isStill, change: query.change });
    const refresh = isStill || shown.incident.state === 'closed' ? {} : { refreshSeconds, refreshTo: `${here}?workspaceId=${workspaceId}` };
    sendPage(response, status, { language, title: `Postern · ${titleOf(shown.incident, language)}`, body, rules: incidentRules, ...refresh });
  }

  /** The guard has let the session in already; here it says which workspaces it may enter. */
  private async visitor(request: WithContext): Promise<UserVisitor> {
    const visitor = await this.doorkeeper.bySession(readSessionCookie(request) ?? '');
    if (!visitor) throw new Error('The session ended between the door and the page.');
    return visitor;
  }
}
