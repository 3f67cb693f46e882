import { Body, Controller, Header, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Public } from '../../infra/http/access.js';
import type { WithSignedBody } from '../../infra/http/bodies.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { CallbackFields, CallbackQuery, CallbackToken } from './callback.schema.js';
import { type Callback, CallbacksService } from './callbacks.service.js';

type Fields = z.output<typeof CallbackFields>;

/** Where gateways tell us, each under an address of its own and signed. */
@ApiTags('Phone')
@Controller('phone/callbacks')
export class CallbacksController {
  constructor(private readonly callbacks: CallbacksService) {}

  /** What became of a message or a call. */
  @Public()
  @HttpCode(204)
  @Post(':token/status')
  async status(
    @Param('token', { schema: CallbackToken }) token: string, @Query({ schema: CallbackQuery }) { ref }: z.output<typeof CallbackQuery>,
    @Body({ schema: CallbackFields }) fields: Fields, @Req() request: WithContext & WithSignedBody,
  ): Promise<void> {
    await this.callbacks.status(callbackOf(token, fields, request), ref);
  }

  /** What somebody wrote to us: STOP and its kin count at once. Nothing is answered; the gateway says what the law wants said. */
  @Public()
  @HttpCode(200)
  @Header('content-type', 'text/xml')
  @ApiOkResponse({ description: 'TwiML of no words.', content: { 'text/xml': { schema: { type: 'string' } } } })
  @Post(':token/incoming')
  async incoming(@Param('token', { schema: CallbackToken }) token: string, @Body({ schema: CallbackFields }) fields: Fields, @Req() request: WithContext & WithSignedBody): Promise<string> {
    await this.callbacks.incoming(callbackOf(token, fields, request));
    return '<Response/>'; // TwiML of no words: https://www.twilio.com/docs/messaging/twiml
  }
}

function callbackOf(token: string, fields: Fields, { originalUrl, headers, signedBody }: WithContext & WithSignedBody): Callback {
  return { token, path: originalUrl, fields, signedBody, twilioSignature: headers['x-twilio-signature'], ownSignature: headers['postern-signature'] };
}
