import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { CONFIG, type Config } from '../config.js';
import { type Admitted, type Door, DOOR } from './access.js';
import { admit, fail } from './admit.js';
import type { WithContext } from './correlation.js';
import { Doorkeeper, type Visitor } from './doorkeeper.js';
import { checkOrigin } from './origin.js';
import { readSessionCookie, setSessionCookie } from './session-cookie.js';

/** Stands before every endpoint: who calls, and may they? Without a door nobody may. */
@Injectable()
export class DoorGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly doorkeeper: Doorkeeper,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<WithContext & Admitted>();
    const door = this.reflector.getAllAndOverride<Door | undefined>(DOOR, [context.getHandler(), context.getClass()]);
    if (!door) throw new Error(`${context.getClass().name}.${context.getHandler().name} has no door.`);
    if (door.kind === 'public') {
      if (!door.fromAnywhere) checkOrigin(request, this.config, false); // e.g. a foreign page signing the visitor in as somebody else
      return true;
    }
    const visitor = await this.identify(request, http.getResponse<Response>());
    if (visitor && request.postern && !(visitor.kind === 'key' && request.headers['accept-language'])) {
      request.postern.language = visitor.language;
    }
    Object.assign(request, admit(door, visitor, request.header('postern-workspace')));
    return true;
  }

  /** A key goes before a cookie: who sends one means it. */
  private async identify(request: Request, response: Response): Promise<Visitor | null> {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const token = /^Bearer +([\w-]{1,200})$/i.exec(authorization)?.[1];
      const visitor = token ? await this.doorkeeper.byKey(token) : null;
      if (!visitor) throw fail('key-unknown');
      return visitor;
    }
    const token = readSessionCookie(request);
    if (!token) return null;
    checkOrigin(request, this.config, true);
    const visitor = await this.doorkeeper.bySession(token);
    if (visitor?.prolonged) setSessionCookie(response, token, this.config);
    return visitor;
  }
}
