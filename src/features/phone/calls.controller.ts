import { Body, Controller, Get, Param, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { Call, CallPage, CallQuery, NewCall } from './call.schema.js';
import { CallsService } from './calls.service.js';

const ClientId = z.uuid();

/** Texts read aloud by telephone, and what each cost its client. */
@ApiTags('Phone')
@Controller('clients/:id/calls')
export class CallsController {
  constructor(private readonly calls: CallsService) {}

  /** Newest first. */
  @Needs('editor', 'clients:read')
  @SerializeOptions({ schema: CallPage })
  @Get()
  list(@By() caller: Caller, @Param('id', { schema: ClientId }) id: string, @Query({ schema: CallQuery }) query: z.output<typeof CallQuery>): Promise<Page<Call>> {
    return this.calls.list(caller, id, query);
  }

  /** Reads a text that a person wrote to one of the client’s contacts, at once. Paid by the client, within its monthly limit. */
  @Needs('manager', null)
  @SerializeOptions({ schema: Call })
  @Post()
  ask(@By() caller: Caller, @Param('id', { schema: ClientId }) id: string, @Body({ schema: NewCall }) body: NewCall): Promise<Call> {
    return this.calls.ask(caller, id, body);
  }
}
