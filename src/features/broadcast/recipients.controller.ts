import { Controller, Get, Param, Query, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { MailRecipient, MailRecipientPage, MailRecipientQuery } from './recipient.schema.js';
import { Recipients } from './recipients.service.js';

const Id = z.uuid();

@ApiTags('Newsletters')
@Controller('broadcasts')
export class RecipientsController {
  constructor(private readonly recipients: Recipients) {}

  /** Who gets it and what became of each mail: `?state=failed` for whom it did not reach, and why. */
  @Needs('editor', 'audience:read')
  @SerializeOptions({ schema: MailRecipientPage })
  @Get(':id/recipients')
  list(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Query({ schema: MailRecipientQuery }) query: MailRecipientQuery): Promise<Page<MailRecipient>> {
    return this.recipients.list(caller, id, query);
  }
}
