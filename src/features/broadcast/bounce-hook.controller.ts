import { Body, Controller, HttpCode, Param, Post, Req, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Clock } from '../../infra/clock.js';
import { Public } from '../../infra/http/access.js';
import type { WithSignedBody } from '../../infra/http/bodies.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { isSignedBody } from '../../infra/http/signed-body.js';
import { Seal } from '../../infra/seal.js';
import { HookAnswer, HookEvents } from './bounce.schema.js';
import { fail } from './broadcast-problems.js';
import { BouncesService } from './bounces.service.js';
import { place, SENDER_COLUMNS, type SenderRow } from './sender-row.js';
import { findMailRefs } from './verp.js';

/** What a provider, or a script between it and us, tells of bounces and complaints. */
@ApiTags('Newsletters')
@Controller('senders')
export class BounceHookController {
  constructor(
    private readonly database: DataSource,
    private readonly bounces: BouncesService,
    private readonly seal: Seal,
    private readonly clock: Clock,
  ) {}

  /** Signed: `Postern-Signature: t=<unix seconds>,v1=<hex HMAC-SHA-256 of "<t>.<body>">` with the sender's hook secret, not older than five minutes. */
  @Public()
  @HttpCode(200)
  @SerializeOptions({ schema: HookAnswer })
  @Post(':id/bounces')
  async take(@Param('id', { schema: z.uuid() }) id: string, @Req() request: WithContext & WithSignedBody, @Body({ schema: HookEvents }) { events }: HookEvents): Promise<HookAnswer> {
    const [sender]: SenderRow[] = await this.database.query(`SELECT ${SENDER_COLUMNS} FROM senders s WHERE s.id = $1`, [id]);
    const secret = sender && this.seal.open(sender.sealedHookSecret, place.hook(sender));
    // The same answer for a sender that is not there: nobody finds out which ones are.
    if (!sender || !isSignedBody(secret ?? '', { header: request.headers['postern-signature'], body: request.signedBody, now: this.clock.now() })) throw fail('hook-unsigned');
    let taken = 0;
    for (const { id: eventId, type, returnPath, messageId, status, detail } of events) {
      const refs = findMailRefs([returnPath ?? '', `<${(messageId ?? '').replace(/^<|>$/g, '')}>`]);
      if (await this.bounces.take(sender, { id: eventId, kind: type, refs, status: status ?? '', detail: detail ?? '' })) taken += 1;
    }
    return { taken };
  }
}
