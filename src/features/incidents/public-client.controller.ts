import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { Clock } from '../../infra/clock.js';
import { Public } from '../../infra/http/access.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { SANDBOX_POLICY } from '../../infra/http/headers.js';
import { type Html, html, sendPage } from '../../infra/http/html.js';
import { MediaService } from '../media/media.service.js';
import { ClientPagesService, type PageOwner } from './client-pages.service.js';
import { type Decision, DecisionsService, type Wanted } from './decisions.service.js';
import { type IncidentCommitment, IncidentCommitments } from './incident-commitments.service.js';
import { IncidentCsv } from './incident-csv.service.js';
import type { Incident } from './incident-rows.js';
import { clientPage, pageGone } from './public-client-page.js';
import { reportRules } from './report-parts.js';
import { reportPage } from './report-page.js';
import { ReportReads } from './report-reads.service.js';
import { reportIn } from './report-words.js';
import { TallyService } from './tally.service.js';

const Token = z.string().regex(/^[\w-]{1,100}$/);
const Id = z.string().regex(/^[\w-]{1,100}$/);
/** Nothing of these pages runs, nor do they load themselves again (a sandbox forbids it); the table beside the report may be saved. */
const policy = `${SANDBOX_POLICY} allow-downloads`;

/** A client's own pages: whoever has its private link reads them, nobody finds them. Nothing of any other client stands there. */
@ApiExcludeController()
@Public()
@Controller('public/c')
export class PublicClientController {
  constructor(
    private readonly pages: ClientPagesService,
    private readonly reads: ReportReads,
    private readonly decisions: DecisionsService,
    private readonly tallies: TallyService,
    private readonly commitments: IncidentCommitments,
    private readonly csv: IncidentCsv,
    private readonly media: MediaService,
    private readonly clock: Clock,
  ) {}

  @Get(':token')
  async page(@Param('token', { schema: Token }) token: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const owner = await this.pages.ownerOf(token);
    if (!owner) return refuse(request, response, 'gone');
    const [agency, open, past] = await Promise.all([this.reads.agency(owner.workspaceId), this.reads.open(owner), this.reads.past(owner)]);
    const view = {
      owner, agency, home: `/public/c/${token}`, now: new Date(this.clock.now()),
      open: await Promise.all(open.map(async (incident) => ({ incident, decisions: await this.postsOf(owner, incident), commitments: await this.promisedOf(owner, incident) }))),
      past: await Promise.all(past.map(async (incident) => ({ incident, tally: await this.tallies.of(incident.id, owner.workspaceId, owner.client.id) }))),
    };
    send(response, owner, { title: reportIn(owner.client.language)('status'), body: clientPage(view) });
  }

  @Get(':token/incidents/:incidentId')
  async report(@Param('token', { schema: Token }) token: string, @Param('incidentId', { schema: Id }) incidentId: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const owner = await this.pages.ownerOf(token);
    if (!owner) return refuse(request, response, 'gone');
    const incident = await this.incidentOf(owner, incidentId);
    if (!incident) return refuse(request, response, 'absent', owner);
    const [agency, decisions, commitments, tally] = await Promise.all([
      this.reads.agency(owner.workspaceId), this.postsOf(owner, incident), this.promisedOf(owner, incident), this.tallies.of(incident.id, owner.workspaceId, owner.client.id),
    ]);
    const body = reportPage({ owner, agency, home: `/public/c/${token}`, incident, decisions, commitments, tally, now: new Date(this.clock.now()) });
    send(response, owner, { title: `${reportIn(owner.client.language)('report')} · ${owner.client.name}`, body });
  }

  /** The report as a table, for who wants to count. */
  @Get(':token/incidents/:incidentId/deliveries.csv')
  async table(@Param('token', { schema: Token }) token: string, @Param('incidentId', { schema: Id }) incidentId: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const owner = await this.pages.ownerOf(token);
    if (!owner) return refuse(request, response, 'gone');
    const incident = await this.incidentOf(owner, incidentId);
    if (!incident) return refuse(request, response, 'absent', owner);
    const text = await this.csv.of(owner.workspaceId, incident.id, wantedBy(owner.client));
    hide(response);
    response.setHeader('Content-Disposition', `attachment; filename="report-${incident.beganAt.toISOString().slice(0, 10)}.csv"`);
    response.type('text/csv').send(text);
  }

  /** The agency's logo, if it has one. */
  @Get(':token/logo')
  async logo(@Param('token', { schema: Token }) token: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const owner = await this.pages.ownerOf(token);
    const agency = owner && (await this.reads.agency(owner.workspaceId));
    if (!owner || !agency?.logoMediaId) return refuse(request, response, 'gone');
    const medium = await this.media.read(owner.workspaceId, agency.logoMediaId);
    if (!medium.mime.startsWith('image/')) return refuse(request, response, 'gone');
    const blob = await this.media.open(owner.workspaceId, medium.id);
    response.setHeader('Cache-Control', 'private, max-age=3600');
    response.type(medium.mime).setHeader('Content-Length', blob.size);
    Readable.fromWeb(blob.stream() as ReadableStream).on('error', (error) => response.destroy(error)).pipe(response);
  }

  private postsOf({ workspaceId, client }: PageOwner, { id }: Incident): Promise<readonly Decision[]> {
    return this.decisions.list(workspaceId, id, wantedBy(client));
  }

  private promisedOf({ workspaceId, client: { id: clientId, language } }: PageOwner, incident: Incident): Promise<readonly IncidentCommitment[]> {
    return this.commitments.of(workspaceId, incident, { language, clientId });
  }

  private async incidentOf(owner: PageOwner, id: string): Promise<Incident | null> {
    return z.uuid().safeParse(id).success ? this.reads.one(owner, id) : null;
  }
}

/** Its own posts, in its language, in words for a client. */
const wantedBy = ({ id, language }: PageOwner['client']): Wanted => ({ language, clientId: id, reader: 'client' });

function hide(response: Response): void {
  response.setHeader('X-Robots-Tag', 'noindex, nofollow, noarchive');
}

/** Found by nobody who was not given the link, and kept by no one on the way (no-store, as on every answer). */
function send(response: Response, { client }: PageOwner, { title, body }: { readonly title: string; readonly body: Html }): void {
  hide(response);
  const head = html`<meta name="robots" content="noindex, nofollow, noarchive">`;
  sendPage(response, 200, { language: client.language, title, body, head, rules: reportRules, policy });
}

function refuse(request: WithContext, response: Response, why: 'gone' | 'absent', owner?: PageOwner): void {
  const language = owner?.client.language ?? request.postern?.language ?? 'en';
  hide(response);
  sendPage(response, 404, { language, ...pageGone(language, why), policy });
}
