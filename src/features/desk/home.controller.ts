import { Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { Me, type Person, Public, SignedIn } from '../../infra/http/access.js';
import { isAtLeast } from '../../infra/http/admit.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { Doorkeeper, type UserVisitor } from '../../infra/http/doorkeeper.js';
import { sendPage } from '../../infra/http/html.js';
import { readSessionCookie } from '../../infra/http/session-cookie.js';
import { PostReads } from '../posts/post-reads.service.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';
import { DemoService } from './demo.service.js';
import { homePage } from './home-page.js';

const HomeQuery = z.object({ still: z.string().optional() });

/** The page at `/`: the demo's deliveries as they change. Shows nothing of any other workspace. */
@ApiExcludeController()
@Controller()
export class HomeController {
  constructor(
    private readonly workspaces: WorkspacesService,
    private readonly reads: PostReads,
    private readonly demo: DemoService,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  @Public()
  @Get()
  async home(@Query({ schema: HomeQuery }) { still }: z.output<typeof HomeQuery>, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const visitor = await this.visitor(request);
    const language = visitor?.language ?? request.postern?.language ?? 'en';
    const demo = await this.workspaces.demo();
    const caller = demo && { workspaceId: demo.id, actor: { kind: 'system', id: 'home', name: 'Home' }, role: 'viewer', language } as const;
    const { items: posts } = caller ? await this.reads.list(caller, { limit: 40 }) : { items: [] };
    const membership = visitor?.memberships.find(({ workspaceId }) => workspaceId === demo?.id);
    const isStill = still !== undefined;
    const body = homePage({ language, posts, isSignedIn: visitor !== null, mayRepeat: membership !== undefined && isAtLeast(membership.role, 'editor'), isStill });
    sendPage(response, 200, { language, title: 'Postern', body, ...(isStill ? {} : { refreshSeconds: 2 }) });
  }

  @SignedIn()
  @Post('demo')
  async again(@Me() person: Person, @Res() response: Response): Promise<void> {
    await this.demo.again(person);
    response.redirect(303, '/');
  }

  /** The page is open to everyone; who is signed in sees one button more. */
  private async visitor(request: WithContext): Promise<UserVisitor | null> {
    const token = readSessionCookie(request);
    return token ? this.doorkeeper.bySession(token) : null;
  }
}
