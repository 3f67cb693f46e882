import { Body, Controller, Get, Param, Put, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { SmsCaps } from './sms-caps.service.js';
import { SmsCap, SmsCapWrite } from './sms.schema.js';

const Id = z.uuid();

@ApiTags('SMS')
@Controller('clients/:id/sms-cap')
export class SmsCapsController {
  constructor(private readonly caps: SmsCaps) {}

  /** What SMS and calls of a client may cost a month, and what is left of it. */
  @Needs('viewer', 'clients:read')
  @SerializeOptions({ schema: SmsCap })
  @Get()
  read(@By() { workspaceId }: Caller, @Param('id', { schema: Id }) id: string): Promise<SmsCap> {
    return this.caps.read(workspaceId, id);
  }

  /** Until it is set, and with 0, nothing goes out that costs money. */
  @Needs('manager', 'clients:write')
  @SerializeOptions({ schema: SmsCap })
  @Put()
  write(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: SmsCapWrite }) body: SmsCapWrite): Promise<SmsCap> {
    return this.caps.write(caller, id, body);
  }
}
