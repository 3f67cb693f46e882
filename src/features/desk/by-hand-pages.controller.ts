import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { Body, Controller, Get, Param, Post, Query, Req, Res, StreamableFile, UseFilters } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { SignedIn } from '../../infra/http/access.js';
import { isAtLeast } from '../../infra/http/admit.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { Doorkeeper, type UserVisitor } from '../../infra/http/doorkeeper.js';
import { SANDBOX_POLICY } from '../../infra/http/headers.js';
import { sendPage } from '../../infra/http/html.js';
import { DomainError } from '../../infra/http/problem.js';
import { readSessionCookie } from '../../infra/http/session-cookie.js';
import { HandAct, HandPageQuery } from './by-hand.schema.js';
import { ByHandDesk, type HandView } from './by-hand-desk.service.js';
import { handPage, handRules, handTitle } from './by-hand-page.js';
import { IncidentPageFilter } from './incident-page.filter.js';

const Id = z.uuid();
const home = '/desk/by-hand';

/** The page of a post that a person publishes: what it says, where it goes, and the word that it is out. Opening it changes nothing. */
@ApiExcludeController()
@SignedIn()
@UseFilters(IncidentPageFilter)
@Controller('desk/by-hand')
export class ByHandPagesController {
  constructor(
    private readonly desk: ByHandDesk,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  @Get(':deliveryId')
  async read(@Param('deliveryId', { schema: Id }) id: string, @Query({ schema: HandPageQuery }) { workspaceId }: HandPageQuery, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    this.show(response, await this.desk.read(await this.visitor(request), workspaceId, id), { status: 200, error: null });
  }

  /** Whatever the bytes are, a browser that opens them runs nothing. */
  @Get(':deliveryId/media/:mediaId')
  async medium(
    @Param('deliveryId', { schema: Id }) id: string, @Param('mediaId', { schema: Id }) mediaId: string, @Query({ schema: HandPageQuery }) query: HandPageQuery,
    @Req() request: WithContext, @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    const { medium, name, blob } = await this.desk.medium(await this.desk.read(await this.visitor(request), query.workspaceId, id), mediaId);
    response.set({ 'Content-Security-Policy': SANDBOX_POLICY, 'Cross-Origin-Resource-Policy': 'same-origin' });
    const kind = query.save === undefined && medium.mime.startsWith('image/') ? 'inline' : 'attachment';
    return new StreamableFile(Readable.fromWeb(blob.stream() as ReadableStream), { type: medium.mime, length: blob.size, disposition: `${kind}; filename="${name.replace(/[^\w .-]/g, '_')}"` });
  }

  /** A refusal is shown above the page as it is now: what the person saw may be old. */
  @Post(':deliveryId')
  async act(@Param('deliveryId', { schema: Id }) id: string, @Body({ schema: HandAct }) act: HandAct, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const visitor = await this.visitor(request);
    const view = await this.desk.read(visitor, act.workspaceId, id);
    try {
      await this.desk.act(view, act);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return this.show(response, await this.desk.read(visitor, act.workspaceId, id), { status: error.status, error: error.sentence[visitor.language] });
    }
    response.redirect(303, `${home}/${id}?workspaceId=${view.caller.workspaceId}`);
  }

  private show(response: Response, { caller, post }: HandView, { status, error }: { readonly status: number; readonly error: string | null }): void {
    const { language, role } = caller;
    const body = handPage({ post, language, here: `${home}/${post.id}`, mayAct: role !== null && isAtLeast(role, 'editor'), error });
    sendPage(response, status, { language, title: `Postern · ${handTitle(post, language)}`, body, rules: handRules });
  }

  /** The guard has let the session in already; here it says which workspaces it may enter. */
  private async visitor(request: WithContext): Promise<UserVisitor> {
    const visitor = await this.doorkeeper.bySession(readSessionCookie(request) ?? '');
    if (!visitor) throw new Error('The session ended between the door and the page.');
    return visitor;
  }
}
