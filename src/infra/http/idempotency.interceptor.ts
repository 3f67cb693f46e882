import { type CallHandler, type ExecutionContext, Injectable, Logger, type NestInterceptor, StreamableFile } from '@nestjs/common';
import type { Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { Admitted } from './access.js';
import type { WithContext } from './correlation.js';
import { type IdempotencyKey, IdempotencyKeys, sameness } from './idempotency.js';
import { DomainError, problems } from './problem.js';
import { problemBody } from './problem.filter.js';
import { type Described, problemOf } from './problem-of.js';

const fail = problems({
  'idempotency-key-invalid': {
    status: 400,
    en: 'An Idempotency-Key has 1 to 200 printable ASCII characters; a UUID does well.',
    it: 'Una Idempotency-Key ha da 1 a 200 caratteri ASCII stampabili; va bene un UUID.',
  },
  'idempotency-key-reused': {
    status: 422,
    en: 'This Idempotency-Key was used for another request. Take a new key for each new request.',
    it: 'Questa Idempotency-Key è già servita per un’altra richiesta. Usa una chiave nuova per ogni nuova richiesta.',
  },
  'idempotency-on-its-way': {
    status: 409,
    en: 'The first request with this Idempotency-Key is still on its way. Ask again in a few seconds, with the same key.',
    it: 'La prima richiesta con questa Idempotency-Key è ancora in corso. Riprova tra qualche secondo con la stessa chiave.',
  },
  'idempotency-cut-off': {
    status: 409,
    en: 'The first request with this Idempotency-Key was cut off, and how far it came is not known. Look whether it took effect; if not, send it with a new key.',
    it: 'La prima richiesta con questa Idempotency-Key è stata interrotta e non si sa fin dove sia arrivata. Verifica se ha avuto effetto; se no, inviala con una chiave nuova.',
  },
});

const writes = ['POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * `Idempotency-Key` on writes: what the first request was answered is what every repeat is answered, for 24 hours, with
 * `Idempotency-Replayed: true`. Refusals are kept too. What came too often (429), or was refused on purpose for a trouble
 * on our side (a `DomainError` of 5xx: disk full, platform away), took no effect and lets the key go: only throw such a
 * refusal when nothing was committed. Any other failure (a bug, the database lost midway, also while reading back what was
 * written) may have come after the commit: the key stays, "cut off", and a repeat is told to look. So a repeat never
 * doubles; the price is a new key after a failure of which nothing is left.
 * Behind every door of the API but the public ones, where nobody is known whose key it could be; the pages are not meant.
 * Of an upload only the address counts as "the same request": its bytes are not read here.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly logger = new Logger('idempotency');

  constructor(private readonly keys: IdempotencyKeys) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<WithContext & Admitted>();
    const said = request.header('idempotency-key');
    const owner = ownerOf(request);
    if (said === undefined || !owner || !writes.includes(request.method) || !/^\/api\//i.test(request.originalUrl)) return next.handle();
    if (!/^[\x21-\x7e]{1,200}$/.test(said)) throw fail('idempotency-key-invalid');
    return from(this.once({ scopeId: owner.scopeId, key: `${owner.callerId} ${said}` }, context, next));
  }

  private async once(mine: IdempotencyKey, context: ExecutionContext, next: CallHandler): Promise<unknown> {
    const request = context.switchToHttp().getRequest<WithContext>();
    const response = context.switchToHttp().getResponse<Response>();
    const claim = await this.keys.claim(mine, sameness(request.method, request.originalUrl, request.body as unknown));
    switch (claim.kind) {
      case 'other-request':
        throw fail('idempotency-key-reused');
      case 'on-its-way':
        throw fail('idempotency-on-its-way', {}, { retryAfterSeconds: 2 });
      case 'cut-off':
        throw fail('idempotency-cut-off');
      case 'replay':
        response.status(claim.answer.status).setHeader('Idempotency-Replayed', 'true');
        if (claim.answer.status >= 400) response.type('application/problem+json');
        return claim.answer.body ?? undefined;
      case 'first':
        return this.run(mine, context, next);
    }
  }

  private async run(mine: IdempotencyKey, context: ExecutionContext, next: CallHandler): Promise<unknown> {
    const response = context.switchToHttp().getResponse<Response>();
    let body: unknown;
    try {
      body = await lastValueFrom(next.handle(), { defaultValue: undefined });
    } catch (error) {
      const described = problemOf(error);
      await this.keepFailure(mine, described, { context, error }).catch((trouble: unknown) => this.logger.warn(`An answer could not be kept: ${String(trouble)}`));
      throw error;
    }
    // A stored answer that cannot be written leaves the key "cut off": the caller is told to look, never to repeat blindly.
    await (body instanceof StreamableFile
      ? this.keys.letGo(mine)
      : this.keys.store(mine, { status: response.statusCode, body })
    ).catch((trouble: unknown) => this.logger.warn(`An answer could not be kept: ${String(trouble)}`));
    return body;
  }

  private keepFailure(mine: IdempotencyKey, described: Described, { context, error }: { readonly context: ExecutionContext; readonly error: unknown }): Promise<void> {
    if (described.status === 429) return this.keys.letGo(mine);
    if (described.status < 500) return this.keys.store(mine, { status: described.status, body: problemBody(described, context.switchToHttp().getRequest()) });
    return error instanceof DomainError ? this.keys.letGo(mine) : this.keys.cutOff(mine);
  }
}

function ownerOf({ caller, person }: Admitted): { readonly scopeId: string; readonly callerId: string } | null {
  if (caller) return { scopeId: caller.workspaceId, callerId: caller.actor.id };
  return person ? { scopeId: person.userId, callerId: person.userId } : null;
}
