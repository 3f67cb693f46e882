import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Put, Req, Res, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { CONFIG, type Config } from '../../infra/config.js';
import { Me, type Person, Public, SignedIn } from '../../infra/http/access.js';
import { clearSessionCookie, readSessionCookie, setSessionCookie } from '../../infra/http/session-cookie.js';
import { SessionsService } from './sessions.service.js';
import { SignInService } from './sign-in.service.js';
import { hashToken } from './tokens.js';
import { Me as MeSchema, MeChange, PasswordChange, SessionList, SignIn } from './user.schema.js';
import { UsersService } from './users.service.js';

/** The person who is signed in, and how they came in. */
@ApiTags('Me')
@Controller()
export class MeController {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly signIns: SignInService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Public()
  @SerializeOptions({ schema: MeSchema })
  @HttpCode(200)
  @Post('session')
  async signIn(@Body({ schema: SignIn }) body: SignIn, @Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<MeSchema> {
    const { session, userId } = await this.signIns.signIn(body, { address: request.ip ?? '', agent: request.get('user-agent') ?? '' });
    setSessionCookie(response, session, this.config);
    return this.users.me(userId);
  }

  @SignedIn()
  @HttpCode(204)
  @Delete('session')
  async signOut(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.sessions.signOut(readSessionCookie(request) ?? '');
    clearSessionCookie(response, this.config);
  }

  @SignedIn()
  @SerializeOptions({ schema: MeSchema })
  @Get('me')
  me(@Me() { userId }: Person): Promise<MeSchema> {
    return this.users.me(userId);
  }

  @SignedIn()
  @SerializeOptions({ schema: MeSchema })
  @Patch('me')
  change(@Me() { userId }: Person, @Body({ schema: MeChange }) body: MeChange): Promise<MeSchema> {
    return this.users.change(userId, body);
  }

  /** Ends every other session. */
  @SignedIn()
  @HttpCode(204)
  @Put('me/password')
  async setPassword(@Me() { userId }: Person, @Body({ schema: PasswordChange }) { current, next }: PasswordChange, @Req() request: Request): Promise<void> {
    const token = readSessionCookie(request) ?? '';
    if (!(await this.sessions.isFreshFromLink(token))) await this.users.demandPassword(userId, current);
    await this.users.setPassword(userId, next, hashToken(token));
  }

  @SignedIn()
  @SerializeOptions({ schema: SessionList })
  @Get('me/sessions')
  async list(@Me() { userId }: Person, @Req() request: Request): Promise<z.output<typeof SessionList>> {
    return { items: [...(await this.sessions.list(userId, readSessionCookie(request)))] };
  }

  @SignedIn()
  @HttpCode(204)
  @Delete('me/sessions/:id')
  end(@Me() { userId }: Person, @Param('id', { schema: z.string().regex(/^[0-9a-f]{64}$/) }) id: string): Promise<void> {
    return this.sessions.end(userId, id);
  }
}
