import { Body, Controller, Delete, Get, Header, HttpCode, Param, Put, Query, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Me, Needs, OperatorOnly, type Person } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { DecisionList, DecisionQuery } from './decision.schema.js';
import { DecisionsService } from './decisions.service.js';
import { IncidentDetail, type IncidentItem, IncidentPage, IncidentQuery, NewFalseAlarm } from './incident.schema.js';
import { IncidentAlarms } from './incident-alarms.service.js';
import { IncidentCommitments } from './incident-commitments.service.js';
import { IncidentCsv } from './incident-csv.service.js';
import { IncidentsService } from './incidents.service.js';

const id = z.uuid();

@ApiTags('Incidents')
@Controller('incidents')
export class IncidentsController {
  constructor(
    private readonly incidents: IncidentsService,
    private readonly decisions: DecisionsService,
    private readonly commitments: IncidentCommitments,
    private readonly csv: IncidentCsv,
    private readonly alarms: IncidentAlarms,
  ) {}

  /** Outages of the platforms this workspace has channels on, and times when Postern itself was not running; newest first. */
  @Get()
  @Needs('viewer', 'incidents:read')
  @SerializeOptions({ schema: IncidentPage })
  @ApiOkResponse({ standardSchema: IncidentPage })
  list(@By() caller: Caller, @Query({ schema: IncidentQuery }) query: IncidentQuery): Promise<Page<IncidentItem>> {
    return this.incidents.list(caller, query);
  }

  /** Outages of ways out that are nobody's channel, such as the roads by which mail leaves: for the operator; newest first. */
  @Get('outlets')
  @OperatorOnly()
  @SerializeOptions({ schema: IncidentPage })
  @ApiOkResponse({ standardSchema: IncidentPage })
  outlets(@Query({ schema: IncidentQuery }) query: IncidentQuery): Promise<Page<IncidentItem>> {
    return this.incidents.ofOutlets(query);
  }

  /** One of them, with its story and the workspace's own tally. */
  @Get(':id')
  @Needs('viewer', 'incidents:read')
  @SerializeOptions({ schema: IncidentDetail })
  @ApiOkResponse({ standardSchema: IncidentDetail })
  one(@By() { workspaceId }: Caller, @Param('id', { schema: id }) incident: string): Promise<IncidentDetail> {
    return this.incidents.detail(workspaceId, incident);
  }

  /** Every post it touches, by client and hour, with what will happen to it; and what was promised outside posts. */
  @Get(':id/decisions')
  @Needs('viewer', 'incidents:read')
  @SerializeOptions({ schema: DecisionList })
  @ApiOkResponse({ standardSchema: DecisionList })
  async decide(
    @By() { workspaceId, language }: Caller,
    @Param('id', { schema: id }) incident: string,
    @Query({ schema: DecisionQuery }) { clientId }: DecisionQuery,
  ): Promise<DecisionList> {
    const found = await this.incidents.one(workspaceId, incident);
    const [items, commitments] = await Promise.all([this.decisions.list(workspaceId, incident, { language, clientId }), this.commitments.of(workspaceId, found, { language, clientId })]);
    return { items: [...items], commitments: [...commitments] };
  }

  /** The evidence as CSV: each post planned, and what became of it. */
  @Get(':id/deliveries.csv')
  @Needs('viewer', 'incidents:read')
  @Header('Content-Type', 'text/csv; charset=utf-8')
  @Header('Content-Disposition', 'attachment; filename="deliveries.csv"')
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  async deliveries(
    @By() { workspaceId, language }: Caller,
    @Param('id', { schema: id }) incident: string,
    @Query({ schema: DecisionQuery }) { clientId }: DecisionQuery,
  ): Promise<string> {
    await this.incidents.one(workspaceId, incident);
    return this.csv.of(workspaceId, incident, { language, clientId });
  }

  /** Say that nothing was wrong: for the operator, once it is closed. */
  @Put(':id/false-alarm')
  @HttpCode(204)
  @OperatorOnly()
  falseAlarm(@Me() { userId, name }: Person, @Param('id', { schema: id }) incident: string, @Body({ schema: NewFalseAlarm }) { reason }: NewFalseAlarm): Promise<void> {
    return this.alarms.say({ kind: 'operator', id: userId, name }, incident, reason);
  }

  /** It was an outage after all. */
  @Delete(':id/false-alarm')
  @HttpCode(204)
  @OperatorOnly()
  noFalseAlarm(@Me() { userId, name }: Person, @Param('id', { schema: id }) incident: string): Promise<void> {
    return this.alarms.takeBack({ kind: 'operator', id: userId, name }, incident);
  }
}
