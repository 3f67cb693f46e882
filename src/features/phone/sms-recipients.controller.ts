import { Controller, Get, Param, Query, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { SmsRecipient, SmsRecipientPage, SmsRecipientQuery } from './sms-recipient.schema.js';
import { SmsReached } from './sms-reached.service.js';

const Id = z.uuid();

@ApiTags('SMS')
@Controller('sms/rounds')
export class SmsRecipientsController {
  constructor(private readonly reached: SmsReached) {}

  /** Who gets it and what became of each: `?state=failed` for whom it did not reach, and why. */
  @Needs('editor', 'audience:read')
  @SerializeOptions({ schema: SmsRecipientPage })
  @Get(':id/recipients')
  list(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Query({ schema: SmsRecipientQuery }) query: SmsRecipientQuery): Promise<Page<SmsRecipient>> {
    return this.reached.list(caller, id, query);
  }
}
