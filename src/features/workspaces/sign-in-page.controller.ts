import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { CONFIG, type Config } from '../../infra/config.js';
import { Me, type Person, Public, SignedIn } from '../../infra/http/access.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { sendPage, type Html } from '../../infra/http/html.js';
import { DomainError } from '../../infra/http/problem.js';
import { clearSessionCookie, readSessionCookie, setSessionCookie } from '../../infra/http/session-cookie.js';
import { SessionsService } from './sessions.service.js';
import { SignInLinksService } from './sign-in-links.service.js';
import { linkPage, sayIn, signInForm, welcomePage } from './sign-in-pages.js';
import { SignInService } from './sign-in.service.js';
import { hashToken } from './tokens.js';
import { Email, Password, PersonName, SignIn } from './user.schema.js';
import { isPlaceholder, UsersService } from './users.service.js';

const Token = z.string().regex(/^[\w-]{1,100}$/);
/** Of the desk alone: a link to the sign-in page leads nowhere else. */
const Then = z.object({ next: z.string().regex(/^\/desk\/[\w/?=&-]{0,500}$/).optional().catch(undefined) });
const Welcome = z.object({ password: z.string(), name: z.string().optional(), email: z.string().optional() });

/** The few pages a person needs to come in, until the desk is built. Plain HTML, no script. */
@ApiExcludeController()
@Controller()
export class SignInPageController {
  constructor(
    private readonly signIns: SignInService,
    private readonly links: SignInLinksService,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Public()
  @Get('sign-in')
  form(@Query({ schema: Then }) { next }: z.output<typeof Then>, @Req() request: WithContext, @Res() response: Response): void {
    page(request, response, 200, signInForm(sayIn(languageOf(request)), null, { next }));
  }

  @Public()
  @Post('sign-in')
  async signIn(@Body({ schema: SignIn }) body: SignIn, @Query({ schema: Then }) { next }: z.output<typeof Then>, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const from = { address: request.ip ?? '', agent: request.get('user-agent') ?? '' };
    const entered = await orRefusal(this.signIns.signIn(body, from));
    if (entered instanceof DomainError) {
      page(request, response, entered.status, signInForm(sayIn(languageOf(request)), entered.sentence[languageOf(request)], { email: body.email, next }));
      return;
    }
    setSessionCookie(response, entered.session, this.config);
    response.redirect(303, next ?? '/sign-in/welcome');
  }

  @SignedIn()
  @Get('sign-in/welcome')
  async welcome(@Me() { userId }: Person, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    page(request, response, 200, welcomePage(sayIn(languageOf(request)), await this.users.me(userId), null));
  }

  /** Sets the password, and the e-mail of a first owner who has none yet. */
  @SignedIn()
  @Post('sign-in/welcome')
  async settle(@Me() { userId }: Person, @Body({ schema: Welcome }) body: z.output<typeof Welcome>, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const language = languageOf(request);
    const done = await orRefusal(this.take(userId, body, request));
    const message = done instanceof DomainError ? ({ kind: 'error', text: done.sentence[language] } as const) : ({ kind: 'saved', text: sayIn(language)('saved') } as const);
    page(request, response, done instanceof DomainError ? done.status : 200, welcomePage(sayIn(language), await this.users.me(userId), message));
  }

  /** Changes nothing, however often it is opened. */
  @Public()
  @Get('sign-in/:token')
  async ask(@Param('token', { schema: Token }) token: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const person = await this.links.peek(token);
    page(request, response, person ? 200 : 410, linkPage(sayIn(languageOf(request)), token, person));
  }

  @Public()
  @Post('sign-in/:token')
  async use(@Param('token', { schema: Token }) token: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const entered = await orRefusal(this.links.use(token, request.get('user-agent') ?? ''));
    if (entered instanceof DomainError) {
      page(request, response, entered.status, linkPage(sayIn(languageOf(request)), token, null));
      return;
    }
    setSessionCookie(response, entered.session, this.config);
    response.redirect(303, '/sign-in/welcome');
  }

  @SignedIn()
  @Post('sign-out')
  async signOut(@Req() request: WithContext, @Res() response: Response): Promise<void> {
    await this.sessions.signOut(readSessionCookie(request) ?? '');
    clearSessionCookie(response, this.config);
    response.redirect(303, '/sign-in');
  }

  private async take(userId: string, body: z.output<typeof Welcome>, request: WithContext): Promise<void> {
    const me = await this.users.me(userId);
    const token = readSessionCookie(request) ?? '';
    if (!(await this.sessions.isFreshFromLink(token)) && me.hasPassword) await this.users.demandPassword(userId, undefined);
    const password = check(Password, body.password, passwordShort);
    if (isPlaceholder(me.email)) {
      await this.users.change(userId, { name: check(PersonName, body.name, nameMissing), email: check(Email, body.email, emailInvalid), language: languageOf(request) });
    }
    await this.users.setPassword(userId, password, hashToken(token));
  }
}

const passwordShort = new DomainError('password-short', 400, { en: 'A password has 12 to 200 characters.', it: 'Una password ha da 12 a 200 caratteri.' });
const nameMissing = new DomainError('name-missing', 400, { en: 'Enter your name, up to 100 characters.', it: 'Inserisci il tuo nome, fino a 100 caratteri.' });
const emailInvalid = new DomainError('email-invalid', 400, { en: 'Enter a whole e-mail address, like anna@example.com.', it: 'Inserisci un indirizzo e-mail completo, come anna@example.com.' });

function check<Value>(schema: z.ZodType<Value>, value: unknown, otherwise: DomainError): Value {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw otherwise;
  return parsed.data;
}

/** A refusal is shown on the page; anything unexpected goes on. */
async function orRefusal<Result>(promise: Promise<Result>): Promise<Result | DomainError> {
  return promise.catch((error: unknown) => {
    if (error instanceof DomainError) return error;
    throw error;
  });
}

const languageOf = (request: WithContext) => request.postern?.language ?? 'en';

function page(request: WithContext, response: Response, status: number, body: Html): void {
  const language = languageOf(request);
  sendPage(response, status, { language, title: `Postern · ${sayIn(language)('signIn')}`, body });
}
